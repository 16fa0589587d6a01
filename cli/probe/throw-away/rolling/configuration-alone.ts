import { listDeployments, shortArn } from '../../ecs.ts'
import { asAssumed, otherwise, type Question } from '../../question.ts'
import { CONFIGURATION, type Rolling } from './rolling.ts'

export const configurationAlone: Question<Rolling> = {
  name: 'configuration-alone',
  asks: 'does UpdateService with a deployment configuration alone begin a deployment?',
  assumed: 'no deployment begins',
  async ask(service) {
    await service.settled()
    const [earlier] = await listDeployments(service)
    await service.update({ deploymentConfiguration: CONFIGURATION })
    const begun = await service.begins(earlier)
    return begun === undefined ? asAssumed('no deployment began') : otherwise(`deployment ${shortArn(begun)} began`)
  },
}
