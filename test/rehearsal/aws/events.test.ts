import * as sdk from '@aws-sdk/client-eventbridge'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEvents, type Events, type Rule } from '../../../rehearsal/aws/events.ts'
import { AwsError } from '../../../rehearsal/aws/service.ts'
import { START, sendRaw, type World, worldWith } from './wire-world.ts'

const HOUR = 3_600_000
const TARGET = 'arn:aws:lambda:eu-west-1:111122223333:function:wake'

let world: World
let events: Events
let client: sdk.EventBridgeClient
let delivered: { at: number; arn: string; event: unknown }[]
let failures: Error[]

beforeEach(async () => {
  delivered = []
  failures = []
  world = await worldWith(clock => {
    const deliver = (arn: string, event: unknown) => {
      const failure = failures.shift()
      if (failure) throw failure
      delivered.push({ at: clock.now() - START, arn, event })
    }
    events = createEvents({ clock, deliver })
    return [events]
  })
  client = new sdk.EventBridgeClient(world.client)
})

afterEach(() => world.close())

const rule = (more: Partial<Rule> = {}): Rule => ({
  name: 'on-push',
  pattern: { source: ['aws.ecr'] },
  targets: [{ id: 'wake', arn: TARGET }],
  ...more,
})
const announcement = { source: 'aws.ecr', 'detail-type': 'ECR Image Action', resources: [], detail: { tag: 'a' } }
const entry = { Source: 'shop', DetailType: 'Freed', Detail: '{"lock":"production"}' }
const put = (...Entries: sdk.PutEventsRequestEntry[]) => client.send(new sdk.PutEventsCommand({ Entries }))

test('a service’s event reaches the targets of a matching rule, complete and a little later', async () => {
  events.putRule(rule())
  events.putRule(rule({ name: 'other', pattern: { source: ['aws.ecs'] } }))
  events.publish(announcement)
  await world.clock.sleep(1000)
  expect(delivered).toEqual([
    {
      at: 100,
      arn: TARGET,
      event: {
        ...announcement,
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        account: '111122223333',
        region: 'eu-west-1',
        time: '2026-01-05T08:00:00Z',
      },
    },
  ])
})

test('an event that a caller puts carries its id and its own time', async () => {
  events.putRule(rule({ pattern: { detail: { lock: ['production'] } } }))
  const Time = new Date('2026-01-04T00:00:00Z')
  const { Entries, FailedEntryCount } = await put({ ...entry, Time, Resources: ['arn:x'] })
  await world.clock.sleep(1000)
  expect(FailedEntryCount).toBe(0)
  expect(delivered[0]?.event).toMatchObject({
    id: Entries?.[0]?.EventId,
    source: 'shop',
    'detail-type': 'Freed',
    time: '2026-01-04T00:00:00Z',
    resources: ['arn:x'],
    detail: { lock: 'production' },
  })
})

test('a rule that runs by the clock tells its targets so, once an interval, for as long as it is there', async () => {
  events.putRule({ name: 'daily', schedule: 'rate(1 day)', targets: [{ id: 'wake', arn: TARGET }] })
  await world.clock.sleep(60 * HOUR)
  expect(delivered).toMatchObject([
    {
      at: 24 * HOUR + 100,
      arn: TARGET,
      event: {
        ...{ source: 'aws.events', 'detail-type': 'Scheduled Event', time: '2026-01-06T08:00:00Z', detail: {} },
        resources: ['arn:aws:events:eu-west-1:111122223333:rule/daily'],
      },
    },
    { at: 48 * HOUR + 100 },
  ])
  events.deleteRule('daily')
  await world.clock.sleep(60 * HOUR)
  expect(delivered).toHaveLength(2)
})

test('a rule that is put again keeps its rhythm, unless that is what changes', async () => {
  const put = (schedule: string) => events.putRule({ name: 'recurs', schedule, targets: [{ id: 'wake', arn: TARGET }] })
  put('rate(2 hours)')
  await world.clock.sleep(HOUR)
  put('rate(2 hours)')
  await world.clock.sleep(2 * HOUR)
  expect(delivered.map(({ at }) => at)).toEqual([2 * HOUR + 100])
  put('rate(30 minutes)')
  await world.clock.sleep(HOUR)
  expect(delivered.slice(1).map(({ at }) => at)).toEqual([3.5 * HOUR + 100])
})

test.each([
  ['rate(1 days)', 'ValidationException'],
  ['rate(2 day)', 'ValidationException'],
  ['rate(0 days)', 'ValidationException'],
  ['daily', 'ValidationException'],
  ['cron(0 3 * * ? *)', 'NotRehearsed'],
])('the schedule %s is refused', (schedule, name) => {
  expect(() => events.putRule({ name: 'recurs', schedule, targets: [] })).toThrow(expect.objectContaining({ name }))
})

test('a rule that nothing would ever set off is refused', () => {
  expect(() => events.putRule({ name: 'never', targets: [] })).toThrow('EventPattern or ScheduleExpression')
})

test('a rule that is deleted hears no more', async () => {
  events.putRule(rule())
  events.deleteRule('on-push')
  events.publish(announcement)
  await world.clock.sleep(1000)
  expect(delivered).toEqual([])
})

test('a disabled rule delivers nothing, and a target’s input takes the event’s place', async () => {
  events.putRule(rule({ name: 'off', state: 'DISABLED' }))
  events.putRule(rule({ name: 'on', targets: [{ id: 'a', arn: TARGET, input: '{"wake":true}' }] }))
  events.publish(announcement)
  await world.clock.sleep(1000)
  expect(delivered.map(({ event }) => event)).toEqual([{ wake: true }])
})

test.each<[string, sdk.PutEventsRequestEntry, string, string]>([
  [
    'a source of AWS',
    { ...entry, Source: 'aws.ecr' },
    'NotAuthorizedForSourceException',
    'Not authorized for the sour',
  ],
  [
    'no source',
    { ...entry, Source: undefined },
    'InvalidArgument',
    'Parameter Source is not valid. Reason: Source is a',
  ],
  ['no detail type', { ...entry, DetailType: '' }, 'InvalidArgument', 'Parameter DetailType is not valid.'],
  ['a long detail type', { ...entry, DetailType: 'x'.repeat(129) }, 'InvalidArgument', 'Parameter DetailType is not'],
  ['a detail that is no JSON', { ...entry, Detail: '{' }, 'MalformedDetail', 'Detail is malformed.'],
  ['a detail that is no object', { ...entry, Detail: '[1]' }, 'MalformedDetail', 'Detail is malformed.'],
])('an entry with %s fails alone', async (_, refused, ErrorCode, message) => {
  const { Entries, FailedEntryCount } = await put(refused, entry)
  expect(FailedEntryCount).toBe(1)
  expect(Entries).toEqual([
    { ErrorCode, ErrorMessage: expect.stringContaining(message) },
    { EventId: expect.any(String) },
  ])
})

test.each<[string, sdk.PutEventsRequestEntry[], string]>([
  ['no entries', [], "at 'entries' failed to satisfy constraint: Member must have length greater than or equal to 1"],
  ['eleven entries', Array(11).fill(entry), 'Member must have length less than or equal to 10'],
  [
    'more than a megabyte',
    Array(2).fill({ ...entry, Detail: JSON.stringify({ text: 'é'.repeat(300_000) }) }),
    'Total size of the entries in the request is over the limit.',
  ],
])('a request with %s is refused', async (_, entries, message) => {
  await expect(put(...entries)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(message),
  })
})

test('an ill-typed or missing member of PutEvents is refused', async () => {
  const headers = { 'x-amz-target': 'AWSEvents.PutEvents' }
  const illTyped = await sendRaw(world, 'events', headers, '{"Entries":[{"Source":1}]}')
  expect(JSON.parse(illTyped.body)).toMatchObject({ __type: 'SerializationException' })
  const missing = await sendRaw(world, 'events', headers, '{"Unknown":1}')
  expect(JSON.parse(missing.body)).toEqual({
    __type: 'ValidationException',
    message:
      "1 validation error detected: Value null at 'entries' failed to satisfy constraint: Member must not be null",
  })
})

test('a request may be a megabyte, times included, and not a byte more', async () => {
  const source = 'shop'
  const fits = (bytes: number) => {
    const text = 'x'.repeat(bytes - JSON.stringify({ text: '' }).length - 'Freed'.length - source.length - 14)
    return { ...entry, Source: source, Detail: JSON.stringify({ text }), Time: new Date(START) }
  }
  await expect(put(fits(1024 * 1024))).resolves.toMatchObject({ FailedEntryCount: 0 })
  await expect(put(fits(1024 * 1024 + 1))).rejects.toMatchObject({ name: 'ValidationException' })
})

test('another bus, and an endpoint, are refused by name', async () => {
  await expect(put({ ...entry, EventBusName: 'orders' })).rejects.toThrow('the event bus orders is not part')
  const asked = client.send(new sdk.PutRuleCommand({ Name: 'r', EventPattern: '{}' }))
  await expect(asked).rejects.toThrow('events:PutRule is not part of this rehearsal')
})

test.each([
  ['a name that AWS does not take', { name: 'on push' }, 'ValidationException'],
  ['an invalid pattern', { pattern: { source: 'aws.ecr' } }, 'InvalidEventPatternException'],
  ['an input that is no JSON', { targets: [{ id: 'a', arn: TARGET, input: '{' }] }, 'ValidationException'],
  ['six targets', { targets: Array(6).fill({ id: 'a', arn: TARGET }) }, 'LimitExceededException'],
  [
    'an impossible retry policy',
    { targets: [{ id: 'a', arn: TARGET, retryPolicy: { maximumRetryAttempts: 186 } }] },
    'ValidationException',
  ],
])('a rule with %s is refused', (_, more, name) => {
  expect(() => events.putRule(rule(more))).toThrow(expect.objectContaining({ name }))
})

test('an event can be dropped, be late, or come twice', async () => {
  events.putRule(rule())
  events.faults = event => {
    if (event.detail.tag === 'dropped') return 'drop'
    return event.detail.tag === 'late' ? { delayMs: 60_000 } : 'twice'
  }
  for (const tag of ['dropped', 'late', 'twice']) events.publish({ ...announcement, detail: { tag } })
  await world.clock.sleep(120_000)
  const seen = delivered.map(({ at, event }) => [at, (event as { detail: { tag: string } }).detail.tag])
  expect(seen).toEqual([
    [100, 'twice'],
    [1100, 'twice'],
    [60_100, 'late'],
  ])
})

test('an event can be overtaken by the next of its kind that its rule matches, or come late where there is none', async () => {
  events.putRule(rule())
  events.putRule(rule({ name: 'others', pattern: { source: ['elsewhere'] } }))
  const overtaken: unknown[] = []
  events.faults = ({ detail: { tag } }) =>
    tag === 'overtaken' || tag === 'last' ? { behindNext: () => overtaken.push(tag) } : 'deliver'
  events.publish({ ...announcement, detail: { tag: 'overtaken' } })
  events.publish({ ...announcement, source: 'elsewhere', detail: { tag: 'at another rule' } })
  events.publish({ ...announcement, 'detail-type': 'of another kind', detail: { tag: 'of another kind' } })
  await world.clock.sleep(5000)
  events.publish({ ...announcement, detail: { tag: 'next' } })
  await world.clock.sleep(5000)
  events.publish({ ...announcement, detail: { tag: 'last' } })
  await world.clock.sleep(600_000)
  expect(delivered.map(({ at, event }) => [at, (event as { detail: { tag: string } }).detail.tag])).toEqual([
    [100, 'at another rule'],
    [100, 'of another kind'],
    [5100, 'next'],
    [5200, 'overtaken'],
    [370_100, 'last'],
  ])
  expect(overtaken).toEqual(['overtaken'])
})

test('where every event is to come behind its next, each second one is that next', async () => {
  events.putRule(rule())
  let overtaken = 0
  events.faults = () => ({ behindNext: () => overtaken++ })
  for (const tag of ['first', 'second', 'third', 'fourth']) {
    events.publish({ ...announcement, detail: { tag } })
    await world.clock.sleep(5000)
  }
  expect(delivered.map(({ event }) => (event as { detail: { tag: string } }).detail.tag)).toEqual([
    ...['second', 'first', 'fourth', 'third'],
  ])
  expect(overtaken).toBe(2)
})

test('a delivery that fails is repeated with growing pauses', async () => {
  events.putRule(rule())
  failures = [new AwsError('TooManyRequestsException', 'Rate Exceeded.'), new AwsError('ServiceException', 'oops')]
  events.publish(announcement)
  await world.clock.sleep(10_000)
  expect(delivered.map(({ at }) => at)).toEqual([3100])
})

test('a delivery is given up when the event is too old for its target', async () => {
  const retryPolicy = { maximumEventAgeInSeconds: 60 }
  events.putRule(rule({ targets: [{ id: 'a', arn: TARGET, retryPolicy }] }))
  failures = Array(20).fill(new AwsError('TooManyRequestsException', 'Rate Exceeded.'))
  events.publish(announcement)
  await world.clock.sleep(3_600_000)
  expect(failures).toHaveLength(14)
  expect(events.undelivered).toHaveLength(1)
})

test('a delivery is given up after its retries, or at once when there is no such target', async () => {
  const retryPolicy = { maximumRetryAttempts: 1 }
  events.putRule(rule({ targets: [{ id: 'a', arn: TARGET, retryPolicy }] }))
  const throttled = new AwsError('TooManyRequestsException', 'Rate Exceeded.')
  const gone = new AwsError('ResourceNotFoundException', 'Function not found')
  failures = [throttled, throttled]
  events.publish(announcement)
  await world.clock.sleep(10_000)
  failures = [gone]
  events.publish(announcement)
  await world.clock.sleep(10_000)
  expect(delivered).toEqual([])
  expect(events.undelivered.map(({ rule: name, error }) => [name, error.name])).toEqual([
    ['on-push', 'TooManyRequestsException'],
    ['on-push', 'ResourceNotFoundException'],
  ])
})
