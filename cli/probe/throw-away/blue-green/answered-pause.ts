import { ContinueServiceDeploymentCommand } from '@aws-sdk/client-ecs'
import { asAssumed, notAsked, otherwise, type Question, refusalOf } from '../../question.ts'
import { type BlueGreen, NO_PAUSE, waitingHook } from './waiting.ts'

export const answeredPause: Question<BlueGreen> = {
  name: 'answered-pause',
  asks: 'how is ContinueServiceDeployment of a hook refused that was answered before?',
  assumed: 'InvalidParameterException',
  async ask({ ecs, deployment }) {
    const hookId = waitingHook(deployment)?.hookId
    if (hookId === undefined) return notAsked(NO_PAUSE)
    const { serviceDeploymentArn } = deployment
    const answer = () =>
      ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId, action: 'CONTINUE' }))
    await answer()
    const refusal = await refusalOf(answer())
    return refusal === 'InvalidParameterException' ? asAssumed(refusal) : otherwise(refusal)
  },
}
