import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createClock } from '../../../rehearsal/clock.ts'
import { createMemoryFleet } from '../../../rehearsal/fleet/memory.ts'
import { IMAGES } from './world.ts'

const request = { method: 'POST', path: '/where?x=1', headers: { host: 'localhost' }, body: Buffer.from('hello') }
const never = new AbortController().signal

function start(image: string, env = {}, more: { command?: string[]; hosts?: Record<string, number> } = {}) {
  const lines: string[] = []
  const { hosts = {}, ...order } = more
  const clock = createClock({ drive: 'jump' })
  const fleet = createMemoryFleet({ clock, hosts: () => hosts })
  const log = (line: string) => lines.push(line)
  return { lines, clock, fleet, container: fleet.start({ folder: `${IMAGES}${image}`, env, log, ...order }) }
}

test('a container in memory serves with its own environment until it is told to leave', async () => {
  const { container } = start('two', { GREETING: 'hi' })
  await container.started
  const answer = await container.endpoint(request, never)
  expect(JSON.parse(answer.body.toString())).toEqual({ version: 'two', path: '/where', greeting: 'hi' })
  container.end(1000)
  expect(await container.exited).toBe(0)
  await expect(container.endpoint(request, never)).rejects.toThrow('connection refused')
})

test('a container that throws when it is imported exits with 1, each time anew', async () => {
  for (const { container, lines } of [start('broken'), start('broken')]) {
    await container.started
    expect(await container.exited).toBe(1)
    expect(lines.join('\n')).toContain('no configuration found')
  }
})

test('a container that runs to its end says how it ended', async () => {
  const { container } = start('job', { EXIT: '3' })
  await container.started
  expect(await container.exited).toBe(3)
})

test('a request that the container throws at is answered with 500, as a process answers it', async () => {
  const { container, lines } = start('two')
  await container.started
  const answer = await container.endpoint({ ...request, path: '/throw' }, never)
  expect(answer.status).toBe(500)
  expect(lines.join('\n')).toContain('asked for it')
})

test('a container with a command is a process of its own, which can be killed', async () => {
  const { container, lines } = start('tool', {}, { command: ['pid'] })
  expect(await container.exited).toBe(0)
  expect(Number(lines[0])).toBeGreaterThan(0)
  expect(Number(lines[0])).not.toBe(process.pid)
  const hanging = start('tool', {}, { command: ['hang'] })
  await hanging.container.started
  await expect(hanging.container.endpoint(request, never)).rejects.toThrow('connection refused')
  await hanging.fleet.stop()
  expect(await hanging.container.exited).toBe(137)
})

test('an image that has both serves when it is given no command', async () => {
  const { container, fleet } = start('tool', { DATABASE_URL: 'none' })
  await container.started
  expect((await container.endpoint(request, never)).status).toBe(200)
  await fleet.stop()
})

test.each([
  ['postgres://u:p@db.abc.rds.amazonaws.com:5432/demo', 'postgres://u:p@127.0.0.1:6001/demo'],
  ['DB.abc.rds.amazonaws.com:5432,db.abc.rds.amazonaws.com:54321', '127.0.0.1:6001,db.abc.rds.amazonaws.com:54321'],
  ['my-db.abc.rds.amazonaws.com:5432', 'my-db.abc.rds.amazonaws.com:5432'],
  ['https://slack.com/api', 'https://slack.com/api'],
])('a server in memory that is told %s is told %s', async (DATABASE_URL, told) => {
  const hosts = { 'db.abc.rds.amazonaws.com:5432': 6001, 'slack.com': 6002 }
  const { container, fleet } = start('tool', { DATABASE_URL }, { hosts })
  await container.started
  const answer = await container.endpoint(request, never)
  expect(JSON.parse(answer.body.toString())).toEqual({ database: told })
  await fleet.stop()
})

test.each([
  ['leaves', 1000, 0],
  ['is killed', 0, 137],
])('a server in memory that %s gives back what it holds, once', async (_, stopTimeout, code) => {
  const folder = mkdtempSync(join(tmpdir(), 'note-'))
  const NOTE = join(folder, 'note')
  const { container, fleet } = start('polite', { NOTE })
  await container.started
  container.end(stopTimeout)
  container.end(0)
  expect(await container.exited).toBe(code)
  await fleet.stop()
  expect(readFileSync(NOTE, 'utf8')).toBe('closed\n')
  rmSync(folder, { recursive: true })
})

test('the end of the fleet waits for what its servers give back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'note-'))
  const NOTE = join(folder, 'note')
  const { container, fleet } = start('polite', { NOTE })
  await container.started
  await fleet.stop()
  expect(readFileSync(NOTE, 'utf8')).toBe('closed\n')
  rmSync(folder, { recursive: true })
})

test('time stands while a command runs, but not for ever', async () => {
  const quick = start('tool', {}, { command: ['exit', '0'] })
  const first = await Promise.race([quick.container.exited, quick.clock.sleep(1)])
  expect(first).toBe(0)
  const hanging = start('tool', {}, { command: ['hang'] })
  await hanging.clock.sleep(15 * 60_000)
  await hanging.fleet.stop()
  expect(await hanging.container.exited).toBe(137)
})
