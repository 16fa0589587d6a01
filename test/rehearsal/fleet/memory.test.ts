import { expect, test } from 'vitest'
import { createClock } from '../../../rehearsal/clock.ts'
import { createMemoryFleet } from '../../../rehearsal/fleet/memory.ts'
import { IMAGES } from './world.ts'

const request = { method: 'POST', path: '/where?x=1', headers: { host: 'localhost' }, body: Buffer.from('hello') }
const never = new AbortController().signal

function start(image: string, env = {}) {
  const lines: string[] = []
  const fleet = createMemoryFleet({ clock: createClock({ drive: 'jump' }) })
  return { lines, container: fleet.start({ folder: `${IMAGES}${image}`, env, log: line => lines.push(line) }) }
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
