import {
  type AlarmType,
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { describe, expect, test } from 'vitest'
import { describeAlarms, firstRing, metricSums } from '../../../functions/aws/cloudwatch.ts'
import { type Heard, isSigned, listener } from '../listener.ts'

const EVERY_KIND: AlarmType[] = ['MetricAlarm', 'CompositeAlarm', 'LogAlarm']
const FROM = Date.UTC(2026, 10, 20, 9, 0, 30)
const dimensions = { TargetGroup: 'targetgroup/green/1', LoadBalancer: 'app/demo/1' }
const REQUESTS = { namespace: 'AWS/ApplicationELB', metric: 'RequestCount', dimensions }
const ERRORS = { ...REQUESTS, metric: 'HTTPCode_Target_5XX_Count' }

describe('what is asked of CloudWatch', () => {
  test.each<[string, object, () => Promise<unknown>, (client: CloudWatchClient) => Promise<unknown>]>([
    [
      'for alarms of every kind',
      { MetricAlarms: [] },
      () => describeAlarms(['slow', 'errors']),
      client =>
        client.send(
          new DescribeAlarmsCommand({
            AlarmNames: ['slow', 'errors'],
            AlarmTypes: EVERY_KIND,
            MaxRecords: 100,
          }),
        ),
    ],
    [
      'for what an alarm went through',
      { AlarmHistoryItems: [] },
      () => firstRing('slow', FROM),
      client =>
        client.send(
          new DescribeAlarmHistoryCommand({
            ...{ AlarmName: 'slow', AlarmTypes: EVERY_KIND, HistoryItemType: 'StateUpdate', MaxRecords: 100 },
            ...{ StartDate: new Date(FROM), ScanBy: 'TimestampAscending' },
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
    expect(await metricSums([REQUESTS], FROM, FROM)).toEqual([new Map()])
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
    const log = { ...alarm, AlarmName: 'said', AlarmArn: 'arn:said', StateReason: 'too many lines' }
    await listener(JSON.stringify({ MetricAlarms: [alarm], CompositeAlarms: [composite], LogAlarms: [log] }))
    expect(await describeAlarms(['slow', 'any', 'said'])).toEqual([
      { name: 'slow', arn: 'arn:slow', state: 'ALARM', reason: 'p95 > 2', since: 1_763_629_200_250 },
      { name: 'any', arn: 'arn:any', state: 'OK', reason: '', since: 1_763_639_200_000 },
      { name: 'said', arn: 'arn:said', state: 'ALARM', reason: 'too many lines', since: 1_763_629_200_250 },
    ])
  })

  test('is told of each minute, page by page; a count that was never reported has none', async () => {
    const [one, two] = [FROM / 1_000 - 30, FROM / 1_000 + 30]
    const results = [
      { Id: 'q0', Timestamps: [two, one], Values: [100, 12], StatusCode: 'Complete' },
      { Id: 'q1', StatusCode: 'Complete' },
    ]
    await listener(JSON.stringify({ MetricDataResults: results }))
    const minutes = new Map([
      [two * 1_000, 100],
      [one * 1_000, 12],
    ])
    expect(await metricSums([REQUESTS, ERRORS], FROM, FROM + 60_000)).toEqual([minutes, new Map()])
  })

  test('is the first time that an alarm came to ring, whatever came before and after', async () => {
    const state = (stateValue: string, stateReason: string) => ({ stateValue, stateReason })
    const item = (Timestamp: number, oldState: object, next: object) => ({
      ...{ AlarmName: 'slow', Timestamp, HistoryItemType: 'StateUpdate', HistorySummary: 'Alarm updated' },
      HistoryData: JSON.stringify({ version: '1.0', oldState, newState: next }),
    })
    const [ok, rings] = [state('OK', 'quiet'), state('ALARM', 'p95 > 2')]
    const items = [item(1_763_629_200.25, rings, ok), item(1_763_629_260.5, ok, rings), item(1_763_629_320, rings, ok)]
    await listener(JSON.stringify({ AlarmHistoryItems: items }))
    expect(await firstRing('slow', FROM)).toEqual({ at: 1_763_629_260_500, reason: 'p95 > 2' })
    await listener(JSON.stringify({ AlarmHistoryItems: items.slice(0, 1) }))
    expect(await firstRing('slow', FROM)).toBeUndefined()
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
