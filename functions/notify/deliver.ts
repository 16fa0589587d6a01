import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { type Notification, notification } from '../../events/notification.ts'
import { comesAgain } from '../aws/queues.ts'
import { logger, releaseKeys } from '../step.ts'
import { type NotDone, pauseAfter } from './answers.ts'

/** What became of one notification. */
export type Delivered = { kind: 'told' } | { kind: 'nobody'; because: string } | NotDone

/**
 * Hands each message of a queue on. One that cannot be told now stays in the queue, a little longer each time and at least for
 * as long as was asked; one that can never be told is logged and dropped.
 */
export async function deliver(
  { Records }: SQSEvent,
  tell: (told: Notification) => Promise<Delivered>,
): Promise<SQSBatchResponse> {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
  for (const record of Records) {
    const parsed = notification.safeParse(asJson(record.body))
    if (!parsed.success) {
      logger.error('malformed message: nobody told', { problems: parsed.error.issues })
      continue
    }
    const { id, about, transition } = parsed.data
    logger.appendKeys({ ...releaseKeys({ ...about, ...transition }), notification: id })
    const delivered = await tell(parsed.data)
    if (!(await isOver(delivered, record))) batchItemFailures.push({ itemIdentifier: record.messageId })
  }
  return { batchItemFailures }
}

async function isOver(delivered: Delivered, record: SQSRecord): Promise<boolean> {
  switch (delivered.kind) {
    case 'told':
      logger.info('told')
      return true
    case 'nobody':
      logger.info(`nobody told: ${delivered.because}`)
      return true
    case 'refused':
      logRefused(delivered)
      return true
    case 'mend':
      logger.error(`not told yet: ${delivered.because}`, { todo: delivered.todo })
      break
    default:
      logger.warn(`not told yet: ${delivered.because}`)
  }
  const receives = Number(record.attributes.ApproximateReceiveCount)
  // Who asks for little every time would use up the receives that a message has.
  const asked = delivered.kind === 'slow-down' ? delivered.seconds : 0
  await comesAgain(record.eventSourceARN, record.receiptHandle, Math.max(asked, pauseAfter(receives)))
  return false
}

/** Does one thing after the other; what is refused for ever keeps nothing else from being told. Ends at what has to wait. */
export async function inTurn(parts: (() => Promise<Delivered>)[]): Promise<Delivered> {
  for (const part of parts) {
    const delivered = await part()
    if (delivered.kind === 'refused') logRefused(delivered)
    else if (delivered.kind !== 'told') return delivered
  }
  return { kind: 'told' }
}

function logRefused({ because, todo }: NotDone & { kind: 'refused' }): void {
  logger.error(`never told: ${because}`, { todo })
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
