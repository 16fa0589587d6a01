import type { StateValue } from '@aws-sdk/client-cloudwatch'

export const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
}

export type Comparison = keyof typeof COMPARISONS

export const TREATMENTS = ['missing', 'notBreaching', 'breaching', 'ignore'] as const
export type Treatment = (typeof TREATMENTS)[number]

export interface Criteria {
  /** N: how many points decide. */
  periods: number
  /** M: how many of them must breach. */
  toAlarm: number
  treatMissing: Treatment
}

/** How many periods CloudWatch looks back for N points. It tells only the five of its examples for three. */
export function rangeOf(periods: number): number {
  return periods + 2
}

/**
 * The state that the points of the evaluation range lead to, oldest first: whether each breaches, undefined where there is
 * none. A missing point counts only where too few are real.
 */
export function judge(points: (boolean | undefined)[], criteria: Criteria): StateValue | 'as-it-is' {
  const { periods, toAlarm, treatMissing } = criteria
  const real = points.filter(point => point !== undefined)
  const enough = (breaching: number) => (breaching >= toAlarm ? 'ALARM' : 'OK')
  if (real.length >= periods) return enough(breachingIn(real.slice(-periods)))
  const breaching = breachingIn(real)
  switch (treatMissing) {
    case 'breaching':
      return enough(breaching + periods - real.length)
    case 'notBreaching':
      return enough(breaching)
    case 'ignore':
      if (breaching >= toAlarm) return 'ALARM'
      return breaching === real.length ? 'as-it-is' : 'OK'
    case 'missing':
      if (real.length === 0) return 'INSUFFICIENT_DATA'
      return isPremature(points, criteria) ? 'ALARM' : enough(breaching)
  }
}

/** CloudWatch alarms on fewer points than it needs when the oldest breaching one is as old as M and none was good. */
function isPremature(points: (boolean | undefined)[], { periods, toAlarm }: Criteria): boolean {
  const latest = points.slice(-periods)
  const oldest = latest.indexOf(true)
  return oldest >= 0 && latest.length - oldest >= toAlarm && !points.includes(false)
}

function breachingIn(points: boolean[]): number {
  return points.filter(breaches => breaches).length
}
