import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service } from '../../domain/application.ts'
import type { StageOf } from '../../domain/identity.ts'
import { retryCommand } from '../../domain/retry.ts'
import type { Revision } from '../aws/ecs.ts'
import { findRule, groupName, targetHealth, type Wiring, weightsTold, wiringsOf } from '../aws/load-balancing.ts'
import type { Override } from '../aws/overrides.ts'
import { logger } from '../step.ts'
import { sendsAllTo } from './snippets.ts'

/**
 * Why its users are not where a shift would find them: the rule that they come by has to send them all to the target group
 * that serves, and that has to have somebody there who answers.
 */
export async function whyMisdirected(
  of: StageOf,
  { strategy }: Service,
  { found, serving }: { found: EcsService; serving: Revision },
  overrides: readonly Override[],
): Promise<string | undefined> {
  if (strategy !== 'blue-green') return undefined
  for (const wiring of wiringsOf(found)) {
    const group = servingGroup(wiring, serving, found)
    if (!group)
      return `ECS does not say which of its target groups serves: ${wiring.targetGroups.map(groupName).join(', ')}; deploy the service once, then: ${retryCommand(of)}`
    const elsewhere = await whyElsewhere(of, wiring, group)
    if (elsewhere) return elsewhere
    const unhealthy = await whyUnhealthy(group, found)
    const lifted = overrides.find(({ what }) => what.kind === 'targets')
    if (unhealthy && !lifted)
      return `${unhealthy}; there would be nothing to go back to. Mend that first; or, when this release mends it: sluice lift ${of.app} ${of.stage} targets && ${retryCommand(of)}`
    if (unhealthy) logger.warn(`${unhealthy}; a person lets that pass`, { override: lifted })
  }
  return undefined
}

/** The two change places with each deployment; a service that is not blue-green yet is in the first. */
function servingGroup({ targetGroups }: Wiring, serving: Revision, { deploymentConfiguration }: EcsService) {
  const isYet = deploymentConfiguration?.strategy === 'BLUE_GREEN'
  return targetGroups.find(group => serving.targetGroups.includes(group)) ?? (isYet ? undefined : targetGroups[0])
}

async function whyElsewhere(
  of: StageOf,
  { productionRule, targetGroups }: Wiring,
  group: string,
): Promise<string | undefined> {
  const rule = await findRule(productionRule)
  if (!rule) return `its users come by rule ${productionRule}, which is gone; correct the service's load balancer`
  const sent = rule.weights.filter(({ weight }) => weight > 0)
  if (sent.length > 0 && sent.every(({ targetGroup }) => targetGroup === group)) return undefined
  const found = `${groupName(group)} serves, and the rule that users come by has the weights ${weightsTold(rule.weights)}`
  if (rule.others.length > 0)
    return `${found}; in its forward action give ${groupName(group)} all of them, and leave ${rule.others.join(' and ')} beside it as it is, then: ${retryCommand(of)}`
  return `${found}; give it all of them: ${sendsAllTo(productionRule, group, { ...rule, targetGroups })} && ${retryCommand(of)}`
}

async function whyUnhealthy(group: string, { desiredCount = 0 }: EcsService): Promise<string | undefined> {
  if (desiredCount === 0) return undefined
  const targets = await targetHealth(group)
  if (targets.some(({ state }) => state === 'healthy')) return undefined
  const states = targets.map(({ state, reason }) => (reason ? `${state} (${reason})` : state)).join(', ')
  return `none of the targets in ${groupName(group)}, which serves, is healthy: ${states || 'there are none'}`
}
