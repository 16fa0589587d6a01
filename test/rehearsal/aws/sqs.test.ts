import * as sdk from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSqs, type Sqs } from '../../../rehearsal/aws/sqs.ts'
import { type World, worldWith } from './wire-world.ts'

let world: World
let sqs: Sqs
let client: sdk.SQSClient
let QueueUrl: string
/** Time passes only where a test says so. */
let release: () => void
let dead: { arn: string; url: string }

beforeEach(async () => {
  world = await worldWith(clock => {
    sqs = createSqs({ clock, endpoint: () => world.endpoint })
    return [sqs]
  })
  client = new sdk.SQSClient(world.client)
  dead = sqs.createQueue({ name: 'dead' })
  const redrive = { deadLetterArn: dead.arn, maxReceiveCount: 2 }
  QueueUrl = sqs.createQueue({ name: 'slack', visibilityTimeout: 60, redrive }).url
  release = world.clock.hold('the test')
})

afterEach(() => world.close())

const send = (MessageBody: string, more: Partial<sdk.SendMessageRequest> = {}) =>
  client.send(new sdk.SendMessageCommand({ QueueUrl, MessageBody, ...more }))
async function pass(ms: number) {
  const slept = world.clock.sleep(ms)
  release()
  await slept
  release = world.clock.hold('the test')
}
async function receive(more: Partial<sdk.ReceiveMessageRequest> = {}): Promise<sdk.Message[]> {
  const command = new sdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more })
  return (await client.send(command)).Messages ?? []
}
const bodies = async (more: Partial<sdk.ReceiveMessageRequest> = {}) => (await receive(more)).map(({ Body }) => Body)
const remove = (ReceiptHandle?: string) => client.send(new sdk.DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
const hide = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
  client.send(new sdk.ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
async function attributes(...AttributeNames: sdk.QueueAttributeName[]) {
  return (await client.send(new sdk.GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes
}

test('a message is received with what was sent, and with what SQS says of it', async () => {
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'released' } }
  const { MessageId, MD5OfMessageAttributes } = await send('{"a":1}', { MessageAttributes })
  const [message] = await receive({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] })
  expect(message).toMatchObject({
    MessageId,
    Body: '{"a":1}',
    MessageAttributes,
    MD5OfMessageAttributes,
    Attributes: { ApproximateReceiveCount: '1', SenderId: 'operator', SentTimestamp: '1767600000000' },
  })
})

// The digest of AWS's documented algorithm for a known message, reckoned by hand with another tool.
test('attributes have the digest that SQS documents', async () => {
  const MessageAttributes = {
    n: { DataType: 'Number', StringValue: '1' },
    b: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2]) },
  }
  const { MD5OfMessageAttributes } = await send('x', { MessageAttributes })
  expect(MD5OfMessageAttributes).toBe('d363733c49aca51ad4de1ebab905ec7c')
})

test('a received message is hidden until its visibility times out', async () => {
  await send('one')
  expect(await bodies()).toEqual(['one'])
  expect(await bodies()).toEqual([])
  await pass(59_000)
  expect(await bodies()).toEqual([])
  await pass(1001)
  expect(await bodies()).toEqual(['one'])
})

test('a receiver may hide it for longer, or give it back at once', async () => {
  await send('one')
  const [first] = await receive()
  await hide(first?.ReceiptHandle, 600)
  await pass(599_000)
  expect(await bodies()).toEqual([])
  await hide(first?.ReceiptHandle, 0)
  await pass(1)
  expect(await bodies({ VisibilityTimeout: 1 })).toEqual(['one'])
})

test('a deleted message is gone', async () => {
  await send('one')
  const [first] = await receive()
  await remove(first?.ReceiptHandle)
  await remove(first?.ReceiptHandle)
  await pass(61_000)
  expect(await bodies()).toEqual([])
})

test('the handle of an earlier receive deletes nothing and hides nothing', async () => {
  await send('one')
  const [first] = await receive({ VisibilityTimeout: 1 })
  await pass(1001)
  await expect(hide(first?.ReceiptHandle, 10)).rejects.toMatchObject({ name: 'MessageNotInflight' })
  const [second] = await receive({ VisibilityTimeout: 1 })
  await remove(first?.ReceiptHandle)
  await expect(hide(first?.ReceiptHandle, 10)).rejects.toMatchObject({ name: 'MessageNotInflight' })
  await hide(second?.ReceiptHandle, 10)
  expect(await attributes('ApproximateNumberOfMessagesNotVisible')).toEqual({
    ApproximateNumberOfMessagesNotVisible: '1',
  })
})

test('a message that was received too often is found among the dead letters', async () => {
  await send('poison')
  for (const _ of [1, 2]) {
    expect(await bodies({ VisibilityTimeout: 1 })).toEqual(['poison'])
    await pass(1001)
  }
  expect(await bodies()).toEqual([])
  const [buried] = await receive({ QueueUrl: dead.url, AttributeNames: ['All'] })
  expect(buried).toMatchObject({
    Body: 'poison',
    Attributes: { DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-west-1:111122223333:slack', ApproximateReceiveCount: '3' },
  })
})

test('a delayed message shows when its delay is over', async () => {
  await send('later', { DelaySeconds: 900 })
  expect(await attributes('ApproximateNumberOfMessagesDelayed')).toEqual({ ApproximateNumberOfMessagesDelayed: '1' })
  await pass(899_000)
  expect(await bodies()).toEqual([])
  await pass(1001)
  expect(await bodies()).toEqual(['later'])
})

test('a queue tells what it holds and where it is', async () => {
  await send('one')
  await send('two')
  await receive({ MaxNumberOfMessages: 1 })
  expect(await attributes('All')).toMatchObject({
    QueueArn: 'arn:aws:sqs:eu-west-1:111122223333:slack',
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
    ApproximateNumberOfMessagesDelayed: '0',
    VisibilityTimeout: '60',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }),
  })
  expect((await client.send(new sdk.GetQueueUrlCommand({ QueueName: 'slack' }))).QueueUrl).toBe(QueueUrl)
})

test.each<[string, () => Promise<unknown>, string, string]>([
  ['an empty body', () => send(''), 'MissingParameter', 'parameter MessageBody'],
  ['a body with characters that XML has not', () => send('\u0001'), 'InvalidMessageContents', 'Invalid characters'],
  ['a body over a megabyte', () => send('x'.repeat(1_048_577)), 'InvalidParameterValue', '1048576 bytes'],
  ['a delay over 15 minutes', () => send('x', { DelaySeconds: 901 }), 'InvalidParameterValue', 'Value 901 for'],
  ['eleven messages', () => receive({ MaxNumberOfMessages: 11 }), 'InvalidParameterValue', 'between 1 and 10'],
  ['half a day and more', () => hide('x', 43_201), 'InvalidParameterValue', 'between 0 and 43200'],
  ['a made-up handle', () => remove('x'), 'ReceiptHandleIsInvalid', 'not a valid receipt handle'],
  [
    'another queue',
    () => send('x', { QueueUrl: 'http://x/111122223333/other' }),
    'QueueDoesNotExist',
    'The specified queue does not exist.',
  ],
  [
    'another queue’s name',
    () => client.send(new sdk.GetQueueUrlCommand({ QueueName: 'other' })),
    'QueueDoesNotExist',
    'The specified queue',
  ],
  ['an unknown attribute', () => attributes('Colour' as 'All'), 'InvalidAttributeName', 'Unknown Attribute Colour'],
  ['long polling', () => receive({ WaitTimeSeconds: 20 }), 'NotRehearsed', 'sqs:ReceiveMessage with WaitTimeSeconds'],
  ['a group', () => send('x', { MessageGroupId: 'g' }), 'NotRehearsed', 'sqs:SendMessage with MessageGroupId'],
  [
    'an attribute without a value',
    () => send('x', { MessageAttributes: { a: { DataType: 'String' } } }),
    'InvalidParameterValue',
    'must contain non-empty',
  ],
])('%s is refused', async (_, ask, name, message) => {
  await expect(ask()).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
})

test('an error carries the code that SQS had before it spoke JSON, too', async () => {
  await expect(send('x', { QueueUrl: 'http://x/111122223333/other' })).rejects.toMatchObject({
    Code: 'AWS.SimpleQueueService.NonExistentQueue',
    Type: 'Sender',
  })
})

test.each([
  ['a name with a dot', { name: 'a.fifo' }, 'InvalidParameterValue'],
  ['too long a time-out', { name: 'a', visibilityTimeout: 43_201 }, 'InvalidAttributeValue'],
  ['dead letters nowhere', { name: 'a', redrive: { deadLetterArn: 'x', maxReceiveCount: 1 } }, 'InvalidParameterValue'],
  ['the name of another', { name: 'slack' }, 'QueueNameExists'],
])('a queue with %s is refused', (_, settings, name) => {
  expect(() => sqs.createQueue(settings)).toThrow(expect.objectContaining({ name }))
})
