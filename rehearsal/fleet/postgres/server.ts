import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { copyTree, give } from './copy.ts'
import type { Workplace } from './workplace.ts'

/** A running PostgreSQL. */
export interface Server {
  readonly port: number
  readonly pid: number
  /**
   * Copies the data while it is in use. What was committed before the call is in it, what is committed after its end is
   * not, and nobody is held up.
   */
  copy(): Promise<Copy>
  /** What the data was at a real moment, milliseconds since the epoch, after the end of an earlier copy of this server. */
  copyAsOf(earlier: Copy, moment: number): Promise<Copy>
  /** Ends it at once and removes its data. */
  stop(): Promise<void>
}

/** All data of a server, as files at rest. */
export interface Copy {
  readonly folder: string
  remove(): Promise<void>
}

/** Who PostgreSQL's own maintenance runs as; RDS calls its superuser so, too. */
export const ADMINISTRATOR = 'rdsadmin'
/** These belong to the running process. */
const NOT_DATA = ['postmaster.pid', 'postmaster.opts']
const LAST_LINES = 20

/** Runs `work` as the administrator of the server on `port`. */
export async function connected<T>(
  { port, password }: { port: number; password: string },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: ADMINISTRATOR, password, database: 'postgres' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Starts the server whose data are in `folder`. */
export async function startServer(place: Workplace, folder: string, password: string): Promise<Server> {
  const { child, port } = await listening(place, folder)

  const asAdministrator = <T>(work: (client: pg.Client) => Promise<T>) => connected({ port, password }, work)

  const copyAt = (target: string): Copy => ({
    folder: target,
    remove: () => rm(target, { recursive: true, force: true }),
  })

  return {
    port,
    pid: child.pid ?? 0,
    async copy() {
      const target = place.newFolder()
      const label = await asAdministrator(async client => {
        await client.query(`SELECT pg_backup_start('copy', fast => true)`)
        await copyTree(folder, target, place.account, [...NOT_DATA, 'pg_wal'])
        const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)')
        return rows[0]?.labelfile as string
      })
      // The copied files are of different moments; what was logged while they were copied makes them one.
      await copyTree(join(folder, 'pg_wal'), join(target, 'pg_wal'), place.account)
      await writeOwned(place, join(target, 'backup_label'), label)
      return copyAt(target)
    },
    async copyAsOf(earlier, moment) {
      // Recovery stops before the first commit after the moment, and fails where there is none.
      await asAdministrator(client => client.query(`SELECT pg_logical_emit_message(true, 'rehearsal', 'now')`))
      const target = place.newFolder()
      await copyTree(earlier.folder, target, place.account, ['pg_wal'])
      await copyTree(join(folder, 'pg_wal'), join(target, 'pg_wal'), place.account)
      const settings = [
        `recovery_target_time = '${timestamp(moment)}'`,
        `recovery_target_action = 'promote'`,
        // All that was logged is in place already.
        `restore_command = 'false'`,
      ]
      await appendFile(join(target, 'postgresql.conf'), `${settings.join('\n')}\n`)
      await writeOwned(place, join(target, 'recovery.signal'), '')
      return copyAt(target)
    },
    async stop() {
      const exited = new Promise(resolve => child.once('exit', resolve))
      if (child.kill('SIGQUIT')) await exited
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** To the microsecond, as commits are dated. */
function timestamp(ms: number): string {
  const [second = '', fraction = ''] = new Date(Math.floor(ms))
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '')
    .split('.')
  const micros = Math.floor((ms % 1) * 1000)
  return `${second}.${fraction}${String(micros).padStart(3, '0')}+00`
}

async function writeOwned(place: Workplace, path: string, text: string): Promise<void> {
  await writeFile(path, text)
  await give(path, place.account)
}

/** Between the choice of a port and the server's start somebody else may take it. */
async function listening(place: Workplace, folder: string, tries = 3): Promise<{ child: ChildProcess; port: number }> {
  const port = await freePort()
  const child = place.start('postgres', ['-D', folder, '-p', String(port)])
  try {
    await ready(child)
    return { child, port }
  } catch (error) {
    if (tries > 1 && String(error).includes('Address already in use')) return listening(place, folder, tries - 1)
    throw error
  }
}

async function ready(child: ChildProcess): Promise<void> {
  const said: string[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', line => {
      said.push(line)
      if (said.length > LAST_LINES) said.shift()
      if (line.includes('database system is ready to accept connections')) resolve()
    })
  }
  child.once('error', reject)
  child.once('close', () => reject(new Error(`PostgreSQL did not start: ${said.join('\n')}`)))
  await promise
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
