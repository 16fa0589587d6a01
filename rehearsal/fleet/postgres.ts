import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import pg from 'pg'
import { copyTree } from './postgres/copy.ts'
import { ADMINISTRATOR, type Copy, connected, type Server, startServer } from './postgres/server.ts'
import { openWorkplace, type Workplace, type WorkplaceOptions } from './postgres/workplace.ts'

export type { Copy, Server } from './postgres/server.ts'

/** The user that a new database server gets, and the database that belongs to it; as on RDS, it is no superuser. */
export interface Owner {
  user: string
  password: string
  database?: string
}

/** PostgreSQL servers on loopback ports, one process tree each, none of which outlives this process. */
export interface Postgres {
  create(owner: Owner): Promise<Server>
  /** Starts what a copy holds as a server of its own, with the users and passwords of the one it was made of. The copy stays. */
  restore(copy: Copy): Promise<Server>
  /** Ends every server and removes all that was written. */
  stop(): Promise<void>
}

/** Nothing is started or written before the first server is asked for. */
export function createPostgres(options: WorkplaceOptions = {}): Postgres {
  const password = randomUUID()
  let opened: Promise<Workplace> | undefined
  let template: Promise<string> | undefined
  const servers = new Set<Server>()
  const underWay = new Set<Promise<unknown>>()

  const workplace = () => {
    opened ??= openWorkplace(options)
    return opened
  }

  function begun<T>(work: Promise<T>): Promise<T> {
    underWay.add(work)
    return work.finally(() => underWay.delete(work))
  }

  async function serve(place: Workplace, from: string): Promise<Server> {
    const folder = place.newFolder()
    await copyTree(from, folder, place.account)
    const server = await startServer(place, folder, password)
    servers.add(server)
    return {
      ...server,
      copy: () => begun(server.copy()),
      copyAsOf: (earlier, moment) => begun(server.copyAsOf(earlier, moment)),
    }
  }

  async function create(owner: Owner): Promise<Server> {
    const place = await workplace()
    // A copy takes a tenth of the time of initdb.
    template ??= initialize(place, password)
    const server = await serve(place, await template)
    await createOwner(server, password, owner)
    return server
  }

  return {
    create: owner => begun(create(owner)),
    restore: copy => begun(workplace().then(place => serve(place, copy.folder))),
    async stop() {
      // What ends may go on with the next step.
      while (underWay.size > 0) {
        await Promise.allSettled(underWay)
        await setImmediate()
      }
      await Promise.all([...servers].map(server => server.stop()))
      await (await opened)?.close()
    },
  }
}

/**
 * A rehearsal's databases are small, short-lived and many: little memory, no process that is not needed, no waiting for
 * the disk. Every WAL segment is kept, for restores to a moment; nothing connects during recovery.
 */
const SETTINGS: Record<string, string | number> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 60,
  shared_buffers: '2MB',
  wal_buffers: '512kB',
  shared_memory_type: 'mmap',
  dynamic_shared_memory_type: 'mmap',
  io_method: 'sync',
  autovacuum: 'off',
  max_worker_processes: 0,
  max_parallel_workers: 0,
  max_logical_replication_workers: 0,
  max_wal_senders: 0,
  jit: 'off',
  fsync: 'off',
  wal_level: 'replica',
  wal_keep_size: '1GB',
  max_wal_size: '64MB',
  min_wal_size: '2MB',
  hot_standby: 'off',
  timezone: 'UTC',
}

async function initialize(place: Workplace, password: string): Promise<string> {
  const folder = place.newFolder()
  const passwordFile = join(place.folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o644 })
  await place.run('initdb', [
    ...['-D', folder, '-U', ADMINISTRATOR, '--pwfile', passwordFile],
    ...['--auth-host=scram-sha-256', '--auth-local=reject', '--encoding=UTF8', '--no-locale'],
    ...['--wal-segsize=1', '--no-sync', '--no-instructions'],
  ])
  const settings = Object.entries(SETTINGS).map(([name, value]) => `${name} = '${value}'\n`)
  await writeFile(join(folder, 'postgresql.conf'), settings.join(''))
  return folder
}

async function createOwner({ port }: Server, administrator: string, owner: Owner): Promise<void> {
  const [name, secret] = [pg.escapeIdentifier(owner.user), pg.escapeLiteral(owner.password)]
  await connected({ port, password: administrator }, async client => {
    await client.query(`CREATE ROLE ${name} CREATEDB CREATEROLE LOGIN PASSWORD ${secret}`)
    await client.query(`GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO ${name}`)
    if (owner.database === undefined) return
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(owner.database)} OWNER ${name} STRATEGY file_copy`)
  })
}
