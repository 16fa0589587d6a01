import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createClock } from '../../../rehearsal/clock.ts'
import { createProcessFleet } from '../../../rehearsal/fleet/processes.ts'
import { createWorld, IMAGES } from './world.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function fleet(speed: number) {
  const clock = createClock({ drive: 'paced', speed })
  const processes = createProcessFleet({ clock })
  closing.push(async () => {
    clock.stop()
    await processes.stop()
  })
  return { clock, processes }
}

const request = { method: 'GET', path: '/where?x=1', headers: { host: 'localhost' }, body: Buffer.alloc(0) }
const never = new AbortController().signal

test('a container is a process that serves with its own environment and leaves when it is told to', async () => {
  const { processes } = fleet(60)
  const lines: string[] = []
  const container = processes.start({ folder: `${IMAGES}two`, env: { GREETING: 'hi' }, log: line => lines.push(line) })
  await container.started
  const answer = await container.endpoint(request, never)
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body.toString())).toEqual({ version: 'two', path: '/where', greeting: 'hi' })
  const [pid] = processes.pids()
  expect(residentMegabytes(pid ?? 0)).toBeLessThan(70)
  container.end(5000)
  expect(await container.exited).toBe(0)
  await expect(container.endpoint(request, never)).rejects.toThrow('connection refused')
  expect(processes.pids()).toEqual([])
})

test('a container that throws when it is imported exits with 1 and its error is in the log', async () => {
  const { processes } = fleet(60)
  const lines: string[] = []
  const container = processes.start({ folder: `${IMAGES}broken`, env: {}, log: line => lines.push(line) })
  await container.started
  expect(await container.exited).toBe(1)
  expect(lines.join('\n')).toContain('no configuration found')
})

test('a container that runs to its end, or throws at a request, does so as in memory', async () => {
  const { processes } = fleet(60)
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  expect(await processes.start({ folder: `${IMAGES}job`, env: { EXIT: '3' }, log }).exited).toBe(3)
  const container = processes.start({ folder: `${IMAGES}two`, env: {}, log })
  await container.started
  expect((await container.endpoint({ ...request, path: '/throw' }, never)).status).toBe(500)
  container.end(0)
  expect(await container.exited).toBe(137)
  expect(lines.join('\n')).toContain('asked for it')
})

test('a container that is told to leave gives back what it holds; what runs to its end just leaves', async () => {
  const { processes } = fleet(60)
  const folder = mkdtempSync(join(tmpdir(), 'note-'))
  const NOTE = join(folder, 'note')
  const polite = processes.start({ folder: `${IMAGES}polite`, env: { NOTE }, log() {} })
  await polite.started
  polite.end(5000)
  expect(await polite.exited).toBe(0)
  expect(readFileSync(NOTE, 'utf8')).toBe('closed\n')
  rmSync(folder, { recursive: true })
  const tool = processes.start({ folder: `${IMAGES}tool`, env: {}, command: ['hang'], log() {} })
  await tool.started
  tool.end(5000)
  expect(await tool.exited).toBe(143)
})

test('a container runs the command that it is given, word by word, and serves without one', async () => {
  const { processes } = fleet(60)
  const lines: string[] = []
  const order = { folder: `${IMAGES}tool`, env: { GREETING: 'hello you' }, log: (line: string) => lines.push(line) }
  expect(await processes.start({ ...order, command: ['print', 'GREETING'] }).exited).toBe(0)
  expect(lines).toEqual(['GREETING=hello you'])
  const server = processes.start(order)
  await server.started
  expect((await server.endpoint(request, never)).status).toBe(200)
})

test('a rolling deployment of real processes under real traffic loses no request', async () => {
  const { clock, processes } = fleet(60)
  const world = await createWorld({ clock, fleet: processes })
  closing.push(() => world.loadBalancers.close())
  await world.create('one')
  await world.settled()
  const users = world.users(4)
  users.start()
  await world.update({ taskDefinition: await world.register('two') })
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  await users.stop()
  expect(users.counts().failed).toBe(0)
  expect(users.counts().total).toBeGreaterThan(200)
  expect(processes.pids()).toHaveLength(2)
})

test('a process that dies under traffic costs requests, and they are counted', async () => {
  const { clock, processes } = fleet(60)
  const world = await createWorld({ clock, fleet: processes })
  closing.push(() => world.loadBalancers.close())
  await world.create('one', { desiredCount: 1 })
  await world.settled()
  const users = world.users(4)
  users.start()
  const [victim] = await world.tasks()
  world.ecs.kill(victim?.taskArn ?? '')
  await world.until('a failure', async () => users.counts().failed > 0)
  await world.until('a replacement', async () =>
    (await world.tasks()).some(task => task.taskArn !== victim?.taskArn && task.lastStatus === 'RUNNING'),
  )
  await users.stop()
  expect((await world.tasks('STOPPED'))[0]?.containers?.[0]?.exitCode).toBe(137)
  const group = world.loadBalancers.groups.get(world.targetGroupArn)
  expect(group?.counts.elb5xx).toBe(users.counts().failed)
})

function residentMegabytes(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}
