import type { Lack } from './lack.ts'
import { sendsAllTo } from './snippets.ts'
import { type DescribedService, type Forwarding, groupName, type Wiring, weightsTold } from './wiring.ts'

/**
 * Which of the two target groups serves: they change places with each deployment, and a service that is not blue-green yet is
 * in the first. `serving`: those that ECS records of the revision that serves.
 */
export function servingGroup(
  { targetGroups }: Wiring,
  serving: readonly string[],
  { deploymentConfiguration }: DescribedService,
): { kind: 'serves'; group: string } | ({ kind: 'unknown' } & Lack) {
  const isYet = deploymentConfiguration?.strategy === 'BLUE_GREEN'
  const group = targetGroups.find(each => serving.includes(each)) ?? (isYet ? undefined : targetGroups[0])
  if (group !== undefined) return { kind: 'serves', group }
  return {
    kind: 'unknown',
    found: `ECS does not say which of its target groups serves: ${targetGroups.map(groupName).join(', ')}`,
    remedy: 'deploy the service once',
  }
}

/** Why its users are not all sent to the target group that serves. `rule`: the one they come by; undefined: it is gone. */
export function whyElsewhere(
  { productionRule, targetGroups }: Wiring,
  rule: Forwarding | undefined,
  group: string,
): Lack | undefined {
  if (!rule)
    return {
      found: `its users come by rule ${productionRule}, which is gone`,
      remedy: "correct the service's load balancer",
    }
  const sent = rule.weights.filter(({ weight }) => weight > 0)
  if (sent.length > 0 && sent.every(({ targetGroup }) => targetGroup === group)) return undefined
  const found = `${groupName(group)} serves, and the rule that users come by has the weights ${weightsTold(rule.weights)}`
  if (rule.others.length > 0)
    return {
      found,
      remedy: `in its forward action give ${groupName(group)} all of them, and leave ${rule.others.join(' and ')} beside it as it is`,
    }
  return { found, remedy: 'give it all of them', command: sendsAllTo(productionRule, group, { ...rule, targetGroups }) }
}

/** A target as ELB describes its health. */
interface DescribedHealth {
  state: string
  reason?: string
}

/** That nobody in the target group that serves answers, in a clause. */
export function whyUnhealthy(
  group: string,
  targets: readonly DescribedHealth[],
  { desiredCount = 0 }: DescribedService,
): string | undefined {
  return desiredCount === 0 ? undefined : whySilent(group, 'which serves', targets)
}

/** That nobody in a target group answers, in a clause; `whose` says what the group is. */
export function whySilent(group: string, whose: string, targets: readonly DescribedHealth[]): string | undefined {
  if (targets.some(({ state }) => state === 'healthy')) return undefined
  const states = targets.map(({ state, reason }) => (reason ? `${state} (${reason})` : state)).join(', ')
  return `none of the targets in ${groupName(group)}, ${whose}, is healthy: ${states || 'there are none'}`
}
