import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { once } from '../environment.ts'

/** Telling people takes nothing of the time that a step has for its work: what SNS does not take at once is not sent. */
const client = once(
  () =>
    new SNSClient({
      requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
    }),
)

/** Publishes one message; attributes are texts that subscriptions filter by. */
export async function publish(
  TopicArn: string,
  message: { text: string; subject?: string; attributes?: Record<string, string> },
): Promise<void> {
  await client().send(
    new PublishCommand({
      TopicArn,
      Message: message.text,
      ...(message.subject !== undefined && { Subject: message.subject }),
      MessageAttributes: Object.fromEntries(
        Object.entries(message.attributes ?? {}).map(([key, StringValue]) => [
          key,
          { DataType: 'String', StringValue },
        ]),
      ),
    }),
  )
}
