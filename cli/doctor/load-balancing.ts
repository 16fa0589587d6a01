import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service, Stage } from '../../domain/application.ts'
import type { Lack } from '../../domain/lack.ts'
import { whyUntestable } from '../../domain/test-listener.ts'
import { servingGroup, whyElsewhere, whyUnhealthy } from '../../domain/users-place.ts'
import { groupName, type Wiring, wiringsOf } from '../../domain/wiring.ts'
import type { Revision } from '../../functions/aws/ecs.ts'
import { findRule, targetHealth } from '../../functions/aws/load-balancing.ts'
import { findTargetGroup, type TargetGroup } from '../../functions/aws/target-groups.ts'
import { testListenersOf } from '../../functions/aws/test-listeners.ts'
import { type Answer, type Examination, judged, lacking, sound, type Where } from './examination.ts'
import { askRole } from './roles.ts'

/** Where a service stands between its users and its tests. `serving`: its revision that serves; undefined: none is known. */
export interface Standing {
  stage: Stage
  service: Service
  found: EcsService
  serving: Revision | undefined
  /** A release is changing the stage: where its users are is on its way. */
  isChanging: boolean
}

/** How its users reach it, and how its tests will. Returns its target groups; undefined where they could not all be seen. */
export async function askLoadBalancing(
  examination: Examination,
  where: Where,
  { stage, service, found, serving, isChanging }: Standing,
): Promise<TargetGroup[] | undefined> {
  const groups = await examination.ask('target-groups', where, () => whetherFit(found))
  if (service.strategy !== 'blue-green') return groups
  for (const { advancedConfiguration } of found.loadBalancers ?? []) {
    const arn = advancedConfiguration?.roleArn
    const used = 'roleArn of its load balancer, with which ECS shifts the traffic,'
    if (arn) await askRole(examination, where, { arn, actor: 'ecs.amazonaws.com', used })
  }
  await examination.ask('test-rule', where, async () => judged(await whyUntested(stage, service, found)))
  if (serving && groups && !isChanging)
    for (const wiring of wiringsOf(found)) await askUsers(examination, where, { wiring, found, serving })
  return groups
}

async function whetherFit({ loadBalancers = [] }: EcsService): Promise<Answer<TargetGroup[]>> {
  const arns = loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration }) =>
    [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter(arn => arn !== undefined),
  )
  const groups: TargetGroup[] = []
  const lacks: Lack[] = []
  for (const arn of arns) {
    const group = await findTargetGroup(arn)
    if (group) groups.push(group)
    else
      lacks.push({
        found: `its target group ${groupName(arn)} is gone (${arn})`,
        remedy: "correct the service's load balancer",
      })
  }
  lacks.push(...whyUnlike(groups))
  return lacks.length > 0 ? lacking(...lacks) : sound(groups)
}

/** Tasks come to either of the two target groups, whichever is free. */
export function whyUnlike(groups: readonly Pick<TargetGroup, 'arn' | 'type' | 'vpc'>[]): Lack[] {
  const told = (of: 'type' | 'vpc') => groups.map(group => `${groupName(group.arn)} ${group[of] ?? 'none'}`).join(', ')
  const differ = (of: 'type' | 'vpc') => new Set(groups.map(group => group[of])).size > 1
  const remedy = 'make a new one like the other, and name it in the service'
  return [
    ...(differ('vpc') ? [{ found: `its target groups are in different VPCs: ${told('vpc')}`, remedy }] : []),
    ...(differ('type') ? [{ found: `its target groups take different targets: ${told('type')}`, remedy }] : []),
  ]
}

async function whyUntested({ smoke }: Stage, service: Service, found: EcsService): Promise<Lack | undefined> {
  if (!smoke.some(test => test.service === service.service)) return undefined
  return whyUntestable(smoke, service, { found, listeners: await testListenersOf(found) })
}

interface Place {
  wiring: Wiring
  found: EcsService
  serving: Revision
}

async function askUsers(examination: Examination, where: Where, { wiring, found, serving }: Place): Promise<void> {
  const group = await examination.ask('users-rule', where, async () => {
    const place = servingGroup(wiring, serving.targetGroups, found)
    if (place.kind === 'unknown') return lacking(place)
    const elsewhere = whyElsewhere(wiring, await findRule(wiring.productionRule), place.group)
    return elsewhere ? lacking(elsewhere) : sound(place.group)
  })
  if (group === undefined) return
  await examination.ask('targets', where, async () => {
    const unhealthy = whyUnhealthy(group, await targetHealth(group), found)
    return judged(
      unhealthy ? { found: unhealthy, remedy: 'mend that: there would be nothing to go back to' } : undefined,
    )
  })
}
