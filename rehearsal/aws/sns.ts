import { createHash, randomUUID } from 'node:crypto'
import * as sdk from '@aws-sdk/client-sns'
import type { Clock } from '../clock.ts'
import { SNS_AUTHORIZATION } from './authorization/sns.ts'
import { type Courier, createCourier, type Fate } from './fate.ts'
import { ACCOUNT, AwsError, arn, type Service } from './service.ts'
import { compileFilter, type Filter } from './sns/filter.ts'
import { type Notification, queueMessage } from './sns/message.ts'
import { checkPublish } from './sns/publish.ts'
import type { Queue } from './sqs/queue.ts'
import { notRehearsed } from './wire/endpoint.ts'

export interface NewSubscription {
  topicArn: string
  protocol: string
  /** A queue's ARN, or an e-mail address. */
  endpoint: string
  filterPolicy?: unknown
  /** Queues only: the message as it was published, without SNS's envelope. */
  rawMessageDelivery?: boolean
  /** The queue that gets what could not be delivered. */
  deadLetterArn?: string
}

export interface Subscription extends NewSubscription {
  arn: string
}

/** An e-mail as its reader gets it. */
export interface OutgoingMail {
  to: string
  from: string
  subject: string
  text: string
}

/** What reached neither its subscriber nor a dead-letter queue. */
export interface UndeliveredNotification {
  subscription: Subscription
  message: Notification
  error: AwsError
}

export interface Sns extends Service {
  createTopic(name: string): { arn: string }
  /** An e-mail subscription counts as confirmed at once; on AWS it gets nothing until its reader has confirmed it. */
  subscribe(subscription: NewSubscription): { arn: string }
  unsubscribe(arn: string): void
  /** Decided per message and matching subscription. Default: deliver. */
  faults: (message: Notification, subscription: Subscription) => Fate
  readonly undelivered: readonly UndeliveredNotification[]
}

export interface SnsOptions {
  clock: Clock
  queues: { queue(arn: string): Queue | undefined }
  mail: (message: OutgoingMail) => void
}

/** Subscriptions that are told at once. */
const PAGE = 100
const LATENCY_MS = 50
const SENDER = 'no-reply@sns.amazonaws.com'
const DEFAULT_SUBJECT = 'AWS Notification Message'

/** Topics that tell queues and people's mailboxes. */
export function createSns({ clock, queues, mail }: SnsOptions): Sns {
  const topics = new Map<string, (Subscription & { accepts: Filter; courier: Courier })[]>()
  const undelivered: UndeliveredNotification[] = []

  function deliver(subscription: Subscription, message: Notification): void {
    const { endpoint: to, deadLetterArn } = subscription
    if (subscription.protocol === 'email') {
      mail({ to, from: SENDER, subject: message.subject ?? DEFAULT_SUBJECT, text: message.text })
      return
    }
    const error = put(to, subscription, message)
    if (error && (deadLetterArn === undefined || put(deadLetterArn, subscription, message))) {
      undelivered.push({ subscription, message, error })
    }
  }

  /** Returns why the queue does not have it. SNS repeats no delivery that is forbidden. */
  function put(queueArn: string, subscription: Subscription, message: Notification): AwsError | undefined {
    const queue = queues.queue(queueArn)
    if (!queue) return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
    const service = 'sns.amazonaws.com'
    const { topicArn: sourceArn } = subscription
    if (!queue.policy({ service, action: 'sqs:SendMessage', resource: queueArn, sourceArn })) {
      const asked = `User: ${service} is not authorized to perform: sqs:SendMessage on resource: ${queueArn}`
      return new AwsError(
        'AccessDenied',
        `${asked} because no resource-based policy allows the sqs:SendMessage action`,
        403,
      )
    }
    const written = queueMessage(message, subscription)
    if (Object.keys(written.attributes).length > 10) {
      return new AwsError('InvalidParameterValue', 'Number of message attributes exceeds the allowed maximum [10].')
    }
    queue.send({ ...written, senderId: service })
    return undefined
  }

  const sns: Sns = {
    signingName: 'sns',
    sdk,
    faults: () => 'deliver',
    undelivered,
    createTopic(name) {
      if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) throw invalid('Topic Name')
      const topicArn = arn('sns', name)
      topics.set(topicArn, topics.get(topicArn) ?? [])
      return { arn: topicArn }
    },
    subscribe(given) {
      const subscriptions = topics.get(given.topicArn)
      if (!subscriptions) throw noSuchTopic()
      checkSubscription(given)
      const subscription = { ...given, arn: subscriptionArn(given) }
      if (subscriptions.some(one => one.arn === subscription.arn)) {
        throw invalid('Attributes Reason: Subscription already exists with different attributes')
      }
      const courier = createCourier(clock, LATENCY_MS)
      subscriptions.push({ ...subscription, accepts: compileFilter(given.filterPolicy), courier })
      return { arn: subscription.arn }
    },
    unsubscribe(subscriptionArn) {
      for (const [topicArn, subscriptions] of topics)
        topics.set(
          topicArn,
          subscriptions.filter(one => one.arn !== subscriptionArn),
        )
    },
    authorization: SNS_AUTHORIZATION,
    operations: {
      ListSubscriptionsByTopic(input: sdk.ListSubscriptionsByTopicInput): sdk.ListSubscriptionsByTopicResponse {
        const subscriptions = topics.get(input.TopicArn ?? '')
        if (!subscriptions) throw noSuchTopic()
        const from = Number(input.NextToken ?? 0)
        const NextToken = from + PAGE < subscriptions.length ? String(from + PAGE) : undefined
        const Subscriptions = subscriptions.slice(from, from + PAGE).map(one => ({
          ...{ SubscriptionArn: one.arn, Owner: ACCOUNT, Protocol: one.protocol },
          ...{ Endpoint: one.endpoint, TopicArn: one.topicArn },
        }))
        return { Subscriptions, ...(NextToken !== undefined && { NextToken }) }
      },

      Publish(input: sdk.PublishInput): sdk.PublishResponse {
        const { TopicArn, Message, Subject, MessageAttributes: attributes = {} } = input
        checkPublish(input)
        const subscriptions = topics.get(TopicArn ?? '')
        if (!subscriptions) throw noSuchTopic()
        const message: Notification = {
          id: randomUUID(),
          topicArn: TopicArn ?? '',
          text: Message ?? '',
          at: clock.now(),
          attributes,
          ...(Subject !== undefined && { subject: Subject }),
        }
        for (const { accepts, courier, ...subscription } of subscriptions) {
          if (!accepts(attributes)) continue
          const fate = sns.faults(message, subscription)
          courier({ kind: 'notification', fate }, () => deliver(subscription, message))
        }
        return { MessageId: message.id }
      },
    },
  }
  return sns
}

function checkSubscription({ protocol, endpoint, rawMessageDelivery, deadLetterArn }: NewSubscription): void {
  if (protocol !== 'sqs' && protocol !== 'email') throw notRehearsed(`an SNS subscription of the protocol ${protocol}`)
  if (protocol === 'sqs' && !/^arn:aws:sqs:[^:]+:\d{12}:.+$/.test(endpoint)) throw invalid('SQS endpoint ARN')
  if (protocol === 'email' && !/^[^@\s]+@[^@\s]+$/.test(endpoint)) throw invalid('Email address')
  if (protocol === 'email' && rawMessageDelivery) {
    throw invalid(
      'Attributes Reason: RawMessageDelivery: Delivery protocol [email] does not support raw message delivery.',
    )
  }
  if (deadLetterArn !== undefined && !deadLetterArn.startsWith('arn:aws:sqs:')) throw invalid('RedrivePolicy')
}

/** The same for the same subscriber: SNS knows a subscription by topic, protocol and endpoint. */
function subscriptionArn({ topicArn, protocol, endpoint }: NewSubscription): string {
  const digest = createHash('sha256').update(`${topicArn}/${protocol}/${endpoint}`).digest('hex')
  return `${topicArn}:${digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')}`
}

function noSuchTopic(): AwsError {
  return new AwsError('NotFoundException', 'Topic does not exist')
}

function invalid(what: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid parameter: ${what}`)
}
