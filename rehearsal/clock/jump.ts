import type { Clock, Timer } from '../clock.ts'
import { HoldingClock } from './holding.ts'

/** More exact than Date, whose milliseconds are long: between two jumps a database commits. */
function realNow(): number {
  return performance.timeOrigin + performance.now()
}

interface JumpTimer extends Timer {
  due: number
  order: number
  /** Whether time goes on for its sake. */
  isAwaited: boolean
  fire: () => void
}

/** Turns of the event loop without a new hold before the clock believes that all is idle: promise chains need one, IPC and sockets announce themselves by a hold. */
const IDLE_TURNS = 3

export class JumpClock extends HoldingClock implements Clock {
  readonly drive = 'jump'
  readonly speed = 0
  #now: number
  #order = 0
  #settling = false
  #timers: JumpTimer[] = []
  /** When it really was that time went on, and to what. */
  readonly #jumps: { to: number; real: number }[] = []

  constructor(start: number) {
    super()
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  realEndOf(aws: number): number {
    return this.#jumps.find(({ to }) => to > aws)?.real ?? realNow()
  }

  timer(ms: number, fire: () => void): Timer {
    return this.#add(ms, fire, true)
  }

  recurrence(ms: number, fire: () => void): Timer {
    return this.#add(ms, fire, false)
  }

  #add(ms: number, fire: () => void, isAwaited: boolean): Timer {
    const timer: JumpTimer = {
      due: this.#now + Math.max(0, ms),
      order: this.#order++,
      isAwaited,
      fire,
      cancel: () => {
        const at = this.#timers.indexOf(timer)
        if (at >= 0) this.#timers.splice(at, 1)
      },
      realTime() {},
      awsTime() {},
    }
    const after = this.#timers.findIndex(other => other.due > timer.due)
    this.#timers.splice(after < 0 ? this.#timers.length : after, 0, timer)
    this.#settle()
    return timer
  }

  stop(): void {
    this.stopped = true
    this.#timers = []
  }

  protected override released(): void {
    this.#settle()
  }

  #settle(): void {
    if (this.stopped || this.#settling || this.holds.size > 0 || !this.#isAwaited()) return
    this.#settling = true
    let turns = IDLE_TURNS
    const turn = () => {
      if (this.holds.size > 0) {
        this.#settling = false
      } else if (turns-- > 0) {
        setImmediate(turn)
      } else {
        this.#settling = false
        this.#jump()
      }
    }
    setImmediate(turn)
  }

  #isAwaited(): boolean {
    return this.#timers.some(({ isAwaited }) => isAwaited)
  }

  #jump(): void {
    if (!this.#isAwaited()) return
    const next = this.#timers.shift()
    if (!next) return
    if (next.due > this.#now) {
      this.#jumps.push({ to: next.due, real: realNow() })
      this.#now = next.due
    }
    this.apart(next.fire)
    this.#settle()
  }
}
