import type * as sdk from '@aws-sdk/client-sqs'
import { type MessageAttributeValue, QueueAttributeName } from '@aws-sdk/client-sqs'
import { ACCOUNT, AwsError, arn, type Caller, type Operations } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import { md5, md5OfAttributes } from './digests.ts'
import type { Held, Queue, Received } from './queue.ts'

export interface Queues {
  /** Throws QueueDoesNotExist. */
  byUrl(url: string | undefined): Queue
  byArn(arn: string): Queue | undefined
}

export function sqsOperations(queues: Queues): Operations {
  return {
    SendMessage(input: sdk.SendMessageRequest, { principal }: Caller): sdk.SendMessageResult {
      refuseMembers('SendMessage', input, SEND)
      const { QueueUrl, MessageBody: body = '', DelaySeconds, MessageAttributes: attributes = {} } = input
      const queue = queues.byUrl(QueueUrl)
      checkRange('DelaySeconds', DelaySeconds, 0, 900, 'DelaySeconds must be >= 0 and <= 900.')
      checkContent(body, attributes, queue)
      const id = queue.send({ body, attributes, senderId: principal }, DelaySeconds)
      return { MessageId: id, MD5OfMessageBody: md5(body), ...digestOf(attributes) }
    },

    ReceiveMessage(input: sdk.ReceiveMessageRequest): sdk.ReceiveMessageResult {
      refuseMembers('ReceiveMessage', input, RECEIVE)
      const { QueueUrl, MaxNumberOfMessages: most = 1, VisibilityTimeout, WaitTimeSeconds = 0 } = input
      const queue = queues.byUrl(QueueUrl)
      checkRange('MaxNumberOfMessages', most, 1, 10, 'Must be between 1 and 10, if provided.')
      checkVisibility(VisibilityTimeout)
      if (WaitTimeSeconds !== 0) throw notRehearsed('sqs:ReceiveMessage with WaitTimeSeconds')
      const Messages = queue.receive(most, VisibilityTimeout).map(message => shown(message, input))
      return Messages.length > 0 ? { Messages } : {}
    },

    DeleteMessage({ QueueUrl, ReceiptHandle }: sdk.DeleteMessageRequest): object {
      known(queues.byUrl(QueueUrl).delete(ReceiptHandle ?? ''), ReceiptHandle)
      return {}
    },

    ChangeMessageVisibility(input: sdk.ChangeMessageVisibilityRequest): object {
      const { QueueUrl, ReceiptHandle, VisibilityTimeout = 0 } = input
      const queue = queues.byUrl(QueueUrl)
      checkVisibility(VisibilityTimeout)
      const held = queue.hideFor(ReceiptHandle ?? '', VisibilityTimeout)
      if (known(held, ReceiptHandle) === 'not-in-flight') {
        throw new AwsError('MessageNotInflight', "The message referred to isn't in flight.")
      }
      return {}
    },

    GetQueueAttributes({ QueueUrl, AttributeNames = [] }: sdk.GetQueueAttributesRequest): sdk.GetQueueAttributesResult {
      const attributes = attributesOf(queues.byUrl(QueueUrl))
      const strange = AttributeNames.find(name => name !== 'All' && !(name in attributes))
      if (strange && !Object.values<string>(QueueAttributeName).includes(strange)) {
        throw new AwsError('InvalidAttributeName', `Unknown Attribute ${strange}.`)
      }
      // A queue without dead letters has no RedrivePolicy to tell.
      if (strange && strange !== 'RedrivePolicy') throw notRehearsed(`sqs:GetQueueAttributes of ${strange}`)
      const all = AttributeNames.includes('All')
      const asked = Object.entries(attributes).filter(([name]) => all || (AttributeNames as string[]).includes(name))
      return asked.length > 0 ? { Attributes: Object.fromEntries(asked) } : {}
    },

    GetQueueUrl({ QueueName = '', QueueOwnerAWSAccountId = ACCOUNT }: sdk.GetQueueUrlRequest): sdk.GetQueueUrlResult {
      const queue = QueueOwnerAWSAccountId === ACCOUNT ? queues.byArn(arn('sqs', QueueName)) : undefined
      if (!queue) throw noSuchQueue()
      return { QueueUrl: queue.url }
    },
  }
}

const SEND = ['QueueUrl', 'MessageBody', 'DelaySeconds', 'MessageAttributes']
const RECEIVE = [
  'QueueUrl',
  'AttributeNames',
  'MessageSystemAttributeNames',
  'MessageAttributeNames',
  'MaxNumberOfMessages',
  'VisibilityTimeout',
  'WaitTimeSeconds',
]

function refuseMembers(operation: string, input: object, members: string[]): void {
  const unknown = Object.keys(input).find(name => !members.includes(name))
  if (unknown) throw notRehearsed(`sqs:${operation} with ${unknown}`)
}

export function noSuchQueue(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
}

export function invalidValue(value: unknown, parameter: string, reason: string): AwsError {
  const message = `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`
  return new AwsError('InvalidParameterValue', message)
}

function checkRange(parameter: string, value: number | undefined, least: number, most: number, reason: string): void {
  if (value !== undefined && (value < least || value > most)) throw invalidValue(value, parameter, reason)
}

function checkVisibility(seconds: number | undefined): void {
  checkRange('VisibilityTimeout', seconds, 0, 43_200, 'VisibilityTimeout must be between 0 and 43200 seconds')
}

/** What XML 1.0 cannot say. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

function checkContent(body: string, attributes: Record<string, MessageAttributeValue>, queue: Queue): void {
  if (body === '') throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.')
  if (NO_XML.test(body)) {
    throw new AwsError('InvalidMessageContents', 'Invalid characters found in the message body.')
  }
  if (Object.keys(attributes).length > 10) {
    throw new AwsError('InvalidParameterValue', 'Number of message attributes exceeds the allowed maximum [10].')
  }
  let bytes = Buffer.byteLength(body)
  for (const [name, { DataType = '', StringValue, BinaryValue }] of Object.entries(attributes)) {
    const value = /^Binary(\.|$)/.test(DataType) ? BinaryValue : StringValue
    if (!/^(String|Number|Binary)(\..+)?$/.test(DataType)) {
      const wrong = `The message attribute '${name}' has an invalid message attribute type`
      throw new AwsError(
        'InvalidParameterValue',
        `${wrong}, the set of supported type prefixes is Binary, Number, and String.`,
      )
    }
    if (!value?.length) {
      const wrong = `The message attribute '${name}' must contain non-empty message attribute value`
      throw new AwsError('InvalidParameterValue', `${wrong} for message attribute type '${DataType}'.`)
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(value)
  }
  const { maximumMessageSize } = queue.settings
  if (bytes <= maximumMessageSize) return
  const limit = `Message must be shorter than ${maximumMessageSize} bytes.`
  throw new AwsError('InvalidParameterValue', `One or more parameters are invalid. Reason: ${limit}`)
}

function known(held: Held, handle: string | undefined): Held {
  if (held !== 'unknown') return held
  throw new AwsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`)
}

function digestOf(attributes: Record<string, MessageAttributeValue>) {
  return Object.keys(attributes).length > 0 ? { MD5OfMessageAttributes: md5OfAttributes(attributes) } : {}
}

function shown(message: Received, asked: sdk.ReceiveMessageRequest): sdk.Message {
  const { AttributeNames = [], MessageSystemAttributeNames = [], MessageAttributeNames = [] } = asked
  const names: string[] = [...AttributeNames, ...MessageSystemAttributeNames]
  const system = Object.entries(systemAttributes(message)).filter(([name]) =>
    names.some(one => one === name || one === 'All'),
  )
  const own = Object.entries(message.attributes).filter(([name]) =>
    MessageAttributeNames.some(one => isAskedFor(one, name)),
  )
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(own.length > 0 && { MessageAttributes: Object.fromEntries(own), ...digestOf(Object.fromEntries(own)) }),
  }
}

/** `All`, `.*`, a name, or `prefix.*`. */
function isAskedFor(asked: string, name: string): boolean {
  return asked === 'All' || asked === name || (asked.endsWith('.*') && name.startsWith(asked.slice(0, -2)))
}

/** What SQS itself says of a message. */
export function systemAttributes(message: Received): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(Math.floor(message.sentAt)),
    SenderId: message.senderId,
    ApproximateFirstReceiveTimestamp: String(Math.floor(message.firstReceivedAt)),
    ...(message.sourceArn && { DeadLetterQueueSourceArn: message.sourceArn }),
  }
}

function attributesOf(queue: Queue): Record<string, string> {
  const { visibilityTimeout, delay, maximumMessageSize, redrive } = queue.settings
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(queue.count('visible')),
    ApproximateNumberOfMessagesNotVisible: String(queue.count('hidden')),
    ApproximateNumberOfMessagesDelayed: String(queue.count('delayed')),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    VisibilityTimeout: String(visibilityTimeout),
    DelaySeconds: String(delay),
    MaximumMessageSize: String(maximumMessageSize),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
  }
}
