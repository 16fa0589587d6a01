import { KEPT_MS, MINUTE_MS } from './traffic.ts'

export interface HostCount {
  registered: number
  healthy: number
  unhealthy: number
}

/** How many targets a group had in one minute, by their health. */
export interface HostMinute {
  at: number
  healthy: Range
  unhealthy: Range
}

export interface Range {
  minimum: number
  maximum: number
  /** By the time that each number held. */
  average: number
}

type Change = HostCount & { at: number }

/** How many targets were healthy, over time. */
export class HostCounts {
  readonly #changes: Change[] = []

  note(at: number, count: HostCount): void {
    this.#changes.push({ at, ...count })
    while ((this.#changes[1]?.at ?? at) < at - KEPT_MS) this.#changes.shift()
  }

  /** The minutes that began in [from, to) and had a target registered, oldest first. */
  minutes(from: number, to: number): HostMinute[] {
    const first = Math.ceil(from / MINUTE_MS) * MINUTE_MS
    const all = Array.from(
      { length: Math.max(0, Math.ceil((to - first) / MINUTE_MS)) },
      (_, n) => first + n * MINUTE_MS,
    )
    return all.flatMap(at => this.#minute(at) ?? [])
  }

  #minute(at: number): HostMinute | undefined {
    const end = at + MINUTE_MS
    const before = this.#changes.findLast(change => change.at <= at)
    const within = this.#changes.filter(change => change.at > at && change.at < end)
    const held = [...(before ? [{ ...before, at }] : []), ...within].map((change, n, all) => ({
      ...change,
      forMs: (all[n + 1]?.at ?? end) - change.at,
    }))
    const counted = held.filter(({ registered }) => registered > 0)
    if (counted.length === 0) return undefined
    return { at, healthy: rangeOf(counted, 'healthy'), unhealthy: rangeOf(counted, 'unhealthy') }
  }
}

function rangeOf(held: (Change & { forMs: number })[], name: 'healthy' | 'unhealthy'): Range {
  const values = held.map(each => each[name])
  const total = held.reduce((sum, { forMs }) => sum + forMs, 0)
  const weighted = held.reduce((sum, each) => sum + each[name] * each.forMs, 0)
  return { minimum: Math.min(...values), maximum: Math.max(...values), average: weighted / total }
}
