import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Alarms, alarmsIn } from './cloudwatch-verbs.ts'
import { type CloudWatchWorld, cloudWatchWorld, MINUTE } from './cloudwatch-world.ts'
import { START } from './wire-world.ts'

let world: CloudWatchWorld
let alarms: Alarms
beforeEach(async () => {
  world = await cloudWatchWorld()
  alarms = alarmsIn(world)
})

describe('a metric alarm', () => {
  test('rings once the errors have arrived, and is quiet again when they are old', async () => {
    await alarms.put()
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
    await alarms.put()
    await world.asked(2, 500)
    await world.pass(10 * MINUTE)
    expect(world.changes()).toEqual(['errors INSUFFICIENT_DATA -> OK'])
  })

  test('announces its change as CloudWatch does', async () => {
    await alarms.put({ AlarmDescription: 'too many errors' })
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
    const [told] = (await alarms.described()).metric
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
    await alarms.put({ EvaluationPeriods: 3, DatapointsToAlarm: 2 })
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
    await alarms.put({ TreatMissingData: 'missing' })
    await world.pass(5 * MINUTE)
    expect(world.changes()).toEqual([])
    await world.asked(1, 500)
    await world.pass(4 * MINUTE)
    await world.pass(4 * MINUTE)
    expect(world.changes()).toEqual(['errors INSUFFICIENT_DATA -> OK', 'errors OK -> INSUFFICIENT_DATA'])
  })

  test('on a percentile rings when the slow answers are slow enough', async () => {
    const slow = { AlarmName: 'slow', MetricName: 'TargetResponseTime', ExtendedStatistic: 'p90', Threshold: 0.08 }
    await alarms.put({ ...slow, Statistic: undefined })
    world.behaviour.takesMs = 100
    await world.asked(5)
    await world.pass(4 * MINUTE)
    expect(world.changes()).toContain('slow OK -> ALARM')
  })

  test('that is put again keeps its state and has its new threshold', async () => {
    await alarms.put()
    await world.pass(2 * MINUTE)
    await alarms.put({ Threshold: 9 })
    expect((await alarms.described()).metric).toMatchObject([{ StateValue: 'OK', Threshold: 9 }])
    await world.asked(5, 500)
    await world.pass(5 * MINUTE)
    expect(world.changes()).toEqual(['errors INSUFFICIENT_DATA -> OK'])
  })

  test('that an operator sets stays so until the next evaluation', async () => {
    await alarms.put()
    await world.pass(2 * MINUTE)
    await alarms.set('errors', 'ALARM')
    expect((await alarms.described()).metric).toMatchObject([
      { StateValue: 'ALARM', StateReason: 'a test of the pager' },
    ])
    expect(world.cloudWatch.ringing(['errors', 'others'])).toEqual(['errors'])
    await world.pass(MINUTE)
    expect(world.changes().slice(1)).toEqual(['errors OK -> ALARM', 'errors ALARM -> OK'])
    expect(world.cloudWatch.ringing(['errors'])).toEqual([])
  })

  test('set to what it is already has no change to announce', async () => {
    await alarms.put()
    await world.pass(2 * MINUTE)
    const [before] = (await alarms.described()).metric
    await alarms.set('errors', 'OK')
    const [after] = (await alarms.described()).metric
    expect(after?.StateTransitionedTimestamp).toEqual(before?.StateTransitionedTimestamp)
    expect(after?.StateUpdatedTimestamp).toEqual(new Date(world.clock.now()))
    expect(world.changes()).toHaveLength(1)
  })

  test('on what AWS measures and the rehearsal does not is never evaluated, but can be set', async () => {
    await alarms.put({ AlarmName: 'cpu', Namespace: 'AWS/ECS', MetricName: 'CPUUtilization' })
    await world.pass(5 * MINUTE)
    expect(world.cloudWatch.alarms()).toEqual([{ name: 'cpu', state: 'INSUFFICIENT_DATA' }])
    await alarms.set('cpu', 'ALARM')
    await world.pass(5 * MINUTE)
    expect(world.changes()).toEqual(['cpu INSUFFICIENT_DATA -> ALARM'])
  })

  test.for([
    ['breaching', 'ALARM'],
    ['notBreaching', 'OK'],
    ['ignore', 'INSUFFICIENT_DATA'],
    ['missing', 'INSUFFICIENT_DATA'],
  ])('on what nobody sends, and is then %s, is %s', async ([TreatMissingData, state]) => {
    await alarms.put({ AlarmName: 'own', Namespace: 'Bookshop', MetricName: 'Complaints', TreatMissingData })
    await world.pass(2 * MINUTE)
    expect(world.cloudWatch.alarms()).toEqual([{ name: 'own', state }])
    expect(world.cloudWatch.stackAlarms()).toEqual([])
  })

  test('on a queue has the state of the moment in which somebody looks', async () => {
    const queue = { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible' }
    await alarms.put({ ...queue, Dimensions: [{ Name: 'QueueName', Value: 'dead' }], Threshold: 0, Period: 300 })
    expect((await alarms.described()).metric).toMatchObject([{ StateValue: 'INSUFFICIENT_DATA' }])
    world.visible.dead = 1
    expect((await alarms.described()).metric).toMatchObject([{ StateValue: 'ALARM' }])
    world.visible.dead = 0
    expect((await alarms.described()).metric).toMatchObject([{ StateValue: 'OK' }])
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
    await expect(alarms.put(more)).rejects.toMatchObject({ name, message: expect.stringMatching(message) })
  })
})
