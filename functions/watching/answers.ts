import { type AnsweredMinute, type Answers, latestOf, sumUp, unansweredShare } from '../../domain/answers.ts'
import type { SeenAnswers } from '../../domain/watch.ts'
import { groupName } from '../../domain/wiring.ts'
import { type ByMinute, type MetricQuery, metricSums } from '../aws/cloudwatch.ts'
import { type Counter, countersAt } from './counters.ts'

/** ARNs of the target groups that hold the new version of a service, and of those where the old one was. */
export interface Sides {
  green: string[]
  blue: string[]
}

export interface CountedAnswers extends SeenAnswers {
  /** What the old version answered, for as long before the release. */
  before: Answers
}

/**
 * What the users of each service were answered: by the new version since `from`, by the old one for as long before `untouched`.
 * A service is counted at those of its groups that an application load balancer leads to, and left out where none does.
 * `unseen`: what cannot be counted though it could be, each in a clause. `atLeast`: requests that say what is ordinary.
 */
export async function countAnswers(
  sides: Record<string, Sides>,
  { from, now, untouched, atLeast }: { from: number; now: number; untouched: number; atLeast: number },
): Promise<{ answers: CountedAnswers[]; unseen: string[] }> {
  const counters = await countersAt(Object.values(sides).flatMap(({ green, blue }) => [...green, ...blue]))
  const at = (groups: string[]) => groups.flatMap(group => counters[group] ?? [])
  const unseen = Object.entries(sides).flatMap(([service, { green }]) =>
    green
      .filter(group => counters[group] === undefined)
      .map(group => `target group ${groupName(group)} of ${service} is gone`),
  )
  const counted = Object.entries(sides).filter(([, { green }]) => at(green).length > 0)
  const greens = await minutesAt(
    counted.map(([, { green }]) => at(green)),
    { from, to: now },
  )
  const blues = await minutesAt(
    counted.map(([, { blue }]) => at(blue)),
    { from: untouched - (now - from), to: untouched },
  )
  const answers = counted.map(([service], n) => {
    const [seen, before] = [greens[n] ?? [], blues[n] ?? []]
    const ordinary = unansweredShare(before, atLeast)
    const latest = sumUp(latestOf(seen), ordinary, now)
    return { service, ...sumUp(seen, ordinary, now), latest, before: sumUp(before, ordinary, now) }
  })
  return { answers, unseen }
}

const OF_GROUP = ['RequestCount', 'HTTPCode_Target_5XX_Count', ...[2, 3, 4].map(n => `HTTPCode_Target_${n}XX_Count`)]
const OF_BALANCER = ['HTTPCode_ELB_5XX_Count', 'HTTPCode_ELB_4XX_Count']

/** The minutes of each service; one call for all of them. */
async function minutesAt(
  services: Counter[][],
  { from, to }: { from: number; to: number },
): Promise<AnsweredMinute[][]> {
  const queries = services.map(queriesAt)
  const sums = (await metricSums(queries.flat(), from, to)).values()
  return queries.map(asked => {
    const counts = new Map<string, ByMinute[]>()
    for (const { metric } of asked) {
      const { value } = sums.next()
      if (value) counts.set(metric, [...(counts.get(metric) ?? []), value])
    }
    const minutes = new Set([...counts.values()].flat().flatMap(known => [...known.keys()]))
    return [...minutes].map(at => {
      const of = (...metrics: string[]) =>
        metrics.flatMap(metric => counts.get(metric) ?? []).reduce((sum, known) => sum + (known.get(at) ?? 0), 0)
      const [requests = '', errors = '', ...others] = OF_GROUP
      return {
        ...{ at, requests: of(requests), errors: of(errors), answered: of(errors, ...others) },
        ownWords: of(...OF_BALANCER),
      }
    })
  })
}

function queriesAt(counters: Counter[]): MetricQuery[] {
  const query = (dimensions: MetricQuery['dimensions']) => (metric: string) => ({
    ...{ namespace: 'AWS/ApplicationELB', metric, dimensions },
  })
  const ofGroups = counters.map(({ group, balancer }) => ({
    TargetGroup: group.slice(group.lastIndexOf(':') + 1),
    LoadBalancer: nameOf(balancer),
  }))
  const ofBalancers = [...new Set(counters.map(({ balancer }) => nameOf(balancer)))]
  return [
    ...ofGroups.flatMap(dimensions => OF_GROUP.map(query(dimensions))),
    ...ofBalancers.flatMap(LoadBalancer => OF_BALANCER.map(query({ LoadBalancer }))),
  ]
}

/** `app/<name>/<id>` */
const nameOf = (balancer: string) => balancer.slice(balancer.indexOf(':loadbalancer/') + ':loadbalancer/'.length)
