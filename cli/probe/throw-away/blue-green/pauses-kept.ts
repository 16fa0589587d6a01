import { describeDeployment, listDeployments, shortArn } from '../../ecs.ts'
import { asAssumed, notAsked, otherwise, type Question } from '../../question.ts'
import { type BlueGreen, CONFIGURATION, NO_PAUSE, waitingHook } from './waiting.ts'

export const pausesKept: Question<BlueGreen> = {
  name: 'pauses-kept',
  asks: 'does an open deployment keep its pauses where they are taken off its service?',
  assumed: 'it goes on waiting',
  async ask(service) {
    const { serviceDeploymentArn: arn = '' } = service.deployment
    if (!waitingHook(service.deployment)) return notAsked(NO_PAUSE)
    await service.update({ deploymentConfiguration: { ...CONFIGURATION, lifecycleHooks: [] } })
    const begun = await service.begins(arn)
    if (begun !== undefined) return otherwise(`deployment ${shortArn(begun)} began`)
    const { status, ...deployment } = await describeDeployment(service, arn)
    const saw = `${status}, ${waitingHook({ ...deployment, status }) ? 'waiting' : 'not waiting'}`
    const listed = (await listDeployments(service))[0] === arn
    return listed && waitingHook({ ...deployment, status }) ? asAssumed(saw) : otherwise(saw)
  },
}
