import type { Clock } from '../clock.ts'
import { Spread } from './spread.ts'

export interface Counts {
  requests: number
  target5xx: number
  target4xx: number
  /** Answers that the load balancer itself gave: 502, 503, 504. */
  elb5xx: number
}

/** What a target group answered in one minute of AWS time. */
export interface Minute {
  /** When it began. */
  readonly at: number
  /** Requests for which there was a target. */
  requests: number
  /** The targets' answers by their first digit. */
  readonly answers: Record<string, number>
  elb5xx: number
  /** How long the targets took, in real seconds. */
  readonly times: Spread
}

export const MINUTE_MS = 60_000
/** For so long minutes are remembered. */
export const KEPT_MS = 3 * 60 * MINUTE_MS

/** A target group's requests, counted by the minute in which they were answered. Nothing is kept of a single one. */
export class Traffic {
  readonly total: Counts = { requests: 0, target5xx: 0, target4xx: 0, elb5xx: 0 }
  readonly #clock: Clock
  readonly #minutes: Minute[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A target has answered after that many real seconds. */
  answered(status: number, seconds: number): void {
    const minute = this.#minute()
    const digit = String(Math.floor(status / 100))
    minute.requests++
    minute.answers[digit] = (minute.answers[digit] ?? 0) + 1
    minute.times.add(seconds)
    this.total.requests++
    if (digit === '5') this.total.target5xx++
    else if (digit === '4') this.total.target4xx++
  }

  /** The load balancer has answered itself: there was no target, or the target gave no answer. */
  refused(by: { target: boolean }): void {
    const minute = this.#minute()
    if (by.target) minute.requests++
    minute.elb5xx++
    this.total.requests++
    this.total.elb5xx++
  }

  /** The minutes with requests that began in [from, to), oldest first. */
  minutes(from: number, to: number): Minute[] {
    return this.#minutes.filter(({ at }) => at >= from && at < to)
  }

  #minute(): Minute {
    const now = this.#clock.now()
    const at = now - (now % MINUTE_MS)
    const last = this.#minutes.at(-1)
    if (last?.at === at) return last
    const begun = { at, requests: 0, answers: {}, elb5xx: 0, times: new Spread() }
    this.#minutes.push(begun)
    while ((this.#minutes[0]?.at ?? at) < at - KEPT_MS) this.#minutes.shift()
    return begun
  }
}
