import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service } from '../../domain/application.ts'
import { isOneOf, isPauseAt, PAUSES } from '../../domain/blue-green.ts'
import type { StageOf } from '../../domain/identity.ts'
import { readDriven } from '../aws/driven.ts'

/** Why its own hooks are in the way of ours: nobody could tell whose pause is answered. What we have left there is not. */
export async function whyPaused(
  of: StageOf,
  { service, strategy }: Service,
  { deploymentConfiguration = {} }: EcsService,
): Promise<string | undefined> {
  if (strategy !== 'blue-green') return undefined
  const ours = (await readDriven(of, service))?.hooks ?? []
  const theirs = (deploymentConfiguration.lifecycleHooks ?? []).filter(hook => !isOneOf(ours, hook))
  const taken = PAUSES.filter(pause => theirs.some(hook => isPauseAt(hook, pause)))
  if (taken.length === 0) return undefined
  return `it has a PAUSE hook at ${taken.join(' and ')}, where Sluice has a deployment wait for itself; take it out of the service's deploymentConfiguration.lifecycleHooks, then release again`
}
