import type { Clock, Timer } from '../clock.ts'
import { HoldingClock } from './holding.ts'

/** setTimeout overflows beyond this and fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

export class PacedClock extends HoldingClock implements Clock {
  readonly drive = 'paced'
  readonly speed: number
  readonly #start: number
  readonly #zero = performance.now()
  readonly #timers = new Set<PacedTimer>()

  constructor(start: number, speed: number) {
    super()
    this.#start = start
    this.speed = speed
  }

  now(): number {
    return this.#start + (performance.now() - this.#zero) * this.speed
  }

  realEndOf(aws: number): number {
    return performance.timeOrigin + this.#zero + (aws - this.#start) / this.speed
  }

  timer(ms: number, fire: () => void): Timer {
    return this.#add(ms, fire, true)
  }

  recurrence(ms: number, fire: () => void): Timer {
    return this.#add(ms, fire, false)
  }

  #add(ms: number, fire: () => void, isAwaited: boolean): Timer {
    const ended = () => {
      this.#timers.delete(timer)
      fire()
    }
    const timer: PacedTimer = new PacedTimer(ms, this.speed, ended, isAwaited)
    if (this.stopped) timer.cancel()
    else this.#timers.add(timer)
    return timer
  }

  stop(): void {
    this.stopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }
}

class PacedTimer implements Timer {
  #left: number
  #speed: number
  #since = performance.now()
  #handle: NodeJS.Timeout | undefined
  readonly #pace: number
  readonly #fire: () => void
  readonly #isAwaited: boolean

  constructor(ms: number, speed: number, fire: () => void, isAwaited: boolean) {
    this.#left = Math.max(0, ms)
    this.#speed = speed
    this.#pace = speed
    this.#fire = fire
    this.#isAwaited = isAwaited
    this.#arm()
  }

  #arm(): void {
    this.#since = performance.now()
    const real = this.#left / this.#speed
    const wait = Math.min(real, LONGEST_TIMEOUT_MS)
    this.#handle = setTimeout(() => {
      if (wait === real) return this.#fire()
      this.#left -= wait * this.#speed
      this.#arm()
    }, wait)
    if (!this.#isAwaited) this.#handle.unref()
  }

  #change(speed: number): void {
    if (this.#handle === undefined || speed === this.#speed) return
    clearTimeout(this.#handle)
    this.#left = Math.max(0, this.#left - (performance.now() - this.#since) * this.#speed)
    this.#speed = speed
    this.#arm()
  }

  cancel(): void {
    clearTimeout(this.#handle)
    this.#handle = undefined
  }

  realTime(): void {
    this.#change(1)
  }

  awsTime(): void {
    this.#change(this.#pace)
  }
}
