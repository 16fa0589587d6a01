import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEventSources, type EventSource } from '../../../rehearsal/aws/lambda/event-sources.ts'
import { AwsError, type Invocation } from '../../../rehearsal/aws/service.ts'
import { createSqs, type Sqs } from '../../../rehearsal/aws/sqs.ts'
import { type Clock, createClock } from '../../../rehearsal/clock.ts'

const START = Date.UTC(2026, 0, 5, 8)

interface Batch {
  at: number
  Records: { messageId: string; body: string; attributes: Record<string, string> }[]
}

let clock: Clock
let sqs: Sqs
let queue: { arn: string; url: string }
let dead: { arn: string; url: string }
let batches: Batch[]
/** What the function does with its n-th batch; afterwards it succeeds. */
let answers: (Invocation | AwsError | Promise<Invocation>)[]
let surprises: unknown[]

beforeEach(() => {
  clock = createClock({ drive: 'jump', start: START })
  sqs = createSqs({ clock, endpoint: () => 'http://queues' })
  dead = sqs.createQueue({ name: 'dead' })
  queue = sqs.createQueue({ name: 'slack', redrive: { deadLetterArn: dead.arn, maxReceiveCount: 2 } })
  batches = []
  answers = []
  surprises = []
})

afterEach(() => {
  clock.stop()
  expect(surprises).toEqual([])
})

function read(more: Partial<EventSource> = {}, timeout = 30): void {
  const lambda = {
    timeoutOf: () => timeout,
    roleOf: () => 'arn:aws:iam::111122223333:role/f',
    invoke: (_: string, event: unknown) =>
      clock.during('the function', async () => {
        batches.push({ at: clock.now() - START, ...(event as Omit<Batch, 'at'>) })
        const answer = await answers.shift()
        if (answer instanceof AwsError) throw answer
        return { payload: null, ...answer, executedVersion: '1' }
      }),
  }
  const onSurprise = (error: unknown) => surprises.push(error)
  createEventSources({ clock, lambda, queues: sqs, onSurprise }).create({
    queueArn: queue.arn,
    functionName: 'f',
    ...more,
  })
}

const send = (...bodies: string[]) => bodies.map(body => sqs.queue(queue.arn)?.send({ body, senderId: 'sns' }) ?? '')
const bodies = () => batches.map(({ Records }) => Records.map(({ body }) => body).join())
function left(arn = queue.arn): number {
  const counted = sqs.queue(arn)
  return (counted?.count('visible') ?? 0) + (counted?.count('hidden') ?? 0)
}

test('what arrives is handed over at once, in the form of a queue’s event, and is then gone', async () => {
  read()
  const [messageId] = send('{"a":1}')
  await clock.sleep(1000)
  expect(batches).toEqual([
    {
      at: 20,
      Records: [
        {
          messageId,
          receiptHandle: expect.any(String),
          body: '{"a":1}',
          attributes: {
            ApproximateReceiveCount: '1',
            SentTimestamp: String(START),
            SenderId: 'sns',
            ApproximateFirstReceiveTimestamp: String(START + 20),
          },
          messageAttributes: {},
          md5OfBody: 'bb6cb5c68df4652941caf652a366f2d8',
          eventSource: 'aws:sqs',
          eventSourceARN: queue.arn,
          awsRegion: 'eu-west-1',
        },
      ],
    },
  ])
  expect(left()).toBe(0)
})

test('attributes come in the form that functions know', async () => {
  read()
  const attributes = { kind: { DataType: 'String', StringValue: 'released' } }
  sqs.queue(queue.arn)?.send({ body: 'x', attributes, senderId: 'sns' })
  await clock.sleep(1000)
  expect(batches[0]?.Records[0]).toMatchObject({
    messageAttributes: {
      kind: { dataType: 'String', stringValue: 'released', stringListValues: [], binaryListValues: [] },
    },
    md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

test('what was there before is handed over too, in batches, two at once', async () => {
  const first = Promise.withResolvers<Invocation>()
  const second = Promise.withResolvers<Invocation>()
  answers = [first.promise, second.promise]
  send('a', 'b', 'c', 'd', 'e')
  read({ batchSize: 2 })
  await vi.waitFor(() => expect(bodies()).toHaveLength(2))
  expect(bodies()).toEqual(['a,b', 'c,d'])
  first.resolve({ payload: null })
  second.resolve({ payload: null })
  await clock.sleep(1000)
  expect(bodies()).toEqual(['a,b', 'c,d', 'e'])
})

test.each<[string, Invocation | AwsError]>([
  ['fails', { payload: {}, functionError: 'Unhandled' }],
  ['is throttled', new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429)],
])('a batch whose function %s comes again after its visibility time-out', async (_, answer) => {
  read()
  answers = [answer]
  send('a', 'b')
  await clock.sleep(60_000)
  expect(bodies()).toEqual(['a,b', 'a,b'])
  expect(batches.map(({ at }) => at)).toEqual([20, 30_040])
  expect(left()).toBe(0)
})

test('a message that always fails ends among the dead letters', async () => {
  read()
  answers = Array(5).fill({ payload: {}, functionError: 'Unhandled' })
  send('poison')
  await clock.sleep(300_000)
  expect(bodies()).toEqual(['poison', 'poison'])
  expect([left(), left(dead.arn)]).toEqual([0, 1])
})

describe('a function that reports which messages failed', () => {
  const again = async (payload: (ids: string[]) => unknown, reportsFailures = true) => {
    read({ reportsFailures })
    const ids = send('a', 'b')
    answers = [{ payload: payload(ids) }]
    await clock.sleep(60_000)
    return bodies().slice(1)
  }

  test('gets only those again', async () => {
    expect(await again(([, b]) => ({ batchItemFailures: [{ itemIdentifier: b }] }))).toEqual(['b'])
  })

  test('is not asked when it did not say that it reports', async () => {
    expect(await again(([, b]) => ({ batchItemFailures: [{ itemIdentifier: b }] }), false)).toEqual([])
  })

  test.each<[string, unknown]>([
    ['nothing', null],
    ['an empty answer', {}],
    ['no failures', { batchItemFailures: [] }],
    ['null failures', { batchItemFailures: null }],
  ])('gets nothing again after %s', async (_, payload) => {
    expect(await again(() => payload)).toEqual([])
  })

  test.each<[string, unknown]>([
    ['an unknown message', { batchItemFailures: [{ itemIdentifier: 'x' }] }],
    ['an empty identifier', { batchItemFailures: [{ itemIdentifier: '' }] }],
    ['a misspelt identifier', { batchItemFailures: [{ itemId: 'x' }] }],
    ['failures that are no list', { batchItemFailures: 'x' }],
    ['a text', 'done'],
  ])('gets all again after %s', async (_, payload) => {
    expect(await again(() => payload)).toEqual(['a,b'])
  })
})

test('a queue that shows its messages before the function can have ended is refused', () => {
  expect(() => read({}, 31)).toThrow('Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds')
})

test('a queue that is not there, and too large a batch, are refused', () => {
  expect(() => read({ queueArn: 'arn:aws:sqs:eu-west-1:111122223333:none' })).toThrow('QueueDoesNotExist')
  expect(() => read({ batchSize: 11 })).toThrow('less than or equal to 10')
})

test('while the function works, the time until its messages show again is real', async () => {
  clock = createClock({ drive: 'paced', speed: 10_000 })
  sqs = createSqs({ clock, endpoint: () => 'http://queues' })
  queue = sqs.createQueue({ name: 'slack' })
  const work = Promise.withResolvers<Invocation>()
  answers = [work.promise]
  read()
  send('a')
  await clock.sleep(600_000)
  work.resolve({ payload: null })
  await clock.sleep(600_000)
  expect(bodies()).toEqual(['a'])
})
