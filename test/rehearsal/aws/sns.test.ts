import * as sdk from '@aws-sdk/client-sns'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fate } from '../../../rehearsal/aws/fate.ts'
import { compileFilter } from '../../../rehearsal/aws/sns/filter.ts'
import { createSns, type NewSubscription, type OutgoingMail, type Sns } from '../../../rehearsal/aws/sns.ts'
import { createSqs, type Sqs } from '../../../rehearsal/aws/sqs.ts'
import { START, type World, worldWith } from './wire-world.ts'

let world: World
let sns: Sns
let sqs: Sqs
let client: sdk.SNSClient
let topic: string
let queue: { arn: string; url: string }
let mails: (OutgoingMail & { at: number })[]

const mayBeSentBy = (topicArn: string, queueArn: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'sqs:*',
      Resource: queueArn,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
    },
  ],
})

beforeEach(async () => {
  mails = []
  world = await worldWith(clock => {
    sqs = createSqs({ clock, endpoint: () => 'http://queues' })
    sns = createSns({ clock, queues: sqs, mail: mail => mails.push({ ...mail, at: clock.now() - START }) })
    return [sns, sqs]
  })
  client = new sdk.SNSClient(world.client)
  topic = sns.createTopic('releases').arn
  queue = sqs.createQueue({ name: 'slack' })
  sqs.putQueuePolicy(queue.url, mayBeSentBy(topic, queue.arn))
})

afterEach(() => world.close())

const subscribe = (more: Partial<NewSubscription> = {}) =>
  sns.subscribe({ topicArn: topic, protocol: 'sqs', endpoint: queue.arn, ...more })
const publish = (more: Partial<sdk.PublishInput> = {}) =>
  client.send(new sdk.PublishCommand({ TopicArn: topic, Message: 'released', ...more }))
const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })
const arrived = (arn = queue.arn) => sqs.queue(arn)?.receive(10) ?? []

test('a queue gets a message in the envelope of SNS', async () => {
  const subscription = subscribe()
  const { MessageId } = await publish({ Subject: 'Shop', MessageAttributes: { kind: text('released') } })
  await world.clock.sleep(1000)
  const [message] = arrived()
  expect(JSON.parse(message?.body ?? '')).toEqual({
    Type: 'Notification',
    MessageId,
    TopicArn: topic,
    Subject: 'Shop',
    Message: 'released',
    Timestamp: new Date(START).toISOString(),
    SignatureVersion: '1',
    Signature: expect.any(String),
    SigningCertURL: expect.stringContaining('https://sns.eu-west-1.amazonaws.com/'),
    UnsubscribeURL: expect.stringContaining(subscription.arn),
    MessageAttributes: { kind: { Type: 'String', Value: 'released' } },
  })
  expect(message?.sentAt).toBe(START + 50)
})

test('a queue gets a message as it was published when it asks for raw messages', async () => {
  subscribe({ rawMessageDelivery: true })
  await publish({ MessageAttributes: { kind: text('released') } })
  await world.clock.sleep(1000)
  expect(arrived()).toMatchObject([{ body: 'released', attributes: { kind: text('released') } }])
})

test('people get an e-mail whose subject is the message’s, each what their filter lets through', async () => {
  subscribe({ protocol: 'email', endpoint: 'ana@example.com', filterPolicy: { to: ['ana'] } })
  subscribe({ protocol: 'email', endpoint: 'bo@example.com', filterPolicy: { to: ['bo', 'all'] } })
  const to = (name: string) => ({ MessageAttributes: { to: text(name) } })
  await publish({ Message: 'Please approve', Subject: 'Approve shop', ...to('ana') })
  await publish({ Message: 'To all', ...to('all') })
  await publish({ Message: 'To nobody' })
  await world.clock.sleep(1000)
  const from = 'no-reply@sns.amazonaws.com'
  expect(mails).toEqual([
    { at: 50, to: 'ana@example.com', from, subject: 'Approve shop', text: 'Please approve' },
    { at: expect.any(Number), to: 'bo@example.com', from, subject: 'AWS Notification Message', text: 'To all' },
  ])
})

test('a queue that does not let the topic in gets nothing, and the message is told as undelivered', async () => {
  const other = sns.createTopic('other').arn
  subscribe({ topicArn: other })
  await publish({ TopicArn: other })
  await world.clock.sleep(1000)
  expect(arrived()).toEqual([])
  expect(sns.undelivered).toMatchObject([
    { subscription: { endpoint: queue.arn }, message: { text: 'released' }, error: { name: 'AccessDenied' } },
  ])
})

test('what a queue does not take goes to the subscription’s dead letters, if they take it', async () => {
  const dead = sqs.createQueue({ name: 'dead' })
  sqs.putQueuePolicy(dead.url, mayBeSentBy(topic, dead.arn))
  subscribe({ endpoint: 'arn:aws:sqs:eu-west-1:111122223333:gone', deadLetterArn: dead.arn, rawMessageDelivery: true })
  await publish()
  await world.clock.sleep(1000)
  expect(arrived(dead.arn).map(({ body }) => body)).toEqual(['released'])
  expect(sns.undelivered).toEqual([])
  sqs.putQueuePolicy(dead.url, { Statement: [] })
  await publish()
  await world.clock.sleep(1000)
  expect(sns.undelivered).toMatchObject([{ error: { name: 'QueueDoesNotExist' } }])
})

test('a message with more attributes than a queue takes reaches no raw subscription', async () => {
  subscribe({ rawMessageDelivery: true })
  const many = Array.from({ length: 11 }, (_, at) => [`a${at}`, text('x')])
  await publish({ MessageAttributes: Object.fromEntries(many) })
  await world.clock.sleep(1000)
  expect(sns.undelivered).toHaveLength(1)
})

test('a delivery can be dropped, be late, or come twice', async () => {
  subscribe({ rawMessageDelivery: true })
  const fates: Record<string, Fate> = { drop: 'drop', late: { delayMs: 60_000 }, twice: 'twice' }
  sns.faults = ({ text: name }) => fates[name] ?? 'deliver'
  const release = world.clock.hold('the test')
  for (const Message of ['drop', 'late', 'twice']) await publish({ Message })
  release()
  await world.clock.sleep(120_000)
  expect(arrived().map(({ body, sentAt }) => [body, sentAt - START])).toEqual([
    ['twice', 50],
    ['twice', 1050],
    ['late', 60_050],
  ])
})

test('a message can be overtaken by the next to the same subscriber', async () => {
  subscribe({ rawMessageDelivery: true })
  sns.faults = ({ text: name }) => (name === 'first' ? { behindNext: () => {} } : 'deliver')
  const release = world.clock.hold('the test')
  for (const Message of ['first', 'second']) await publish({ Message })
  release()
  await world.clock.sleep(10_000)
  expect(arrived().map(({ body, sentAt }) => [body, sentAt - START])).toEqual([
    ['second', 50],
    ['first', 100],
  ])
})

test('a message of 256 KiB, attributes included, is taken, and one byte more is not', async () => {
  const MessageAttributes = { kind: text('abc') }
  const most = 262_144 - 'kind'.length - 'String'.length - 'abc'.length
  await publish({ Message: 'x'.repeat(most), MessageAttributes })
  await expect(publish({ Message: 'x'.repeat(most + 1), MessageAttributes })).rejects.toThrow('Message too long')
})

test.each<[string, Partial<sdk.PublishInput>, string, string]>([
  ['to no topic', { TopicArn: undefined }, 'InvalidParameterException', 'TopicArn or TargetArn Reason: no value'],
  ['to what is no topic', { TopicArn: 'releases' }, 'InvalidParameterException', 'Invalid parameter: TopicArn'],
  [
    'to a topic that is not there',
    { TopicArn: 'arn:aws:sns:eu-west-1:111122223333:none' },
    'NotFoundException',
    'Topic does not exist',
  ],
  ['without text', { Message: '' }, 'InvalidParameterException', 'Empty message'],
  ['with a subject of 100 characters', { Subject: 'x'.repeat(100) }, 'InvalidParameterException', 'Subject'],
  ['with a subject of two lines', { Subject: 'a\nb' }, 'InvalidParameterException', 'Subject'],
  ['with a subject that is not ASCII', { Subject: 'Grüße' }, 'InvalidParameterException', 'Subject'],
  ['with a subject that begins with a space', { Subject: ' a' }, 'InvalidParameterException', 'Subject'],
  ['with an empty attribute', { MessageAttributes: { a: text('') } }, 'InvalidParameterValueException', 'non-empty'],
  ['with a reserved name', { MessageAttributes: { 'AWS.a': text('x') } }, 'InvalidParameterValueException', 'AWS.a'],
  [
    'with a number that is none',
    { MessageAttributes: { a: text('x', 'Number') } },
    'InvalidParameterValueException',
    'cast',
  ],
  [
    'with a list that is none',
    { MessageAttributes: { a: text('x', 'String.Array') } },
    'InvalidParameterValueException',
    'array',
  ],
  ['with an unknown type', { MessageAttributes: { a: text('x', 'Date') } }, 'InvalidParameterValueException', 'type'],
  ['for each protocol another', { MessageStructure: 'json' }, 'NotRehearsed', 'sns:Publish with MessageStructure'],
  ['in a group', { MessageGroupId: 'g' }, 'NotRehearsed', 'sns:Publish with MessageGroupId'],
])('a message %s is refused', async (_, more, name, message) => {
  await expect(publish(more)).rejects.toMatchObject({ name, message: expect.stringContaining(message) })
})

test('what else SNS can do is refused by name', async () => {
  await expect(client.send(new sdk.CreateTopicCommand({ Name: 'a' }))).rejects.toThrow('sns:CreateTopic is not part')
})

test.each<[string, Partial<NewSubscription>, string]>([
  ['to a function', { protocol: 'lambda' }, 'an SNS subscription of the protocol lambda is not part'],
  ['to a topic that is not there', { topicArn: 'x' }, 'Topic does not exist'],
  ['of a queue by its URL', { endpoint: 'http://queues/slack' }, 'Invalid parameter: SQS endpoint ARN'],
  ['of an address that is none', { protocol: 'email', endpoint: 'ana' }, 'Invalid parameter: Email address'],
  ['of raw e-mail', { protocol: 'email', endpoint: 'a@b', rawMessageDelivery: true }, 'RawMessageDelivery'],
  ['with a nested filter', { filterPolicy: { a: { b: ['c'] } } }, 'does not support nested filter policy'],
  [
    'with a filter that is no filter',
    { filterPolicy: { a: [{ likes: 'b' }] } },
    'FilterPolicy: Unrecognized match type',
  ],
  [
    'with a filter of six names',
    { filterPolicy: Object.fromEntries([...'abcdef'].map(name => [name, ['x']])) },
    '5 keys',
  ],
  ['with a filter of alternatives', { filterPolicy: { $or: [{ a: ['b'] }, { c: ['d'] }] } }, '$or in a filter policy'],
])('a subscription %s is refused', (_, more, message) => {
  expect(() => subscribe(more)).toThrow(message)
})

describe('a filter policy', () => {
  const attributes = {
    kind: text('rolled-back'),
    count: text('3', 'Number'),
    apps: text('["shop","blog"]', 'String.Array'),
  }
  test.each<[object, boolean]>([
    [{}, true],
    [{ kind: ['released', 'rolled-back'] }, true],
    [{ kind: ['released'] }, false],
    [{ kind: [{ prefix: 'rolled' }] }, true],
    [{ kind: [{ 'anything-but': ['released'] }] }, true],
    [{ other: [{ 'anything-but': ['released'] }] }, false],
    [{ other: [{ exists: false }] }, true],
    [{ kind: [{ exists: false }] }, false],
    [{ count: [{ numeric: ['>', 2] }] }, true],
    [{ count: ['3'] }, false],
    [{ apps: ['blog'] }, true],
    [{ apps: ['blog'], kind: ['released'] }, false],
  ])('%j lets a message through: %s', (policy, expected) => {
    expect(compileFilter(policy)(attributes)).toBe(expected)
  })
})

test('the subscriptions of a topic are listed a hundred at a time', async () => {
  for (let n = 0; n < 101; n++)
    sns.subscribe({ topicArn: topic, protocol: 'email', endpoint: `reader-${n}@shop.example` })
  const first = await client.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn: topic }))
  expect(first.Subscriptions).toHaveLength(100)
  const { NextToken } = first
  const rest = await client.send(new sdk.ListSubscriptionsByTopicCommand({ TopicArn: topic, NextToken }))
  expect(rest.Subscriptions).toMatchObject([
    { Protocol: 'email', Endpoint: 'reader-100@shop.example', TopicArn: topic },
  ])
  expect(rest.NextToken).toBeUndefined()
})
