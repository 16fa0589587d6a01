import { describeDeployment, listDeployments } from '../../ecs.ts'
import { asAssumed, otherwise, type Question } from '../../question.ts'
import type { Rolling } from './rolling.ts'

export const forcedDeployment: Question<Rolling> = {
  name: 'forced-deployment',
  asks: 'has a deployment that is forced with the same definition an ARN and a revision of its own, and is it listed at once?',
  assumed: 'its own, listed by the first look after the call',
  async ask(service) {
    await service.settled()
    const before = await listDeployments(service)
    await service.update({ forceNewDeployment: true })
    const [first] = await listDeployments(service)
    const begun = await service.begins(before[0])
    if (begun === undefined) return otherwise('no deployment was listed')
    const revisionOf = async (arn: string) => (await describeDeployment(service, arn)).targetServiceRevision?.arn
    const isOwn = !before.includes(begun) && (await revisionOf(begun)) !== (await revisionOf(before[0] ?? begun))
    const saw = `${isOwn ? 'its own' : 'one that was there before'}, ${first === begun ? 'at once' : 'later'}`
    return isOwn && first === begun ? asAssumed(saw) : otherwise(saw)
  },
}
