import { describeService } from '../../ecs.ts'
import { asAssumed, otherwise, type Question, refusalOf } from '../../question.ts'
import { type BlueGreen, CONFIGURATION } from './waiting.ts'

const BREAKER = { enable: true, rollback: true }

/** The last one: an ECS that refuses it, or begins a deployment for it, leaves the others their answers. */
export const breakerKept: Question<BlueGreen> = {
  name: 'breaker-kept',
  asks: 'may a BLUE_GREEN service keep its circuit breaker in its configuration?',
  assumed: 'it is taken and kept',
  async ask(service) {
    const deploymentConfiguration = { ...CONFIGURATION, deploymentCircuitBreaker: BREAKER }
    const refusal = await refusalOf(service.update({ deploymentConfiguration }))
    if (refusal !== 'no error') return otherwise(refusal)
    const { deploymentConfiguration: is } = await describeService(service)
    const isKept = is?.strategy === 'BLUE_GREEN' && is.deploymentCircuitBreaker?.enable === true
    return isKept ? asAssumed('taken and kept') : otherwise(JSON.stringify(is?.deploymentCircuitBreaker ?? null))
  },
}
