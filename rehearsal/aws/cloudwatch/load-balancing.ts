import type { HostMinute, Range } from '../../fleet/host-counts.ts'
import type { LoadBalancer, LoadBalancers } from '../../fleet/load-balancers.ts'
import { Spread } from '../../fleet/spread.ts'
import type { TargetGroup } from '../../fleet/target-group.ts'
import type { Minute } from '../../fleet/traffic.ts'
import type { Metric, Sample } from './samples.ts'

/** Counted by the request; each is told of a load balancer as a whole, and most of each of its target groups. */
const COUNTERS: Record<string, { of: (minute: Minute) => number; ofGroups: boolean }> = {
  RequestCount: { of: ({ requests }) => requests, ofGroups: true },
  HTTPCode_Target_2XX_Count: { of: ({ answers }) => answers['2'] ?? 0, ofGroups: true },
  HTTPCode_Target_3XX_Count: { of: ({ answers }) => answers['3'] ?? 0, ofGroups: true },
  HTTPCode_Target_4XX_Count: { of: ({ answers }) => answers['4'] ?? 0, ofGroups: true },
  HTTPCode_Target_5XX_Count: { of: ({ answers }) => answers['5'] ?? 0, ofGroups: true },
  // Nobody hangs up here, and nobody asks for what makes no sense.
  HTTPCode_ELB_4XX_Count: { of: () => 0, ofGroups: false },
  HTTPCode_ELB_5XX_Count: { of: ({ elb5xx }) => elb5xx, ofGroups: false },
}

/** Told of a target group alone. */
const GAUGES: Record<string, (minute: HostMinute) => Range> = {
  HealthyHostCount: ({ healthy }) => healthy,
  UnHealthyHostCount: ({ unhealthy }) => unhealthy,
}

/** AWS/ApplicationELB by what the fleet's target groups counted; no samples where these dimensions have none, as on AWS. */
export function loadBalancingSamples(
  { all, groups }: Pick<LoadBalancers, 'all' | 'groups'>,
  { name, dimensions }: Metric,
  from: number,
  to: number,
): Sample[] | undefined {
  const [counter, gauge] = [COUNTERS[name], GAUGES[name]]
  if (!counter && !gauge && name !== 'TargetResponseTime') return undefined
  const { LoadBalancer: balancerName, TargetGroup: groupName, ...others } = dimensions
  const balancer = all.find(({ arn }) => arn.endsWith(`:loadbalancer/${balancerName}`))
  if (!balancer || Object.keys(others).length > 0) return []
  const asked = [...groups.values()].filter(
    group => (groupName === undefined || group.arn.endsWith(`:${groupName}`)) && forwardsTo(balancer, group),
  )

  if (gauge) return groupName === undefined ? [] : asked.flatMap(group => gaugeSamples(group, gauge, from, to))
  if (counter && !counter.ofGroups && groupName !== undefined) return []
  const minutes = Map.groupBy(
    asked.flatMap(group => group.traffic.minutes(from, to)),
    ({ at }) => at,
  )
  const samples = [...minutes].map(([at, those]) => (counter ? counted(at, those, counter.of) : timed(at, those)))
  return samples.filter(({ count }) => count > 0).sort((one, other) => one.at - other.at)
}

function forwardsTo({ listeners }: LoadBalancer, group: TargetGroup): boolean {
  return listeners.some(({ rules }) =>
    rules.some(({ action }) => action.type === 'forward' && action.to.some(target => target.group === group)),
  )
}

/** ELB sends a 1 for each request: their sum is how many there were. */
function counted(at: number, minutes: Minute[], of: (minute: Minute) => number): Sample {
  const count = minutes.reduce((sum, minute) => sum + of(minute), 0)
  return { at, count, sum: count, minimum: 1, maximum: 1 }
}

function timed(at: number, minutes: Minute[]): Sample {
  const spread = new Spread()
  for (const { times } of minutes) spread.merge(times)
  const { count, sum, minimum, maximum } = spread
  return { at, count, sum, minimum, maximum, spread }
}

function gaugeSamples(group: TargetGroup, of: (minute: HostMinute) => Range, from: number, to: number): Sample[] {
  return group.hostCounts.minutes(from, to).map(minute => {
    const { minimum, maximum, average } = of(minute)
    return { at: minute.at, count: 1, sum: average, minimum, maximum }
  })
}
