import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { describe, expect, test } from 'vitest'
import { describeAlarms, metricSums } from '../../../functions/aws/cloudwatch.ts'
import { type Heard, isSigned, listener } from '../listener.ts'

const FROM = Date.UTC(2026, 10, 20, 9, 0, 30)
const dimensions = { TargetGroup: 'targetgroup/green/1', LoadBalancer: 'app/demo/1' }
const REQUESTS = { namespace: 'AWS/ApplicationELB', metric: 'RequestCount', dimensions }
const ERRORS = { ...REQUESTS, metric: 'HTTPCode_Target_5XX_Count' }

describe('what is asked of CloudWatch', () => {
  test.each<[string, object, () => Promise<unknown>, (client: CloudWatchClient) => Promise<unknown>]>([
    [
      'for alarms, metric and composite',
      { MetricAlarms: [] },
      () => describeAlarms(['slow', 'errors']),
      client =>
        client.send(
          new DescribeAlarmsCommand({
            AlarmNames: ['slow', 'errors'],
            AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
            MaxRecords: 100,
          }),
        ),
    ],
    [
      'for counts, from the beginning of a minute',
      { MetricDataResults: [] },
      () => metricSums([REQUESTS], FROM, FROM + 60_000),
      client => {
        const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }))
        const Metric = { Namespace: 'AWS/ApplicationELB', MetricName: 'RequestCount', Dimensions }
        return client.send(
          new GetMetricDataCommand({
            MetricDataQueries: [{ Id: 'q0', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }],
            StartTime: new Date(FROM - 30_000),
            EndTime: new Date(FROM + 60_000),
          }),
        )
      },
    ],
  ])('%s is what the SDK asks, signed', async (_, answer, ask, sdk) => {
    const heard = await listener(JSON.stringify(answer))
    await ask()
    await sdk(new CloudWatchClient({}))
    const [ours, theirs] = heard as [Heard, Heard]
    expect(JSON.parse(ours.body)).toEqual(JSON.parse(theirs.body))
    const says = ({ headers }: Heard) =>
      ['content-type', 'x-amz-target', 'x-amzn-query-mode'].map(name => String(headers[name]))
    expect(says(ours)).toEqual(says(theirs))
    expect(heard.map(each => isSigned(each, 'monitoring'))).toEqual([true, true])
  })

  test('is nothing where there is nothing to ask', async () => {
    const heard = await listener('{}')
    expect(await describeAlarms([])).toEqual([])
    expect(await metricSums([], FROM, FROM + 60_000)).toEqual([])
    expect(await metricSums([REQUESTS], FROM, FROM)).toEqual([0])
    expect(heard).toEqual([])
  })

  test('is asked in pages of a hundred names', async () => {
    const heard = await listener('{}')
    await describeAlarms(Array.from({ length: 101 }, (_, n) => `alarm-${n}`))
    expect(heard.map(({ body }) => JSON.parse(body).AlarmNames.length)).toEqual([100, 1])
  })
})

describe('what CloudWatch answers', () => {
  test('is an alarm with its state since the last transition, whatever else was updated since', async () => {
    const times = { StateTransitionedTimestamp: 1_763_629_200.25, StateUpdatedTimestamp: 1_763_639_200 }
    const alarm = { AlarmName: 'slow', AlarmArn: 'arn:slow', StateValue: 'ALARM', StateReason: 'p95 > 2', ...times }
    const composite = { AlarmName: 'any', AlarmArn: 'arn:any', StateValue: 'OK', StateUpdatedTimestamp: 1_763_639_200 }
    await listener(JSON.stringify({ MetricAlarms: [alarm], CompositeAlarms: [composite] }))
    expect(await describeAlarms(['slow', 'any'])).toEqual([
      { name: 'slow', arn: 'arn:slow', state: 'ALARM', reason: 'p95 > 2', since: 1_763_629_200_250 },
      { name: 'any', arn: 'arn:any', state: 'OK', reason: '', since: 1_763_639_200_000 },
    ])
  })

  test('is summed for each count; one that was never reported is 0', async () => {
    const results = [
      { Id: 'q0', Values: [100, 12], StatusCode: 'Complete' },
      { Id: 'q1', StatusCode: 'Complete' },
    ]
    await listener(JSON.stringify({ MetricDataResults: results }))
    expect(await metricSums([REQUESTS, ERRORS], FROM, FROM + 60_000)).toEqual([112, 0])
  })

  test('is no 0 where it had an error', async () => {
    await listener(JSON.stringify({ MetricDataResults: [{ Id: 'q0', StatusCode: 'InternalError' }] }))
    await expect(metricSums([REQUESTS], FROM, FROM + 60_000)).rejects.toMatchObject({ name: 'Transient' })
  })

  test('is refused by the name of its error', async () => {
    await listener(JSON.stringify({ __type: 'com.amazonaws.cloudwatch#Throttling', message: 'Rate exceeded' }), 400)
    await expect(describeAlarms(['slow'])).rejects.toMatchObject({
      ...{ name: 'Throttling', message: 'Rate exceeded', $metadata: { httpStatusCode: 400 } },
    })
    await listener('<html>the gateway is out</html>', 503)
    await expect(describeAlarms(['slow'])).rejects.toMatchObject({ name: 'Unreadable' })
  })
})
