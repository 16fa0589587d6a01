import type { MessageAttributeValue } from '@aws-sdk/client-sns'
import { REGION } from '../service.ts'
import type { NewMessage } from '../sqs/queue.ts'

/** A published message on its way. */
export interface Notification {
  id: string
  topicArn: string
  subject?: string
  text: string
  /** AWS time of its publishing. */
  at: number
  attributes: Record<string, MessageAttributeValue>
}

/** The message as a queue gets it: as it was published, or in SNS's envelope, whose signature nobody can verify here. */
export function queueMessage(
  message: Notification,
  { arn, rawMessageDelivery = false }: { arn: string; rawMessageDelivery?: boolean },
): Required<Pick<NewMessage, 'body' | 'attributes'>> {
  if (rawMessageDelivery) return { body: message.text, attributes: message.attributes }
  const shown = Object.entries(message.attributes).map(([name, { DataType, StringValue }]) => [
    name,
    { Type: DataType, Value: StringValue },
  ])
  const origin = `https://sns.${REGION}.amazonaws.com/`
  const envelope = {
    Type: 'Notification',
    MessageId: message.id,
    TopicArn: message.topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: message.text,
    Timestamp: new Date(message.at).toISOString(),
    SignatureVersion: '1',
    Signature: 'UmVoZWFyc2Vk',
    SigningCertURL: `${origin}SimpleNotificationService-rehearsed.pem`,
    UnsubscribeURL: `${origin}?Action=Unsubscribe&SubscriptionArn=${arn}`,
    ...(shown.length > 0 && { MessageAttributes: Object.fromEntries(shown) }),
  }
  return { body: JSON.stringify(envelope, null, 2), attributes: {} }
}
