import { describeDeployment, hasEnded } from '../../ecs.ts'
import { until } from '../../patience.ts'
import { asAssumed, otherwise, type Question } from '../../question.ts'
import { DEPLOYMENT_MS } from '../place.ts'
import type { BlueGreen } from './waiting.ts'

export const successfulAfterCleanUp: Question<BlueGreen> = {
  name: 'successful-after-clean-up',
  asks: 'is a BLUE_GREEN deployment SUCCESSFUL only once it has cleaned up?',
  assumed: 'SUCCESSFUL at CLEAN_UP, with all users on green',
  async ask(service) {
    const { serviceDeploymentArn: arn = '' } = service.deployment
    const ended = await until('the deployment ends', DEPLOYMENT_MS, service.pause, async () => {
      const deployment = await describeDeployment(service, arn)
      return hasEnded(deployment) ? deployment : undefined
    })
    const weight = ended.targetServiceRevision?.requestedProductionTrafficWeight
    const saw = `${ended.status} at ${ended.lifecycleStage}, with ${weight} percent of the users on green`
    const isCleanedUp = ended.status === 'SUCCESSFUL' && ended.lifecycleStage === 'CLEAN_UP' && weight === 100
    return isCleanedUp ? asAssumed(saw) : otherwise(saw)
  },
}
