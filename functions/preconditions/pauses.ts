import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service } from '../../domain/application.ts'
import { isOneOf, isPauseAt, PAUSES } from '../../domain/blue-green.ts'
import type { StageOf } from '../../domain/identity.ts'
import { retryCommand } from '../../domain/retry.ts'
import { readDriven } from '../aws/driven.ts'

/** PAUSE hooks that ECS takes of one service. */
const MOST = 10

/**
 * Why its own hooks are in the way of ours: nobody could tell whose pause is answered, or ECS would refuse ours beside so many.
 * What we have left there is not.
 */
export async function whyPaused(
  of: StageOf,
  { service, strategy }: Service,
  { deploymentConfiguration = {} }: EcsService,
): Promise<string | undefined> {
  if (strategy !== 'blue-green') return undefined
  const ours = (await readDriven(of, service))?.hooks ?? []
  const theirs = (deploymentConfiguration.lifecycleHooks ?? []).filter(
    hook => hook.targetType === 'PAUSE' && !isOneOf(ours, hook),
  )
  const mend = (what: string) =>
    `take ${what} out of the service's deploymentConfiguration.lifecycleHooks, then: ${retryCommand(of)}`
  const taken = PAUSES.filter(pause => theirs.some(hook => isPauseAt(hook, pause)))
  if (taken.length > 0)
    return `it has a PAUSE hook at ${taken.join(' and ')}, where Sluice has a deployment wait for itself; ${mend('it')}`
  const tooMany = theirs.length + PAUSES.length - MOST
  if (tooMany <= 0) return undefined
  return `it has ${theirs.length} PAUSE hooks, and ECS takes ${MOST} with the ${PAUSES.length} of Sluice; ${mend(`${tooMany} of them`)}`
}
