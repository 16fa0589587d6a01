import { loadBalancersOf } from '../aws/target-groups.ts'

/** Where answers are counted: at a target group, by an application load balancer that sends requests to it; both ARNs. */
export interface Counter {
  group: string
  balancer: string
}

/** Which answers can be counted at which of these target groups; of one that is gone nothing is said. */
export async function countersAt(groups: readonly string[]): Promise<Record<string, Counter[]>> {
  const balancers = await loadBalancersOf([...new Set(groups)])
  return Object.fromEntries(
    Object.entries(balancers).map(([group, before]) => [
      group,
      // A network load balancer counts connections, and knows of no answers.
      before.filter(arn => arn.includes(':loadbalancer/app/')).map(balancer => ({ group, balancer })),
    ]),
  )
}
