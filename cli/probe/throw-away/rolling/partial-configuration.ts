import { describeService } from '../../ecs.ts'
import { asAssumed, otherwise, type Question } from '../../question.ts'
import type { Rolling } from './rolling.ts'

export const partialConfiguration: Question<Rolling> = {
  name: 'partial-configuration',
  asks: 'does a deployment configuration that names one field keep the others, or replace the whole?',
  assumed: 'the others stay (Sluice sends the whole, whichever it is)',
  async ask(service) {
    const before = await configurationOf(service)
    await service.update({ deploymentConfiguration: { maximumPercent: 200 } })
    const after = await configurationOf(service)
    const saw = `${said(before)}, then ${said(after)}`
    const isKept = after.minimum === before.minimum && after.breaker === before.breaker && after.maximum === 200
    return isKept ? asAssumed(saw) : otherwise(saw)
  },
}

async function configurationOf(service: Rolling) {
  const { deploymentConfiguration: is } = await describeService(service)
  const { maximumPercent: maximum, minimumHealthyPercent: minimum, deploymentCircuitBreaker: breaker } = is ?? {}
  return { minimum, maximum, breaker: breaker?.enable === true }
}

const said = ({ minimum, maximum, breaker }: Awaited<ReturnType<typeof configurationOf>>) =>
  `${minimum} to ${maximum} percent ${breaker ? 'with' : 'without'} a circuit breaker`
