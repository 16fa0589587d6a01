import { ECRClient, UpdateImageStorageClassCommand } from '@aws-sdk/client-ecr'
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { readService } from '../../../functions/aws/ecs.ts'
import { everybody, nobody } from '../approvers.ts'
import type { Stagehand } from '../stagehand.ts'
import { deployByHand, reasonLacks, untilAsked } from './last-stage.ts'
import type { Scenario } from './scenario.ts'
import { putAlarm } from './traffic.ts'

/** Something about production is not as it should be: the release stops before anything has changed, and says how to go on. */
export const HINDERED: Record<string, Scenario> = {
  'alarm-already-ringing': {
    shows: 'an alarm of production rings already',
    ...{ outcome: 'failed', executions: 1, needs: 'alarm' },
    play: hindered(ringBefore, 'sluice lift'),
  },
  'weights-tampered': {
    shows: 'somebody has sent half of the users of one service to another',
    ...{ outcome: 'failed', executions: 1, needs: 'several' },
    play: hindered(tamperWeights, 'modify-rule'),
  },
  'foreign-deployment': {
    shows: 'somebody is deploying to production by hand',
    ...{ outcome: 'failed', executions: 1, needs: 'blue-green' },
    play: hindered(deployByHand, 'another deployment is running'),
  },
  'image-archived': {
    shows: 'the image was archived between staging and production',
    ...{ outcome: 'failed', executions: 1, needs: 'approval' },
    play: hindered(archive, 'ARCHIVED'),
  },
  freeze: {
    shows: 'production is frozen, as its file says',
    ...{ outcome: 'failed', executions: 1, needs: 'freeze', start: Date.UTC(2030, 11, 24, 10) },
    play: hindered(async () => {}, 'frozen', 'sluice lift'),
  },
}

/** While its approvers think, something happens; then they approve. */
function hindered(happens: (hand: Stagehand) => Promise<void>, ...words: string[]): Scenario['play'] {
  return async hand => {
    hand.approvers.answering = nobody
    hand.push('v2')
    await untilAsked(hand, 1)
    await happens(hand)
    for (const link of hand.approvers.links())
      await hand.approvers.answer(link, { decision: 'approve', comment: 'looks good' })
    hand.approvers.answering = everybody
    await hand.untilEnded(1)
    return reasonLacks(hand, ...words)
  }
}

async function ringBefore(hand: Stagehand): Promise<void> {
  const [alarm = ''] = hand.world.application.stages.at(-1)?.watch?.alarms ?? []
  await putAlarm(hand, alarm, 'breaching')
}

async function tamperWeights(hand: Stagehand): Promise<void> {
  const { cluster = '', services = [] } = hand.world.application.stages.at(-1) ?? {}
  const elb = new ElasticLoadBalancingV2Client({})
  await hand.world.rehearsal.clock.during('change the weights', async () => {
    const found = await Promise.all(services.map(({ service }) => readService(cluster, service)))
    const RuleArns = found.flatMap(
      ({ loadBalancers = [] }) => loadBalancers[0]?.advancedConfiguration?.productionListenerRule ?? [],
    )
    const { Rules = [] } = await elb.send(new DescribeRulesCommand({ RuleArns }))
    const serving = Rules.flatMap(({ Actions = [] }) => Actions[0]?.ForwardConfig?.TargetGroups ?? []).filter(
      ({ Weight = 0 }) => Weight > 0,
    )
    const TargetGroups = serving.map(({ TargetGroupArn }) => ({ TargetGroupArn, Weight: 50 }))
    const Actions = [{ Type: 'forward' as const, ForwardConfig: { TargetGroups } }]
    await elb.send(new ModifyRuleCommand({ RuleArn: RuleArns[0], Actions }))
  })
}

async function archive(hand: Stagehand): Promise<void> {
  const [repositoryName] = Object.values(hand.world.application.images)
  const imageId = { imageTag: 'v2' }
  await hand.world.rehearsal.clock.during('archive an image', () =>
    new ECRClient({}).send(
      new UpdateImageStorageClassCommand({ repositoryName, imageId, targetStorageClass: 'ARCHIVE' }),
    ),
  )
}
