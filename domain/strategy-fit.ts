import type { Service } from './application.ts'
import type { Lack } from './lack.ts'
import { givesWiring } from './snippets.ts'
import { type DescribedService, wiringsOf } from './wiring.ts'

/** Why ECS does not deploy the service as the application file says; undefined where it does, or will once it is asked to. */
export function whyOtherStrategy({ strategy }: Pick<Service, 'strategy'>, found: DescribedService): Lack | undefined {
  const controller = found.deploymentController?.type ?? 'ECS'
  if (controller !== 'ECS')
    return {
      found: `its deployment controller is ${controller}`,
      remedy: 'make it ECS, which alone Sluice drives; where ECS does not let that change, create the service anew',
    }
  const inEcs = found.deploymentConfiguration?.strategy ?? 'ROLLING'
  if (inEcs === 'LINEAR' || inEcs === 'CANARY')
    return {
      found: `its strategy in ECS is ${inEcs}, which Sluice does not drive yet`,
      remedy: 'make it BLUE_GREEN or ROLLING there',
    }
  // A service that is still ROLLING is switched with its first deployment: for that it only needs the wiring.
  if (strategy === 'blue-green') return isWired(found) ? undefined : whyNotWired(found)
  if (inEcs === 'ROLLING') return undefined
  return {
    found: `its strategy in ECS is ${inEcs}, and the application file says ${strategy}`,
    remedy: 'make them agree',
  }
}

function isWired(found: DescribedService): boolean {
  const { loadBalancers = [] } = found
  return loadBalancers.length > 0 && wiringsOf(found).length === loadBalancers.length
}

function whyNotWired(found: DescribedService): Lack {
  if (!found.loadBalancers?.length)
    return {
      found: 'the application file says blue-green, and it has no load balancer whose traffic could be shifted',
      remedy: 'give it one, or write strategy rolling',
    }
  return {
    found:
      'the application file says blue-green, and its load balancer has no second target group and no rule to shift',
    remedy: 'give it both',
    command: givesWiring(found),
  }
}
