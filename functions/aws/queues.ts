import { ChangeMessageVisibilityCommand, GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { once } from '../environment.ts'

const client = once(() => new SQSClient({}))
const urls = once(() => new Map<string, string>())

/** SQS lets no message be hidden for longer. */
const LONGEST_SECONDS = 43_200

/** A message that was received comes again after so many seconds from now, whatever the queue's own time-out is. */
export async function comesAgain(queueArn: string, ReceiptHandle: string, seconds: number): Promise<void> {
  const VisibilityTimeout = Math.min(Math.max(Math.ceil(seconds), 0), LONGEST_SECONDS)
  const QueueUrl = await urlOf(queueArn)
  await client().send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
}

/** Whoever reads the queue gets this message, as JSON, after so many seconds. */
export async function sendLater(QueueUrl: string, message: object, DelaySeconds: number): Promise<void> {
  await client().send(new SendMessageCommand({ QueueUrl, DelaySeconds, MessageBody: JSON.stringify(message) }))
}

async function urlOf(queueArn: string): Promise<string> {
  const known = urls().get(queueArn)
  if (known) return known
  const { QueueUrl } = await client().send(new GetQueueUrlCommand({ QueueName: queueArn.split(':').at(-1) }))
  if (!QueueUrl) throw new Error(`SQS names no URL of ${queueArn}`)
  urls().set(queueArn, QueueUrl)
  return QueueUrl
}
