import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CloudWatchLogs, createCloudWatchLogs } from '../../../rehearsal/aws/logs.ts'
import { START, type World, worldWith } from './wire-world.ts'

let world: World
let logs: CloudWatchLogs
let client: CloudWatchLogsClient
let handedOn: string[]

beforeEach(async () => {
  handedOn = []
  world = await worldWith(clock => {
    const handOn = (group: string, stream: string, line: string) => void handedOn.push(`${group} ${stream} ${line}`)
    logs = createCloudWatchLogs({ clock, handOn })
    return [logs]
  })
  client = new CloudWatchLogsClient(world.client)
})

afterEach(() => world.close())

const group = { logGroupName: '/shop/tool', logStreamName: 'ecs/tool/1' }
const get = (more = {}) => client.send(new GetLogEventsCommand({ ...group, ...more }))
const said = async (more = {}) => (await get(more)).events?.map(({ message }) => message)

async function write(...lines: string[]): Promise<void> {
  for (const line of lines) {
    logs.write('/shop/tool', 'ecs/tool/1', line)
    await world.clock.sleep(1000)
  }
}

test('lines are told in the order of time, with the time of AWS, and handed on', async () => {
  await write('one', 'two')
  expect((await get()).events).toEqual([
    { message: 'one', timestamp: START, ingestionTime: START },
    { message: 'two', timestamp: START + 1000, ingestionTime: START + 1000 },
  ])
  expect(handedOn).toEqual(['/shop/tool ecs/tool/1 one', '/shop/tool ecs/tool/1 two'])
})

test('a limit takes the last lines, or the first ones from the head', async () => {
  await write('one', 'two', 'three')
  expect(await said({ limit: 2 })).toEqual(['two', 'three'])
  expect(await said({ limit: 2, startFromHead: true })).toEqual(['one', 'two'])
  expect(await said({ startTime: START + 1000, endTime: START + 2000 })).toEqual(['two'])
})

test('the forward token leads to the end, and is the same again there until there is more', async () => {
  await write('one', 'two', 'three')
  const first = await get({ limit: 2, startFromHead: true })
  const second = await get({ limit: 2, startFromHead: true, nextToken: first.nextForwardToken })
  expect(second.events).toMatchObject([{ message: 'three' }])
  const end = await get({ startFromHead: true, nextToken: second.nextForwardToken })
  expect(end.events).toEqual([])
  expect(end.nextForwardToken).toBe(second.nextForwardToken)
  await write('four')
  expect(await said({ startFromHead: true, nextToken: end.nextForwardToken })).toEqual(['four'])
})

test('the backward token leads to the first line, and is the same again there', async () => {
  await write('one', 'two', 'three')
  const last = await get({ limit: 2 })
  const before = await get({ limit: 2, nextToken: last.nextBackwardToken })
  expect(before.events).toMatchObject([{ message: 'one' }])
  const end = await get({ limit: 2, nextToken: before.nextBackwardToken })
  expect(end.events).toEqual([])
  expect(end.nextBackwardToken).toBe(before.nextBackwardToken)
})

test.each([
  ['a group that is not there', { logGroupName: '/none' }, 'ResourceNotFoundException'],
  ['a stream that is not there', { logStreamName: 'none' }, 'ResourceNotFoundException'],
  ['no group', { logGroupName: undefined }, 'InvalidParameterException'],
  ['a page of nothing', { limit: 0 }, 'InvalidParameterException'],
  ['a made-up token', { nextToken: 'f/1/s' }, 'InvalidParameterException'],
  ['a group by its ARN', { logGroupName: undefined, logGroupIdentifier: '/shop/tool' }, 'NotRehearsed'],
])('GetLogEvents refuses %s', async (_, more, name) => {
  await write('one')
  await expect(get(more)).rejects.toMatchObject({ name })
})
