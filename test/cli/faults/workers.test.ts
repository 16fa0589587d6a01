import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cellNamed } from '../../../cli/faults/mutate.ts'
import { FILE } from '../../../cli/faults/play.ts'
import { type Planned, playAll, type Result } from '../../../cli/faults/workers.ts'
import { isAlive } from '../../../cli/rehearsing/process.ts'
import { synthesize } from '../../../cli/rehearsing/synth.ts'

const cell = cellNamed('release LockStage:crash-before')
const planned = (assembly: () => Promise<string>): Planned => ({ cell, needsFired: true, assembly })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'workers-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A worker that leaves its process id as a file, answers what is asked for quickly, and hangs in all else. */
function program(): string {
  const file = join(folder, 'worker.mjs')
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs'
     writeFileSync(${JSON.stringify(folder)} + '/' + process.pid + '.pid', '')
     process.on('SIGTERM', () => process.exit())
     process.on('message', ({ assembly }) => {
       if (assembly === 'hangs') for (;;);
       if (assembly === 'quick') process.send({ outcome: 'released', fired: {}, broken: [], seconds: 0 })
     })`,
  )
  return file
}

const processes = () =>
  readdirSync(folder)
    .flatMap(name => /^(\d+)\.pid$/.exec(name)?.[1] ?? [])
    .map(Number)
const living = () => processes().filter(isAlive)

test('where an assembly cannot be made nothing more is played, and no worker is left', async () => {
  const told: Result[] = []
  const orders = [
    planned(async () => 'quick'),
    planned(async () => 'never over'),
    planned(async () => {
      await expect.poll(() => processes().length, { timeout: 5_000 }).toBe(2)
      throw new Error('the stack cannot be synthesized')
    }),
  ]
  await expect(playAll(orders, result => told.push(result), { program: program() })).rejects.toThrow('cannot be')
  expect(processes()).toHaveLength(2)
  expect(living()).toEqual([])
  expect(told.flatMap(({ played }) => played.broken)).toEqual([])
})

test('a worker that hangs is ended and told as such, and another one goes on', { timeout: 30_000 }, async () => {
  const orders = [planned(async () => 'hangs'), planned(async () => 'quick')]
  const results = await playAll(orders, () => {}, { program: program(), limitMs: 1_500 })
  expect(results.map(({ played }) => played.broken.map(({ because }) => because))).toEqual([
    ['the process ended with null: it was not over after 1.5 s'],
    [],
  ])
  expect(living()).toEqual([])
})

test('of endless orders no more are made than are played', async () => {
  let made = 0
  function* endless() {
    for (;;) {
      made += 1
      yield planned(async () => (made > 20 ? Promise.reject(new Error('enough')) : 'quick'))
    }
  }
  await expect(playAll(endless(), () => {}, { program: program() })).rejects.toThrow('enough')
  expect(made).toBe(21)
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a worker that gets a %s leaves nothing behind',
  { timeout: 60_000 },
  async signal => {
    const { directory } = await synthesize([FILE])
    const TMPDIR = join(folder, 'tmp')
    mkdirSync(TMPDIR)
    const worker = fork(new URL('../../../cli/faults/worker.ts', import.meta.url), { env: { ...process.env, TMPDIR } })
    const closed = once(worker, 'close')
    worker.send({ cell, assembly: directory, needsFired: true })
    await expect.poll(() => readdirSync(TMPDIR).length, { timeout: 30_000 }).toBeGreaterThan(0)
    worker.kill(signal)
    await closed
    expect(readdirSync(TMPDIR)).toEqual([])
  },
)
