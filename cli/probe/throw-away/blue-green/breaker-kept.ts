import { describeService } from '../../ecs.ts'
import { asAssumed, otherwise, type Question } from '../../question.ts'
import type { BlueGreen } from './waiting.ts'

export const breakerKept: Question<BlueGreen> = {
  name: 'breaker-kept',
  asks: 'may a BLUE_GREEN service keep its circuit breaker in its configuration?',
  assumed: 'it is taken and kept',
  async ask(service) {
    const { deploymentConfiguration: is } = await describeService(service)
    const isKept = is?.strategy === 'BLUE_GREEN' && is.deploymentCircuitBreaker?.enable === true
    return isKept ? asAssumed('taken and kept') : otherwise(JSON.stringify(is?.deploymentCircuitBreaker ?? null))
  },
}
