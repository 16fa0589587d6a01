import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { REGION } from '../service.ts'
import { md5, md5OfAttributes } from './digests.ts'
import { systemAttributes } from './operations.ts'
import type { Received } from './queue.ts'

/** A batch of messages as Lambda hands it to a function. */
export function sqsEvent(queueArn: string, messages: readonly Received[]): object {
  return { Records: messages.map(message => record(queueArn, message)) }
}

function record(queueArn: string, message: Received): object {
  const hasAttributes = Object.keys(message.attributes).length > 0
  return {
    messageId: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, of]) => [name, attribute(of)]),
    ),
    ...(hasAttributes && { md5OfMessageAttributes: md5OfAttributes(message.attributes) }),
    md5OfBody: md5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: REGION,
  }
}

function attribute({ DataType, StringValue, BinaryValue }: MessageAttributeValue): object {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  }
}
