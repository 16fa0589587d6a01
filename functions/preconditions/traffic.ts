import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service } from '../../domain/application.ts'
import type { StageOf } from '../../domain/identity.ts'
import { lackTold } from '../../domain/lack.ts'
import { retryCommand } from '../../domain/retry.ts'
import { servingGroup, whyElsewhere, whyUnhealthy } from '../../domain/users-place.ts'
import { wiringsOf } from '../../domain/wiring.ts'
import type { Revision } from '../aws/ecs.ts'
import { findRule, targetHealth } from '../aws/load-balancing.ts'
import type { Override } from '../aws/overrides.ts'
import { logger } from '../step.ts'

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
  const retry = retryCommand(of)
  for (const wiring of wiringsOf(found)) {
    const place = servingGroup(wiring, serving.targetGroups, found)
    if (place.kind === 'unknown') return lackTold(place, retry)
    const rule = await findRule(wiring.productionRule)
    const elsewhere = whyElsewhere(wiring, rule, place.group)
    if (elsewhere) return lackTold(elsewhere, retry)
    const unhealthy = whyUnhealthy(place.group, await targetHealth(place.group), found)
    const lifted = overrides.find(({ what }) => what.kind === 'targets')
    if (unhealthy && !lifted)
      return `${unhealthy}; there would be nothing to go back to. Mend that first; or, when this release mends it: sluice lift ${of.app} ${of.stage} targets && ${retry}`
    if (unhealthy) logger.warn(`${unhealthy}; a person lets that pass`, { override: lifted })
  }
  return undefined
}
