import { StopServiceDeploymentCommand } from '@aws-sdk/client-ecs'
import { asAssumed, otherwise, type Question, refusalOf } from '../../question.ts'
import type { Rolling } from './rolling.ts'

export const stoppedTooLate: Question<Rolling> = {
  name: 'stopped-too-late',
  asks: 'how is StopServiceDeployment of a deployment refused that has ended?',
  assumed: 'ConflictException',
  async ask(service) {
    const { serviceDeploymentArn } = await service.settled()
    const refusal = await refusalOf(
      service.ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' })),
    )
    return refusal === 'ConflictException' ? asAssumed(refusal) : otherwise(refusal)
  },
}
