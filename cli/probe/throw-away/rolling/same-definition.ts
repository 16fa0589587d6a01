import { describeService, listDeployments, shortArn } from '../../ecs.ts'
import { asAssumed, otherwise, type Question } from '../../question.ts'
import { CONFIGURATION, type Rolling } from './rolling.ts'

export const sameDefinition: Question<Rolling> = {
  name: 'same-definition',
  asks: 'does UpdateService with the task definition that the service has, and another configuration, begin a deployment?',
  assumed: 'no deployment begins',
  async ask(service) {
    const [earlier] = await listDeployments(service)
    const { taskDefinition } = await describeService(service)
    await service.update({ taskDefinition, deploymentConfiguration: { ...CONFIGURATION, maximumPercent: 175 } })
    const begun = await service.begins(earlier)
    return begun === undefined ? asAssumed('no deployment began') : otherwise(`deployment ${shortArn(begun)} began`)
  },
}
