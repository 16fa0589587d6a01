import { describeDeployment, hasEnded, listDeployments } from '../../ecs.ts'
import { until } from '../../patience.ts'
import { asAssumed, notAsked, otherwise, type Question } from '../../question.ts'
import { DEPLOYMENT_MS } from '../place.ts'
import type { Rolling } from './rolling.ts'

export const superseded: Question<Rolling> = {
  name: 'superseded',
  asks: 'what becomes of a rolling deployment that a newer one takes over from?',
  assumed: 'STOPPED',
  async ask(service) {
    await service.settled()
    const [before] = await listDeployments(service)
    await service.update({ forceNewDeployment: true })
    const first = await service.begins(before)
    if (first === undefined) return otherwise('no deployment began')
    await service.update({ forceNewDeployment: true })
    if ((await service.begins(first)) === undefined) return notAsked('the second deployment did not begin')
    const ended = await until('the first deployment ends', DEPLOYMENT_MS, service.pause, async () => {
      const deployment = await describeDeployment(service, first)
      return hasEnded(deployment) ? deployment : undefined
    })
    return ended.status === 'STOPPED' ? asAssumed('STOPPED') : otherwise(`${ended.status}`)
  },
}
