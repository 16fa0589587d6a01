import { DescribeAlarmHistoryCommand, type DescribeAlarmHistoryCommandInput } from '@aws-sdk/client-cloudwatch'
import { beforeEach, expect, test } from 'vitest'
import { type Alarms, alarmsIn } from './cloudwatch-verbs.ts'
import { type CloudWatchWorld, cloudWatchWorld } from './cloudwatch-world.ts'

let world: CloudWatchWorld
let alarms: Alarms
beforeEach(async () => {
  world = await cloudWatchWorld()
  alarms = alarmsIn(world)
  await alarms.put()
  await alarms.set('errors', 'OK')
})

const history = async (input: DescribeAlarmHistoryCommandInput = {}) =>
  world.aws.send(new DescribeAlarmHistoryCommand({ AlarmName: 'errors', HistoryItemType: 'StateUpdate', ...input }))
const summaries = async (input?: DescribeAlarmHistoryCommandInput) =>
  ((await history(input)).AlarmHistoryItems ?? []).map(({ HistorySummary }) => HistorySummary?.slice(19))

test('an alarm is told to have rung, though it is quiet again', async () => {
  const from = world.clock.now()
  await world.pass(1_000)
  await alarms.set('errors', 'ALARM')
  const rangAt = world.clock.now()
  await world.pass(1_000)
  await alarms.set('errors', 'OK')
  const told = await history({ StartDate: new Date(from + 1), ScanBy: 'TimestampAscending' })
  expect(told.AlarmHistoryItems).toMatchObject([
    {
      AlarmName: 'errors',
      AlarmType: 'MetricAlarm',
      Timestamp: new Date(rangAt),
      HistoryItemType: 'StateUpdate',
      HistorySummary: 'Alarm updated from OK to ALARM',
    },
    { HistorySummary: 'Alarm updated from ALARM to OK' },
  ])
  expect(JSON.parse(told.AlarmHistoryItems?.[0]?.HistoryData ?? '')).toMatchObject({
    oldState: { stateValue: 'OK' },
    newState: { stateValue: 'ALARM', stateReason: 'a test of the pager' },
  })
})

test('the newest change comes first, where nothing else is asked, and what changed nothing is no change', async () => {
  await alarms.set('errors', 'ALARM')
  await alarms.set('errors', 'ALARM')
  expect(await summaries()).toEqual(['OK to ALARM', 'INSUFFICIENT_DATA to OK'])
})

test('page by page', async () => {
  await alarms.set('errors', 'ALARM')
  const { NextToken } = await history({ MaxRecords: 1 })
  expect(await summaries({ MaxRecords: 1, NextToken })).toEqual(['INSUFFICIENT_DATA to OK'])
})

test('composite alarms are left out where their type is not asked for', async () => {
  await alarms.compose('ill', 'ALARM(errors)')
  await alarms.set('errors', 'ALARM')
  expect(await summaries({ AlarmName: 'ill' })).toEqual([])
  expect((await summaries({ AlarmName: 'ill', AlarmTypes: ['CompositeAlarm'] }))[0]).toBe('OK to ALARM')
})

test.for<[input: DescribeAlarmHistoryCommandInput, name: string]>([
  [{ AlarmName: undefined }, 'NotRehearsed'],
  [{ HistoryItemType: undefined }, 'NotRehearsed'],
  [{ MaxRecords: 101 }, 'ValidationException'],
  [{ NextToken: 'lost' }, 'InvalidNextToken'],
])('not by %o', async ([input, name]) => {
  await expect(history(input)).rejects.toMatchObject({ name })
})
