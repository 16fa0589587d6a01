import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import { configure, openDeployments, stopDeployment } from '../../../functions/aws/deployments.ts'
import { readService } from '../../../functions/aws/ecs.ts'
import type { Stagehand } from '../stagehand.ts'
import { untilTold } from '../told.ts'
import { firstThere, lastStage, reasonLacks, startingNoTask } from './last-stage.ts'
import { pushing, type Scenario } from './scenario.ts'

/** Longer than CloudWatch takes to show anything, shorter than the watch. */
const WATCHED_MS = 60_000

const RELEASE_LINK = /https?:\/\/[^\s"<>|\\]+\/releases\/[^\s"<>|\\]+/

/** A bad version meets users; ECS, a person or a clock takes the deployment back: whoever does, it is never called released. */
export const TRAFFIC: Record<string, Scenario> = {
  'bad-release': {
    shows: 'a third of what green answers its users are errors: it goes back without a new task, and somebody is paged',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'watch', failsUsers: true },
    play: startingNoTask(async hand => [...(await pushing('v2-bad-release')(hand)), ...(await pagedAndResolved(hand))]),
  },
  'alarm-rings': {
    shows: 'too few errors for the error rate, enough for an alarm of the owners: it goes back',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'alarm', failsUsers: true },
    play: startingNoTask(async hand => [
      ...(await pushing('v2-few-errors')(hand)),
      ...(await reasonLacks(hand, 'alarm')),
      ...(await pagedAndResolved(hand)),
    ]),
  },
  'green-unhealthy': {
    shows: 'green runs and never becomes healthy: it goes back, and no user has seen it',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green' },
    play: startingNoTask(pushing('v2-unhealthy')),
  },
  'failed-green-smoke': {
    shows: 'green answers a smoke test with 500: it goes back, and no user has seen it',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green' },
    play: startingNoTask(pushing('v2-failing-production')),
  },
  'tasks-fail': {
    shows: "green's tasks exit at once, again and again: it goes back, and no user has seen it",
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green' },
    play: startingNoTask(pushing('v2-no-stock')),
  },
  'slow-sibling': {
    shows: 'one green is ready at once, the other ten minutes later: both are released together',
    ...{ outcome: 'released', executions: 1, needs: 'several' },
    play: pushing('v2-slow-start'),
  },
  'one-green-fails': {
    shows: 'one green is good, the other never ready: both go back, and no user has seen either',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'several' },
    play: startingNoTask(pushing('v2-one-fails')),
  },
  'sluice-dies': {
    shows:
      'every function is gone while green has users: production goes back by itself, and the release ends truthfully',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green', drive: 'jump', rings: 'FunctionsFailed' },
    play: startingNoTask(async hand => {
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'WatchAlarms', WATCHED_MS)
      return goneUntilBack(hand, () => true)
    }),
  },
  'hook-timeout': {
    shows: 'the smoke tests cannot be run until ECS has lost its patience: what it took back is not called released',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green', drive: 'jump' },
    play: startingNoTask(async hand => {
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'DeployNewVersion', 0)
      return goneUntilBack(hand, name => name.includes('RunSmokeTests'))
    }),
  },
  'stopped-by-person': {
    shows: 'somebody stops a deployment in the console while it is watched: everything goes back',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green' },
    play: startingNoTask(async hand => {
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'WatchAlarms', 0)
      const { cluster, service } = firstThere(hand)
      await hand.world.rehearsal.clock.during('stop by hand', async () => {
        for (const { arn } of await openDeployments(cluster, service)) await stopDeployment(arn)
      })
      await hand.untilEnded(1)
      return []
    }),
  },
  'page-at-watch': {
    shows:
      'somebody opens the page of the release while green starts, and while it is watched: it says who has the users',
    ...{ outcome: 'released', executions: 1, needs: 'blue-green' },
    async play(hand) {
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'DeployNewVersion', 0)
      await releasePage(hand)
      await hand.untilAt(lastStage(hand), 'WatchAlarms', 0)
      const page = await releasePage(hand)
      await hand.untilEnded(1)
      return page.includes('green 100 %') ? [] : [`the page does not say how traffic is shared: ${page}`]
    },
  },
  'ecs-alarm-rollback': {
    shows: 'an alarm that the owners have given to ECS itself rings: ECS takes it back, and it is not called released',
    ...{ outcome: 'rolled-back', executions: 1, needs: 'blue-green' },
    play: startingNoTask(async hand => {
      const alarm = 'owners-of-the-shop'
      await putAlarm(hand, alarm, 'notBreaching')
      const { cluster, service } = firstThere(hand)
      await hand.world.rehearsal.clock.during('configure the service', async () => {
        const { deploymentConfiguration } = await readService(cluster, service)
        const alarms = { alarmNames: [alarm], enable: true, rollback: true }
        await configure(cluster, service, { ...deploymentConfiguration, alarms })
      })
      hand.push('v2')
      await hand.untilAt(lastStage(hand), 'WatchAlarms', 0)
      await putAlarm(hand, alarm, 'breaching')
      await hand.untilEnded(1)
      return []
    }),
  },
  'cloudfront-fails': {
    shows: 'CloudFront refuses to forget the old pages: the version stays released, and somebody is told',
    ...{ outcome: 'released', executions: 1, needs: 'after' },
    async play(hand) {
      const { faults, slack } = hand.world.rehearsal
      const message = 'You are not authorized to perform this action'
      faults.add({
        ...{ service: 'cloudfront', principal: () => true, times: Number.POSITIVE_INFINITY },
        does: { fail: 'AccessDenied', message },
      })
      hand.push('v2')
      await hand.untilEnded(1)
      await hand.until('the channel to be told', async () =>
        slack.messages().some(({ text }) => /cloudfront/i.test(text)) ? true : undefined,
      )
      return []
    },
  },
}

/** A metric that nobody sends: what that means decides whether it rings. */
export async function putAlarm(hand: Stagehand, name: string, missing: 'breaching' | 'notBreaching'): Promise<void> {
  const { clock, cloudWatch } = hand.world.rehearsal
  const command = new PutMetricAlarmCommand({
    ...{ AlarmName: name, Namespace: 'Bookshop', MetricName: 'Complaints', Statistic: 'Sum' },
    ...{ Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
    TreatMissingData: missing,
  })
  await clock.during('put an alarm', () => new CloudWatchClient({}).send(command))
  const state = missing === 'breaching' ? 'ALARM' : 'OK'
  await hand.until(`alarm ${name} to be ${state}`, async () =>
    cloudWatch.alarms().find(alarm => alarm.name === name && alarm.state === state),
  )
}

/** These functions are gone until ECS has taken back whatever it was deploying to the last stage. */
async function goneUntilBack(hand: Stagehand, isGone: (functionName: string) => boolean): Promise<string[]> {
  const { lambda, clock } = hand.world.rehearsal
  const faults = lambda.faults
  lambda.faults = ({ name }) => (isGone(name) ? 'crash-before' : undefined)
  const { cluster, services } = hand.world.application.stages.at(-1) ?? { cluster: '', services: [] }
  await hand.until('ECS to take everything back', async () => {
    const open = await Promise.all(services.map(({ service }) => openDeployments(cluster, service)))
    return open.flat().length === 0 ? true : undefined
  })
  await clock.sleep(WATCHED_MS)
  lambda.faults = faults
  await hand.untilEnded(1)
  return []
}

/** What whoever follows the link in the channel gets to see. */
async function releasePage({ until, world: { rehearsal } }: Stagehand): Promise<string> {
  const link = await until('a link to the release', async () => {
    const [found] = RELEASE_LINK.exec(JSON.stringify(rehearsal.slack.messages())) ?? []
    return found
  })
  return rehearsal.clock.during('somebody looks', async () => (await fetch(link.replaceAll('&amp;', '&'))).text())
}

/** Somebody was woken, and the incident is over now that production is proven good. */
async function pagedAndResolved(hand: Stagehand): Promise<string[]> {
  const { application, rehearsal } = hand.world
  if (!application.notify.pagerduty?.on.includes('rolled-back')) return []
  await untilTold(hand)
  const statuses = rehearsal.pagerDuty.incidents().map(({ status }) => status)
  return `${statuses}` === 'resolved' ? [] : [`PagerDuty's incidents: ${statuses.join(', ') || 'none'}`]
}
