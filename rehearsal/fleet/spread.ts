const SMALLEST_SECONDS = 0.0001
const STEP = Math.log(1.1)
/** Up to some 150 seconds, which is longer than any load balancer waits; the last one has the rest. */
const BUCKETS = 150

/** How many answers took how long, in a few hundred bytes however many there were: a percentile is at most a tenth too high. */
export class Spread {
  count = 0
  sum = 0
  minimum = Number.POSITIVE_INFINITY
  maximum = 0
  readonly #buckets = new Uint32Array(BUCKETS)

  add(seconds: number): void {
    this.count++
    this.sum += seconds
    if (seconds < this.minimum) this.minimum = seconds
    if (seconds > this.maximum) this.maximum = seconds
    const bucket = Math.ceil(Math.log(Math.max(seconds, SMALLEST_SECONDS) / SMALLEST_SECONDS) / STEP)
    this.#count(Math.min(bucket, BUCKETS - 1), 1)
  }

  merge(other: Spread): void {
    this.count += other.count
    this.sum += other.sum
    this.minimum = Math.min(this.minimum, other.minimum)
    this.maximum = Math.max(this.maximum, other.maximum)
    for (const [bucket, count] of other.#buckets.entries()) this.#count(bucket, count)
  }

  /** What so many percent of the answers did not exceed; of nothing it is 0. */
  percentile(percent: number): number {
    const rank = (percent / 100) * this.count
    let seen = 0
    for (const [bucket, count] of this.#buckets.entries()) {
      seen += count
      if (count > 0 && seen >= rank) {
        const highest = bucket < BUCKETS - 1 ? SMALLEST_SECONDS * Math.exp(bucket * STEP) : this.maximum
        return Math.min(this.maximum, Math.max(this.minimum, highest))
      }
    }
    return this.maximum
  }

  #count(bucket: number, more: number): void {
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + more
  }
}
