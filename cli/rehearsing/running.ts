import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Rehearsal } from '../../rehearsal/index.ts'
import { REHEARSALS } from './kept.ts'
import { isAlive } from './process.ts'

const FILE = join(REHEARSALS, 'running.json')

/** What another process must know to ask a rehearsal that stays up. */
const running = z.object({
  pid: z.int(),
  /** The environment of an SDK client. */
  env: z.record(z.string(), z.string()),
  /** AWS time (ms) at a moment of real time (ms), and how many AWS milliseconds pass in one. */
  clock: z.object({ aws: z.number(), real: z.number(), speed: z.number() }),
})
export type RunningRehearsal = z.infer<typeof running>

/** Tells other processes of the rehearsal, for as long as this one lives. */
export function tellOthers({ env, clock }: Pick<Rehearsal, 'env' | 'clock'>, file = FILE): void {
  mkdirSync(join(file, '..'), { recursive: true })
  const told: RunningRehearsal = {
    pid: process.pid,
    env,
    clock: { aws: clock.now(), real: Date.now(), speed: clock.speed },
  }
  writeFileSync(file, JSON.stringify(told))
  process.once('exit', () => rmSync(file, { force: true }))
}

/** The rehearsal that stays up on this machine, if there is one. */
export function runningRehearsal(file = FILE): RunningRehearsal | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const told = running.parse(JSON.parse(text))
  return isAlive(told.pid) ? told : undefined
}

export function awsTime({ clock }: RunningRehearsal): number {
  return clock.aws + (Date.now() - clock.real) * clock.speed
}
