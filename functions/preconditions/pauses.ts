import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service } from '../../domain/application.ts'
import type { StageOf } from '../../domain/identity.ts'
import { lackTold } from '../../domain/lack.ts'
import * as owners from '../../domain/owners-pauses.ts'
import { retryCommand } from '../../domain/retry.ts'
import { readDriven } from '../aws/driven.ts'

/** Why the owners' own hooks are in the way of ours. What we have left there is not. */
export async function whyPaused(
  of: StageOf,
  { service, strategy }: Service,
  { deploymentConfiguration = {} }: EcsService,
): Promise<string | undefined> {
  if (strategy !== 'blue-green') return undefined
  const ours = (await readDriven(of, service))?.hooks ?? []
  const paused = owners.whyPaused(deploymentConfiguration.lifecycleHooks ?? [], ours)
  return paused && lackTold(paused, retryCommand(of))
}
