import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import { expect, test } from 'vitest'
import { createWorld } from '../../functions/world.ts'

test('an alarm that rings reaches the rules of the bus, and ends the deployment that names it', async () => {
  const world = await createWorld()
  const { events, env } = world.services
  events.putRule({
    name: 'alarms',
    pattern: { source: ['aws.cloudwatch'], detail: { state: { value: ['ALARM'] } } },
    targets: [{ id: 'nobody', arn: 'arn:aws:lambda:eu-west-1:111122223333:function:nobody' }],
  })
  const aws = new CloudWatchClient({
    endpoint: env.AWS_ENDPOINT_URL ?? '',
    region: env.AWS_REGION ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
  })
  await aws.send(
    new PutMetricAlarmCommand({
      AlarmName: 'api-slow',
      Namespace: 'Shop',
      MetricName: 'Latency',
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  )
  expect(world.services.alarms()).toEqual([])

  const taskDefinition = await world.register()
  const alarms = { alarmNames: ['api-slow'], enable: true, rollback: true }
  await world.update({ taskDefinition, deploymentConfiguration: { alarms } })
  await world.pass(10_000)
  await aws.send(new SetAlarmStateCommand({ AlarmName: 'api-slow', StateValue: 'ALARM', StateReason: 'a drill' }))
  await world.settled()
  expect((await world.deployments())[0]).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    alarms: { triggeredAlarmNames: ['api-slow'] },
  })
  expect(events.undelivered.map(({ event }) => event)).toMatchObject([
    {
      'detail-type': 'CloudWatch Alarm State Change',
      resources: ['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:api-slow'],
      detail: { alarmName: 'api-slow', state: { value: 'ALARM', reason: 'a drill' } },
    },
  ])
})
