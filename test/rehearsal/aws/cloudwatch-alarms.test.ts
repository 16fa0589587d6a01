import {
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch'
import { beforeEach, describe, expect, test } from 'vitest'
import { type CloudWatchWorld, cloudWatchWorld, MINUTE } from './cloudwatch-world.ts'
import { START } from './wire-world.ts'

let world: CloudWatchWorld
beforeEach(async () => {
  world = await cloudWatchWorld()
})

/** More than two errors a minute, once. */
const put = (more: Partial<PutMetricAlarmCommandInput> = {}) =>
  world.aws.send(
    new PutMetricAlarmCommand({
      AlarmName: 'errors',
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'HTTPCode_Target_5XX_Count',
      Dimensions: world.dimensions.group,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 2,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ...more,
    }),
  )

const compose = (AlarmName: string, AlarmRule: string) =>
  world.aws.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule }))

const set = (AlarmName: string, StateValue: StateValue) =>
  world.aws.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test of the pager' }))

async function described(input: DescribeAlarmsCommandInput = {}) {
  const { MetricAlarms = [], CompositeAlarms = [], NextToken } = await world.aws.send(new DescribeAlarmsCommand(input))
  return { metric: MetricAlarms, composite: CompositeAlarms, NextToken }
}

const BOTH = { AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const] }
const names = (alarms: { AlarmName?: string | undefined }[]) => alarms.map(({ AlarmName }) => AlarmName)

describe('a metric alarm', () => {
  test('rings once the errors have arrived, and is quiet again when they are old', async () => {
    await put()
    await world.pass(2 * MINUTE)
    expect(world.changes()).toEqual(['errors INSUFFICIENT_DATA -> OK'])
    await world.asked(3, 500)
    await world.pass(2 * MINUTE)
    expect(world.changes()).toHaveLength(1)
    await world.pass(MINUTE)
    expect(world.changes().slice(1)).toEqual(['errors OK -> ALARM'])
    await world.pass(3 * MINUTE)
    expect(world.changes().slice(2)).toEqual(['errors ALARM -> OK'])
  })

  test('stays quiet below its threshold', async () => {
    await put()
    await world.asked(2, 500)
    await world.pass(10 * MINUTE)
    expect(world.changes()).toEqual(['errors INSUFFICIENT_DATA -> OK'])
  })

  test('announces its change as CloudWatch does', async () => {
    await put({ AlarmDescription: 'too many errors' })
    await world.asked(3, 500)
    await world.pass(3 * MINUTE)
    const arn = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors'
    expect(world.events[1]).toEqual({
      source: 'aws.cloudwatch',
      'detail-type': 'CloudWatch Alarm State Change',
      resources: [arn],
      detail: {
        alarmName: 'errors',
        configuration: {
          description: 'too many errors',
          metrics: [
            {
              id: expect.any(String),
              metricStat: {
                metric: {
                  namespace: 'AWS/ApplicationELB',
                  name: 'HTTPCode_Target_5XX_Count',
                  dimensions: Object.fromEntries(world.dimensions.group.map(({ Name, Value }) => [Name, Value])),
                },
                period: 60,
                stat: 'Sum',
              },
              returnData: true,
            },
          ],
        },
        previousState: expect.objectContaining({ value: 'OK' }),
        state: {
          value: 'ALARM',
          reason:
            'Threshold Crossed: 1 out of the last 1 datapoint [3.0 (05/01/26 08:00:00)] was greater than the threshold (2.0) (minimum 1 datapoint for OK -> ALARM transition).',
          reasonData: expect.stringContaining('"recentDatapoints":[3]'),
          timestamp: '2026-01-05T08:03:01.000+0000',
        },
      },
    })
    const [told] = (await described()).metric
    expect(told).toMatchObject({
      AlarmArn: arn,
      AlarmDescription: 'too many errors',
      StateValue: 'ALARM',
      StateReason: expect.stringMatching(/^Threshold Crossed/),
      StateTransitionedTimestamp: new Date(START + 3 * MINUTE + 1000),
      StateUpdatedTimestamp: new Date(START + 3 * MINUTE + 1000),
      Threshold: 2,
      TreatMissingData: 'notBreaching',
    })
  })

  test('needs as many points as it says', async () => {
    await put({ EvaluationPeriods: 3, DatapointsToAlarm: 2 })
    await world.asked(3, 500)
    await world.pass(MINUTE)
    await world.asked(1, 500)
    await world.pass(4 * MINUTE)
    expect(world.changes()).toEqual(['errors INSUFFICIENT_DATA -> OK'])
    await world.asked(3, 500)
    await world.pass(MINUTE)
    await world.asked(3, 500)
    await world.pass(3 * MINUTE)
    expect(world.changes().slice(1)).toEqual(['errors OK -> ALARM'])
  })

  test('without data is unknown when missing data is missing', async () => {
    await put({ TreatMissingData: 'missing' })
    await world.pass(5 * MINUTE)
    expect(world.changes()).toEqual([])
    await world.asked(1, 500)
    await world.pass(4 * MINUTE)
    await world.pass(4 * MINUTE)
    expect(world.changes()).toEqual(['errors INSUFFICIENT_DATA -> OK', 'errors OK -> INSUFFICIENT_DATA'])
  })

  test('on a percentile rings when the slow answers are slow enough', async () => {
    const slow = { AlarmName: 'slow', MetricName: 'TargetResponseTime', ExtendedStatistic: 'p90', Threshold: 0.08 }
    await put({ ...slow, Statistic: undefined })
    world.behaviour.takesMs = 100
    await world.asked(5)
    await world.pass(4 * MINUTE)
    expect(world.changes()).toContain('slow OK -> ALARM')
  })

  test('that is put again keeps its state and has its new threshold', async () => {
    await put()
    await world.pass(2 * MINUTE)
    await put({ Threshold: 9 })
    expect((await described()).metric).toMatchObject([{ StateValue: 'OK', Threshold: 9 }])
    await world.asked(5, 500)
    await world.pass(5 * MINUTE)
    expect(world.changes()).toEqual(['errors INSUFFICIENT_DATA -> OK'])
  })

  test('that an operator sets stays so until the next evaluation', async () => {
    await put()
    await world.pass(2 * MINUTE)
    await set('errors', 'ALARM')
    expect((await described()).metric).toMatchObject([{ StateValue: 'ALARM', StateReason: 'a test of the pager' }])
    expect(world.cloudWatch.ringing(['errors', 'others'])).toEqual(['errors'])
    await world.pass(MINUTE)
    expect(world.changes().slice(1)).toEqual(['errors OK -> ALARM', 'errors ALARM -> OK'])
    expect(world.cloudWatch.ringing(['errors'])).toEqual([])
  })

  test('set to what it is already has no change to announce', async () => {
    await put()
    await world.pass(2 * MINUTE)
    const [before] = (await described()).metric
    await set('errors', 'OK')
    const [after] = (await described()).metric
    expect(after?.StateTransitionedTimestamp).toEqual(before?.StateTransitionedTimestamp)
    expect(after?.StateUpdatedTimestamp).toEqual(new Date(world.clock.now()))
    expect(world.changes()).toHaveLength(1)
  })

  test('on what AWS measures and the rehearsal does not is never evaluated, but can be set', async () => {
    await put({ AlarmName: 'cpu', Namespace: 'AWS/ECS', MetricName: 'CPUUtilization' })
    await world.pass(5 * MINUTE)
    expect(world.cloudWatch.alarms()).toEqual([{ name: 'cpu', state: 'INSUFFICIENT_DATA' }])
    await set('cpu', 'ALARM')
    await world.pass(5 * MINUTE)
    expect(world.changes()).toEqual(['cpu INSUFFICIENT_DATA -> ALARM'])
  })

  test.for([
    ['breaching', 'ALARM'],
    ['notBreaching', 'OK'],
    ['ignore', 'INSUFFICIENT_DATA'],
    ['missing', 'INSUFFICIENT_DATA'],
  ])('on what nobody sends, and is then %s, is %s', async ([TreatMissingData, state]) => {
    await put({ AlarmName: 'own', Namespace: 'Bookshop', MetricName: 'Complaints', TreatMissingData })
    await world.pass(2 * MINUTE)
    expect(world.cloudWatch.alarms()).toEqual([{ name: 'own', state }])
    expect(world.cloudWatch.stackAlarms()).toEqual([])
  })

  test('on a queue has the state of the moment in which somebody looks', async () => {
    const queue = { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible' }
    await put({ ...queue, Dimensions: [{ Name: 'QueueName', Value: 'dead' }], Threshold: 0, Period: 300 })
    expect((await described()).metric).toMatchObject([{ StateValue: 'INSUFFICIENT_DATA' }])
    world.visible.dead = 1
    expect((await described()).metric).toMatchObject([{ StateValue: 'ALARM' }])
    world.visible.dead = 0
    expect((await described()).metric).toMatchObject([{ StateValue: 'OK' }])
  })

  test.for<[more: Partial<PutMetricAlarmCommandInput>, name: string, message: RegExp]>([
    [{ Period: 90 }, 'InvalidParameterValueException', /multiple of 60/],
    [{ Period: 30 }, 'NotRehearsed', /Period of 30/],
    [{ DatapointsToAlarm: 2 }, 'InvalidParameterValueException', /DatapointsToAlarm/],
    [{ EvaluationPeriods: 1441 }, 'InvalidParameterValueException', /more than a day/],
    [{ TreatMissingData: 'good' }, 'ValidationException', /treatMissingData/],
    [{ Threshold: undefined }, 'ValidationException', /threshold/],
    [{ Statistic: undefined }, 'InvalidParameterValueException', /Exactly one/],
    [{ ExtendedStatistic: 'p99' }, 'InvalidParameterCombinationException', /together/],
    [{ ComparisonOperator: 'GreaterThanUpperThreshold' }, 'NotRehearsed', /GreaterThanUpperThreshold/],
    [{ Metrics: [{ Id: 'e', Expression: 'm1/m2' }] }, 'NotRehearsed', /PutMetricAlarm with Metrics/],
  ])('%o is refused', async ([more, name, message]) => {
    await expect(put(more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) })
  })
})

describe('a composite alarm', () => {
  test('follows its children, and says which of them it followed', async () => {
    await put()
    await put({ AlarmName: 'slow' })
    await compose('shop is ill', 'ALARM(errors) AND NOT ALARM("slow")')
    expect(world.changes()).toEqual(['shop is ill INSUFFICIENT_DATA -> OK'])
    await set('errors', 'ALARM')
    expect(world.changes().slice(1)).toEqual(['errors INSUFFICIENT_DATA -> ALARM', 'shop is ill OK -> ALARM'])
    expect(world.events.at(-1)).toMatchObject({
      resources: ['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:shop is ill'],
      detail: {
        configuration: { alarmRule: 'ALARM(errors) AND NOT ALARM("slow")' },
        state: {
          reason:
            'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:errors transitioned to ALARM at Monday 05 January, 2026 08:00:01 UTC',
        },
      },
    })
    await set('slow', 'ALARM')
    expect(world.changes().slice(3)).toEqual(['slow INSUFFICIENT_DATA -> ALARM', 'shop is ill ALARM -> OK'])
  })

  test('of a composite alarm follows that one, by its ARN', async () => {
    await put()
    await compose('inner', 'ALARM(errors)')
    await compose('outer', 'ALARM("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:inner")')
    await set('errors', 'ALARM')
    expect(world.changes().slice(-2)).toEqual(['inner OK -> ALARM', 'outer OK -> ALARM'])
  })

  test('is refused when it names an alarm that is not there, cannot be read, or depends on itself', async () => {
    await put()
    await expect(compose('a', 'ALARM(errors) OR ALARM(other)')).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Could not save the composite alarm as alarms [other] in the alarm rule do not exist.',
    })
    await expect(compose('a', 'ALARM(errors')).rejects.toMatchObject({ name: 'ValidationException' })
    await expect(compose('a', 'AT_LEAST(1, ALARM, (errors))')).rejects.toMatchObject({ name: 'NotRehearsed' })
    await compose('a', 'ALARM(errors)')
    await compose('b', 'ALARM(a)')
    await expect(compose('a', 'ALARM(b)')).rejects.toMatchObject({ name: 'NotRehearsed' })
  })
})

describe('alarms are described', () => {
  beforeEach(async () => {
    await put()
    await put({ AlarmName: 'slow' })
    await compose('ill', 'ALARM(errors)')
  })

  test('without their types as if there were only metric alarms', async () => {
    expect(await described({ AlarmNames: ['errors', 'ill'] })).toMatchObject({
      metric: [{ AlarmName: 'errors' }],
      composite: [],
    })
    const both = await described(BOTH)
    expect([names(both.metric), names(both.composite)]).toEqual([['errors', 'slow'], ['ill']])
    expect(both.composite).toMatchObject([{ AlarmRule: 'ALARM(errors)', StateValue: 'OK' }])
  })

  test('by name, of which those that nobody knows are absent, by prefix and by state', async () => {
    expect(names((await described({ AlarmNames: ['slow', 'nobody'] })).metric)).toEqual(['slow'])
    expect(names((await described({ AlarmNamePrefix: 'err' })).metric)).toEqual(['errors'])
    expect(names((await described({ StateValue: 'OK' })).metric)).toEqual([])
    expect(names((await described({ ...BOTH, StateValue: 'OK' })).composite)).toEqual(['ill'])
  })

  test('page by page', async () => {
    const first = await described({ ...BOTH, MaxRecords: 2 })
    const { NextToken } = first
    const second = await described({ ...BOTH, MaxRecords: 2, NextToken })
    expect([...names(first.metric), ...names(first.composite)]).toEqual(['errors', 'ill'])
    expect([...names(second.metric), second.NextToken]).toEqual(['slow', undefined])
  })

  test.for<[input: DescribeAlarmsCommandInput, name: string]>([
    [{ AlarmNames: Array.from({ length: 101 }, (_, n) => `a${n}`) }, 'ValidationException'],
    [{ AlarmNames: ['errors'], AlarmNamePrefix: 'err' }, 'InvalidParameterCombinationException'],
    [{ MaxRecords: 101 }, 'ValidationException'],
    [{ NextToken: 'lost' }, 'InvalidNextToken'],
    [{ ParentsOfAlarmName: 'errors' }, 'NotRehearsed'],
  ])('not by %o', async ([input, name]) => {
    await expect(described(input)).rejects.toMatchObject({ name })
  })

  test('and one that nobody knows cannot be set', async () => {
    await expect(set('nobody', 'OK')).rejects.toMatchObject({ name: 'ResourceNotFound' })
  })
})
