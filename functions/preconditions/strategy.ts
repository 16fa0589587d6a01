import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service } from '../../domain/application.ts'
import { wiringsOf } from '../aws/load-balancing.ts'
import { givesWiring } from './snippets.ts'

/** Why ECS does not deploy the service as the application file says; undefined where it does, or will once it is asked to. */
export function whyOtherStrategy({ strategy }: Service, found: EcsService): string | undefined {
  const controller = found.deploymentController?.type ?? 'ECS'
  if (controller !== 'ECS') return `its deployment controller is ${controller}; Sluice drives controller ECS`
  const inEcs = found.deploymentConfiguration?.strategy ?? 'ROLLING'
  if (inEcs === 'LINEAR' || inEcs === 'CANARY')
    return `its strategy in ECS is ${inEcs}, which Sluice does not drive yet; make it BLUE_GREEN or ROLLING there`
  // A service that is still ROLLING is switched with its first deployment: for that it only needs the wiring.
  if (strategy === 'blue-green') return isWired(found) ? undefined : whyNotWired(found)
  if (inEcs === 'ROLLING') return undefined
  return `its strategy in ECS is ${inEcs}, and the application file says ${strategy}; make them agree`
}

function isWired(found: EcsService): boolean {
  const { loadBalancers = [] } = found
  return loadBalancers.length > 0 && wiringsOf(found).length === loadBalancers.length
}

function whyNotWired(found: EcsService): string {
  if (!found.loadBalancers?.length)
    return 'the application file says blue-green, and it has no load balancer whose traffic could be shifted; give it one, or write strategy rolling'
  return `the application file says blue-green, and its load balancer has no second target group and no rule to shift; give it both: ${givesWiring(found)}`
}
