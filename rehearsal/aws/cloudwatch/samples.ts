import { Spread } from '../../fleet/spread.ts'
import { MINUTE_MS } from '../../fleet/traffic.ts'

/** One minute of one metric. */
export interface Sample {
  /** When the minute began. */
  at: number
  count: number
  sum: number
  minimum: number
  maximum: number
  /** Of metrics that have percentiles. */
  spread?: Spread
}

export interface Metric {
  namespace: string
  name: string
  dimensions: Readonly<Record<string, string>>
}

/** The minutes of a metric that began in [from, to) and have arrived, oldest first; undefined where it is not measured here. */
export type Measure = (metric: Metric, from: number, to: number) => Sample[] | undefined

/** Of `pNN`, the number. */
export function percentOf(stat: string): number | undefined {
  const [, percent] = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(stat) ?? []
  return percent === undefined ? undefined : Number(percent)
}

const STATISTICS: Record<string, (samples: Sample[]) => number> = {
  SampleCount: samples => total(samples, 'count'),
  Sum: samples => total(samples, 'sum'),
  Average: samples => total(samples, 'sum') / total(samples, 'count'),
  Minimum: samples => Math.min(...samples.map(({ minimum }) => minimum)),
  Maximum: samples => Math.max(...samples.map(({ maximum }) => maximum)),
}

export function isStatistic(stat: string): boolean {
  return stat in STATISTICS || percentOf(stat) !== undefined
}

export interface Point {
  /** When its period began. */
  at: number
  value: number
}

/** One point for each period from `from` on that has a sample. */
export function pointsOf(samples: Sample[], stat: string, from: number, periodSeconds: number): Point[] {
  const period = periodSeconds * 1000
  const groups = Map.groupBy(samples, ({ at }) => from + Math.floor((at - from) / period) * period)
  return [...groups].map(([at, within]) => ({ at, value: statistic(within, stat) }))
}

function statistic(samples: Sample[], stat: string): number {
  const percent = percentOf(stat)
  if (percent === undefined) return STATISTICS[stat]?.(samples) ?? 0
  const spread = new Spread()
  for (const sample of samples) if (sample.spread) spread.merge(sample.spread)
  return spread.percentile(percent)
}

function total(samples: Sample[], of: 'count' | 'sum'): number {
  return samples.reduce((sum, sample) => sum + sample[of], 0)
}

export function minuteOf(at: number): number {
  return at - (at % MINUTE_MS)
}
