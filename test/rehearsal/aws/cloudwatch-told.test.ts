import type { DescribeAlarmsCommandInput } from '@aws-sdk/client-cloudwatch'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Alarms, alarmsIn } from './cloudwatch-verbs.ts'
import { type CloudWatchWorld, cloudWatchWorld } from './cloudwatch-world.ts'

let world: CloudWatchWorld
let alarms: Alarms
beforeEach(async () => {
  world = await cloudWatchWorld()
  alarms = alarmsIn(world)
})

const BOTH = { AlarmTypes: ['MetricAlarm' as const, 'CompositeAlarm' as const] }
const names = (alarms: { AlarmName?: string | undefined }[]) => alarms.map(({ AlarmName }) => AlarmName)

describe('a composite alarm', () => {
  test('follows its children, and says which of them it followed', async () => {
    await alarms.put()
    await alarms.put({ AlarmName: 'slow' })
    await alarms.compose('shop is ill', 'ALARM(errors) AND NOT ALARM("slow")')
    expect(world.changes()).toEqual(['shop is ill INSUFFICIENT_DATA -> OK'])
    await alarms.set('errors', 'ALARM')
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
    await alarms.set('slow', 'ALARM')
    expect(world.changes().slice(3)).toEqual(['slow INSUFFICIENT_DATA -> ALARM', 'shop is ill ALARM -> OK'])
  })

  test('of a composite alarm follows that one, by its ARN', async () => {
    await alarms.put()
    await alarms.compose('inner', 'ALARM(errors)')
    await alarms.compose('outer', 'ALARM("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:inner")')
    await alarms.set('errors', 'ALARM')
    expect(world.changes().slice(-2)).toEqual(['inner OK -> ALARM', 'outer OK -> ALARM'])
  })

  test('is refused when it names an alarm that is not there, cannot be read, or depends on itself', async () => {
    await alarms.put()
    await expect(alarms.compose('a', 'ALARM(errors) OR ALARM(other)')).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Could not save the composite alarm as alarms [other] in the alarm rule do not exist.',
    })
    await expect(alarms.compose('a', 'ALARM(errors')).rejects.toMatchObject({ name: 'ValidationException' })
    await expect(alarms.compose('a', 'AT_LEAST(1, ALARM, (errors))')).rejects.toMatchObject({ name: 'NotRehearsed' })
    await alarms.compose('a', 'ALARM(errors)')
    await alarms.compose('b', 'ALARM(a)')
    await expect(alarms.compose('a', 'ALARM(b)')).rejects.toMatchObject({ name: 'NotRehearsed' })
  })
})

describe('alarms are described', () => {
  beforeEach(async () => {
    await alarms.put()
    await alarms.put({ AlarmName: 'slow' })
    await alarms.compose('ill', 'ALARM(errors)')
  })

  test('without their types as if there were only metric alarms', async () => {
    expect(await alarms.described({ AlarmNames: ['errors', 'ill'] })).toMatchObject({
      metric: [{ AlarmName: 'errors' }],
      composite: [],
    })
    const both = await alarms.described(BOTH)
    expect([names(both.metric), names(both.composite)]).toEqual([['errors', 'slow'], ['ill']])
    expect(both.composite).toMatchObject([{ AlarmRule: 'ALARM(errors)', StateValue: 'OK' }])
  })

  test('by name, of which those that nobody knows are absent, by prefix and by state', async () => {
    expect(names((await alarms.described({ AlarmNames: ['slow', 'nobody'] })).metric)).toEqual(['slow'])
    expect(names((await alarms.described({ AlarmNamePrefix: 'err' })).metric)).toEqual(['errors'])
    expect(names((await alarms.described({ StateValue: 'OK' })).metric)).toEqual([])
    expect(names((await alarms.described({ ...BOTH, StateValue: 'OK' })).composite)).toEqual(['ill'])
  })

  test('page by page', async () => {
    const first = await alarms.described({ ...BOTH, MaxRecords: 2 })
    const { NextToken } = first
    const second = await alarms.described({ ...BOTH, MaxRecords: 2, NextToken })
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
    await expect(alarms.described(input)).rejects.toMatchObject({ name })
  })

  test('and one that nobody knows cannot be set', async () => {
    await expect(alarms.set('nobody', 'OK')).rejects.toMatchObject({ name: 'ResourceNotFound' })
  })
})
