import type { Clock } from '../../clock.ts'
import { RATES, type Rate } from '../quotas/rates.ts'

export interface Asked {
  service: string
  operation: string
  region: string
}

/** The account's rates, which all its callers share: of every region, and of every group of operations, a bucket that refills. */
export class Quotas {
  /** `service:operation` → how many requests were one too many. */
  readonly refused = new Map<string, number>()
  readonly #buckets = new Map<string, Bucket>()
  readonly #now: () => number

  constructor(clock: Pick<Clock, 'now' | 'speed'>) {
    // Where AWS time stands while somebody asks, the time that really passes is what he waits for.
    this.#now = () => clock.now() + (clock.speed === 0 ? performance.now() : 0)
  }

  /** Whether this request is one too many; if not, it is counted. */
  exceeded({ service, operation, region }: Asked): boolean {
    const rate = RATES[service]?.find(({ operations }) => operations.includes(operation))
    if (rate === undefined || this.#bucket(`${region}/${service}/${rate.operations[0]}`, rate).take(this.#now()))
      return false
    const name = `${service}:${operation}`
    this.refused.set(name, (this.refused.get(name) ?? 0) + 1)
    return true
  }

  #bucket(key: string, rate: Rate): Bucket {
    const bucket = this.#buckets.get(key) ?? new Bucket(rate, this.#now())
    this.#buckets.set(key, bucket)
    return bucket
  }
}

class Bucket {
  readonly #rate: Rate
  #tokens: number
  #at: number

  constructor(rate: Rate, now: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#at = now
  }

  take(now: number): boolean {
    const { burst, perSecond } = this.#rate
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
