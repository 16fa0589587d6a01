import { type MetricQuery, metricSums } from '../aws/cloudwatch.ts'
import { loadBalancersOf } from '../aws/load-balancing.ts'
import type { Counted, Watched } from '../aws/watched.ts'

/** ARNs of the target groups that hold the new version of a service and, where it has others, the old one. */
export interface Sides {
  green: string[]
  blue: string[]
}

/**
 * What the users of each service were answered: by the new version since `from`, by the old one for as long before. Left out
 * is who has no target group, or one of a load balancer that counts no answers.
 */
export async function countAnswers(
  sides: Record<string, Sides>,
  { from, now }: { from: number; now: number },
): Promise<Watched['services']> {
  const groups = Object.values(sides).flatMap(({ green, blue }) => [...green, ...blue])
  const balancers = await loadBalancersOf([...new Set(groups)])
  const isCounted = (group: string) => !(balancers[group] ?? []).some(arn => !arn.includes(APPLICATION))
  const counted = Object.entries(sides).filter(([, { green }]) => green.length > 0 && green.every(isCounted))
  const of = (side: 'green' | 'blue') =>
    counted.map(([, { [side]: held }]) => held.flatMap(group => (balancers[group] ?? []).map(queriesOf(group))))
  const greens = await countEach(of('green'), from, now)
  const blues = await countEach(of('blue'), from - (now - from), from)
  return Object.fromEntries(
    counted.map(([service, { blue }], n) => {
      const [seen, before] = [greens[n] ?? NOTHING, blues[n]]
      return [service, { green: seen, ...(blue.length > 0 && before && { blue: before }) }]
    }),
  )
}

const NOTHING: Counted = { requests: 0, errors: 0 }
const APPLICATION = ':loadbalancer/app/'

/** Two counts of one target group behind one load balancer. */
const queriesOf =
  (group: string) =>
  (balancer: string): [MetricQuery, MetricQuery] => {
    const dimensions = {
      TargetGroup: group.slice(group.lastIndexOf(':') + 1),
      LoadBalancer: balancer.slice(balancer.indexOf(':loadbalancer/') + ':loadbalancer/'.length),
    }
    const query = (metric: string) => ({ namespace: 'AWS/ApplicationELB', metric, dimensions })
    return [query('RequestCount'), query('HTTPCode_Target_5XX_Count')]
  }

/** One call for all of them. */
async function countEach(services: [MetricQuery, MetricQuery][][], from: number, to: number): Promise<Counted[]> {
  const sums = await metricSums(services.flat(2), from, to)
  const next = sums.values()
  return services.map(pairs => {
    const counted = { ...NOTHING }
    for (const _ of pairs) {
      counted.requests += next.next().value ?? 0
      counted.errors += next.next().value ?? 0
    }
    return counted
  })
}
