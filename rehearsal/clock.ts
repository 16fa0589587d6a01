import { JumpClock } from './clock/jump.ts'
import { PacedClock } from './clock/paced.ts'

/**
 * The one clock of a rehearsal. Its unit is AWS time: milliseconds since the epoch, as the rehearsed services see it.
 * `paced` runs AWS time at a multiple of real time, for people and real traffic; `jump` stands while anything real is
 * in flight (a hold) and jumps to the next timer when all is idle.
 */
export interface Clock {
  readonly drive: 'paced' | 'jump'
  /** AWS milliseconds that pass in one real millisecond; 0 for `jump`, where nothing passes while work is in flight. */
  readonly speed: number
  now(): number
  /** Calls `fire` once, `ms` of AWS time from now. */
  timer(ms: number, fire: () => void): Timer
  /**
   * The same for what recurs by itself for ever. Where time jumps, it jumps there only on its way to a timer of somebody's; where
   * it is paced, it keeps no process alive.
   */
  recurrence(ms: number, fire: () => void): Timer
  /** Resolves after `ms` of AWS time; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Says that something real is in flight (a call, an invocation, a process that starts). Call the result once when it is over. */
  hold(what: string): () => void
  /** Holds the clock while `work` runs. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>
  /** The holds that the caller's own work is under: its own `during`, and those of whoever waits for it in this process. */
  around(): Held
  /** What is in flight now, for messages about a rehearsal that does not move. */
  inFlight(): string[]
  /** The real time, milliseconds since the epoch, until which AWS time was no later than `aws`. */
  realEndOf(aws: number): number
  /** Forgets every timer, also those that are set later; nothing fires afterwards. */
  stop(): void
}

/** Holds that can be let go of for a while, as when a request stands still: everybody else's time goes on. */
export interface Held {
  letGo(): void
  /** As often as they were let go of; those that are over by then stay so. */
  takeUp(): void
}

export interface Timer {
  cancel(): void
  /** From now on this timer's time passes as real time does: its task's function is running. */
  realTime(): void
  /** Back to AWS time. */
  awsTime(): void
}

export interface ClockOptions {
  drive: 'paced' | 'jump'
  /** AWS seconds a real second; `paced` only. Default 60. */
  speed?: number
  /** AWS time at the start. Default: the real time, to the second. */
  start?: number
}

export function createClock(options: ClockOptions): Clock {
  const start = options.start ?? Math.floor(Date.now() / 1000) * 1000
  return options.drive === 'jump' ? new JumpClock(start) : new PacedClock(start, options.speed ?? 60)
}
