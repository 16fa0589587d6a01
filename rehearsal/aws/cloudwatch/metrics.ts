import type { Clock } from '../../clock.ts'
import type { LoadBalancers } from '../../fleet/load-balancers.ts'
import { MINUTE_MS } from '../../fleet/traffic.ts'
import { loadBalancingSamples } from './load-balancing.ts'
import { type Measure, type Metric, minuteOf, type Sample } from './samples.ts'

/** After the end of its minute a load balancer's measurement takes so long to be seen; AWS gives no number, one to two minutes is usual. */
export const ARRIVES_AFTER_MS = 90_000

export interface Measured {
  clock: Clock
  loadBalancers: Pick<LoadBalancers, 'all' | 'groups'>
  /** How many messages a queue of this name shows; undefined when there is no such queue. */
  visible: (queueName: string) => number | undefined
}

export function measureWith({ clock, loadBalancers, visible }: Measured): Measure {
  return (metric, from, to) => {
    if (isOfThisMoment(metric)) return constant(visible(metric.dimensions.QueueName ?? ''), from, to)
    if (isOfUsers(metric)) return []
    if (!isLoadBalancing(metric)) return undefined
    const arrived = clock.now() - ARRIVES_AFTER_MS - MINUTE_MS + 1
    return loadBalancingSamples(loadBalancers, metric, from, Math.min(to, arrived))
  }
}

export function isLoadBalancing({ namespace }: Metric): boolean {
  return namespace === 'AWS/ApplicationELB'
}

/** Whether only users could send it: nobody does, and every period is missing. */
export function isOfUsers({ namespace }: Metric): boolean {
  return !namespace.startsWith('AWS/')
}

/** Whether every minute has the value of now: a queue's messages are not recorded over time. */
export function isOfThisMoment({ namespace, name }: Metric): boolean {
  return namespace === 'AWS/SQS' && name === 'ApproximateNumberOfMessagesVisible'
}

function constant(value: number | undefined, from: number, to: number): Sample[] | undefined {
  if (value === undefined) return undefined
  const samples: Sample[] = []
  for (let at = minuteOf(from); at < to; at += MINUTE_MS) {
    samples.push({ at, count: 1, sum: value, minimum: value, maximum: value })
  }
  return samples
}
