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
  /** Resolves after `ms` of AWS time; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Says that something real is in flight (a call, an invocation, a process that starts). Call the result once when it is over. */
  hold(what: string): () => void
  /** Holds the clock while `work` runs. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>
  /** What is in flight now, for messages about a rehearsal that does not move. */
  inFlight(): string[]
  /** The real time, milliseconds since the epoch, until which AWS time was no later than `aws`. */
  realEndOf(aws: number): number
  /** Forgets every timer, also those that are set later; nothing fires afterwards. */
  stop(): void
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

abstract class HoldingClock {
  protected readonly holds = new Map<symbol, string>()
  protected stopped = false

  abstract timer(ms: number, fire: () => void): Timer
  protected released(): void {}

  hold(what: string): () => void {
    const key = Symbol(what)
    this.holds.set(key, what)
    return () => {
      if (this.holds.delete(key)) this.released()
    }
  }

  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const release = this.hold(what)
    try {
      return await work()
    } finally {
      release()
    }
  }

  inFlight(): string[] {
    return [...this.holds.values()]
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        timer.cancel()
        reject(signal?.reason)
      }
      const timer = this.timer(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}

/** More exact than Date, whose milliseconds are long: between two jumps a database commits. */
function realNow(): number {
  return performance.timeOrigin + performance.now()
}

/** setTimeout overflows beyond this and fires at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

class PacedClock extends HoldingClock implements Clock {
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
    const timer: PacedTimer = new PacedTimer(ms, this.speed, () => {
      this.#timers.delete(timer)
      fire()
    })
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

  constructor(ms: number, speed: number, fire: () => void) {
    this.#left = Math.max(0, ms)
    this.#speed = speed
    this.#pace = speed
    this.#fire = fire
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

interface JumpTimer extends Timer {
  due: number
  order: number
  fire: () => void
}

/** Turns of the event loop without a new hold before the clock believes that all is idle: promise chains need one, IPC and sockets announce themselves by a hold. */
const IDLE_TURNS = 3

class JumpClock extends HoldingClock implements Clock {
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
    const timer: JumpTimer = {
      due: this.#now + Math.max(0, ms),
      order: this.#order++,
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
    if (this.stopped || this.#settling || this.holds.size > 0 || this.#timers.length === 0) return
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

  #jump(): void {
    const next = this.#timers.shift()
    if (!next) return
    if (next.due > this.#now) {
      this.#jumps.push({ to: next.due, real: realNow() })
      this.#now = next.due
    }
    next.fire()
    this.#settle()
  }
}
