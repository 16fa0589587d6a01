import type { NewMessage } from '../sqs/queue.ts'

const LONGEST_MESSAGE = 1024

/** The event as Lambda puts it into a dead-letter queue: as it came, with the end of its last try in the attributes. */
export function letterOf({ payload, id, failed }: { payload: string; id: string; failed: string }): NewMessage {
  const { errorMessage } = JSON.parse(failed) as { errorMessage: string }
  return {
    body: payload,
    attributes: {
      RequestID: { DataType: 'String', StringValue: id },
      // The status that a synchronous caller would have got.
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: errorMessage.slice(0, LONGEST_MESSAGE) || 'null' },
    },
    senderId: 'lambda.amazonaws.com',
  }
}
