import type { LoadBalancer } from '@aws-sdk/client-ecs'
import { changeAction, type Rule } from '../../fleet/load-balancer.ts'
import type { EcsWorld, Revision, ServiceSettings } from './model.ts'

type Targets = EcsWorld['targets']

export function findRule({ all }: Targets, arn: string | undefined): Rule | undefined {
  return all.flatMap(({ listeners }) => listeners.flatMap(({ rules }) => rules)).find(rule => rule.arn === arn)
}

/** Where a new revision's tasks register: a blue/green deployment takes the group of each pair that does not serve. */
export function targetGroupsFor(targets: Targets, settings: ServiceSettings, serving: Revision | undefined): string[] {
  const blueGreen = settings.deploymentConfiguration.strategy === 'BLUE_GREEN'
  return (settings.loadBalancers ?? []).map(balancer => {
    const { targetGroupArn: primary = '', advancedConfiguration } = balancer
    const alternate = advancedConfiguration?.alternateTargetGroupArn
    if (!alternate) return primary
    const live = liveGroup(targets, balancer, serving)
    if (!blueGreen) return live
    return live === alternate ? primary : alternate
  })
}

/** By ECS's own record; before there is any, by the weights of the production rule. */
function liveGroup(targets: Targets, balancer: LoadBalancer, serving: Revision | undefined): string {
  const pair = pairOf(balancer)
  const recorded = serving?.targetGroups.find(arn => pair.includes(arn))
  if (recorded) return recorded
  const action = findRule(targets, balancer.advancedConfiguration?.productionListenerRule)?.action
  const weighted = action?.type === 'forward' ? action.to.filter(({ group }) => pair.includes(group.arn)) : []
  const [heaviest] = weighted.toSorted((one, other) => other.weight - one.weight)
  return heaviest?.group.arn ?? pair[0] ?? ''
}

function pairOf({ targetGroupArn, advancedConfiguration }: LoadBalancer): string[] {
  return [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].flatMap(arn => arn ?? [])
}

/** The production rules know the new revision's groups, so that its targets are checked; nobody is sent there yet. */
export function attach(targets: Targets, { settings, targetGroups }: Revision): void {
  for (const [at, balancer] of (settings.loadBalancers ?? []).entries()) {
    const rule = findRule(targets, balancer.advancedConfiguration?.productionListenerRule)
    const known = rule?.action.type === 'forward' ? rule.action.to.map(({ group }) => group.arn) : []
    const other = pairOf(balancer).find(arn => arn !== targetGroups[at])
    if (rule && other && !known.includes(targetGroups[at] ?? '')) forward(targets, rule, balancer, other)
  }
}

export function hasTestRule({ settings }: Revision): boolean {
  return settings.loadBalancers?.some(balancer => balancer.advancedConfiguration?.testListenerRule) ?? false
}

/** All production or test traffic of the wired load balancers goes to the revision's groups, in one step. */
export function shift(targets: Targets, wiring: Revision, to: Revision, traffic: 'production' | 'test'): void {
  for (const [at, balancer] of (wiring.settings.loadBalancers ?? []).entries()) {
    const { productionListenerRule, testListenerRule } = balancer.advancedConfiguration ?? {}
    const rule = findRule(targets, traffic === 'production' ? productionListenerRule : testListenerRule)
    const live = to.targetGroups[at]
    if (rule && live) forward(targets, rule, balancer, live)
  }
}

function forward(targets: Targets, rule: Rule, balancer: LoadBalancer, live: string): void {
  const arns = [...new Set([...pairOf(balancer), live])]
  const to = arns.flatMap(arn => {
    const group = targets.groups.get(arn)
    return group ? [{ group, weight: arn === live ? 100 : 0 }] : []
  })
  changeAction(targets.all, rule, { type: 'forward', to })
}

/** Whether the two are behind the same target groups. */
export function sharesGroups(one: Revision, other: Revision): boolean {
  return one.targetGroups.join() === other.targetGroups.join()
}
