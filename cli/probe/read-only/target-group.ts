import { type Asking, currentRevisions, describeService, shortArn } from '../ecs.ts'
import { asAssumed, notAsked, otherwise, type Question } from '../question.ts'

export const targetGroup: Question<Asking> = {
  name: 'target-group',
  asks: 'does resolvedConfiguration of a service revision name the target group that serves it?',
  assumed: 'it names one for each load balancer of the service',
  async ask(asking) {
    const { loadBalancers = [] } = await describeService(asking)
    if (loadBalancers.length === 0) return notAsked(`${asking.service} has no load balancer`)
    const [revision] = await currentRevisions(asking)
    const named = (revision?.resolvedConfiguration?.loadBalancers ?? []).flatMap(
      ({ targetGroupArn }) => targetGroupArn ?? [],
    )
    const known = loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration: wiring }) => [
      targetGroupArn,
      wiring?.alternateTargetGroupArn,
    ])
    const saw = named.map(arn => arn.split('/')[1]).join(', ') || 'none'
    const isNamed = named.length === loadBalancers.length && named.every(arn => known.includes(arn))
    return isNamed ? asAssumed(saw) : otherwise(`${saw}, of revision ${shortArn(revision?.serviceRevisionArn)}`)
  },
}
