import type { Clock } from '../../clock.ts'
import { createIam, type Iam } from '../iam/iam.ts'
import { AwsError, type Invocation } from '../service.ts'
import { sqsEvent } from '../sqs/event.ts'
import type { Queue, Received } from '../sqs/queue.ts'
import { range } from '../wire/constraints.ts'
import { isRecord } from '../wire/shape.ts'
import type { Lambda } from './lambda.ts'

export interface EventSource {
  queueArn: string
  /** Name or ARN, with or without a version. */
  functionName: string
  /** 1 to 10; 10 if absent. */
  batchSize?: number
  /** The function says which messages of a batch have failed (ReportBatchItemFailures). */
  reportsFailures?: boolean
}

export interface EventSources {
  /** Reads the queue for the function from now on. */
  create(source: EventSource): void
}

export interface EventSourcesOptions {
  clock: Clock
  lambda: Pick<Lambda, 'invoke' | 'timeoutOf' | 'roleOf'>
  queues: { queue(arn: string): Queue | undefined }
  /** Judges the functions' roles, as which Lambda reads. Default: nobody is judged. */
  iam?: Pick<Iam, 'allows'>
  onSurprise: (error: unknown) => void
}

/** From a message's arrival to Lambda's receiving it: what arrives in it together comes as one batch. */
const LATENCY_MS = 20
/** Lambda would start with five readers; each invocation is a process on this machine. */
const AT_ONCE = 2

/** What Lambda does as the function's role before a message is there. */
const READING = ['GetQueueAttributes', 'ReceiveMessage']

/** Lambda's event source mappings, of queues. They read when a message is there to be read, instead of polling. */
export function createEventSources(options: EventSourcesOptions): EventSources {
  const { clock, lambda, queues, iam = createIam(), onSurprise } = options

  function may(action: string, queue: Queue, functionName: string): boolean {
    return iam.allows(lambda.roleOf(functionName), [{ action: `sqs:${action}`, resource: queue.arn }])
  }

  function read(queue: Queue, { functionName, batchSize = 10, reportsFailures = false }: EventSource): void {
    let running = 0
    let isAwaited = false

    async function work(messages: Received[]): Promise<void> {
      const handles = messages.map(({ receiptHandle }) => receiptHandle)
      queue.setRealTime(handles, true)
      const failed = await failures(messages, () => lambda.invoke(functionName, sqsEvent(queue.arn, messages)))
      queue.setRealTime(handles, false)
      const done = messages.filter(({ id }) => !failed(id))
      if (done.length > 0 && may('DeleteMessage', queue, functionName))
        for (const { receiptHandle } of done) queue.delete(receiptHandle)
    }

    async function failures(messages: Received[], invoke: () => Promise<Invocation>): Promise<(id: string) => boolean> {
      try {
        const { payload, functionError } = await invoke()
        if (functionError) return () => true
        return reportsFailures ? reported(payload, messages) : () => false
      } catch (error) {
        if (error instanceof AwsError) return () => true
        throw error
      }
    }

    function receive(): void {
      if (queue.count('visible') === 0 || !READING.every(action => may(action, queue, functionName))) return
      while (running < AT_ONCE) {
        const messages = queue.receive(batchSize)
        if (messages.length === 0) return
        running++
        const done = () => {
          running--
          receive()
        }
        work(messages).then(done, onSurprise)
      }
    }

    function receiveSoon(): void {
      if (isAwaited) return
      isAwaited = true
      clock.timer(LATENCY_MS, () => {
        isAwaited = false
        receive()
      })
    }

    queue.onVisible(receiveSoon)
    receiveSoon()
  }

  return {
    create(source) {
      range('batchSize', source.batchSize, 1, 10)
      const queue = queues.queue(source.queueArn)
      if (!queue) throw invalid('Error occurred while ReceiveMessage. SQS Error Code: QueueDoesNotExist.')
      for (const action of READING)
        if (!may(action, queue, source.functionName))
          throw invalid(`The provided execution role does not have permissions to call ${action} on SQS`)
      const timeout = lambda.timeoutOf(source.functionName)
      const { visibilityTimeout } = queue.settings
      if (visibilityTimeout < timeout) {
        const message = `Queue visibility timeout: ${visibilityTimeout} seconds is less than Function timeout: ${timeout} seconds`
        throw invalid(message)
      }
      read(queue, source)
    },
  }
}

/** Which messages failed by the function's answer; an answer that does not say so in Lambda's form fails all of them. */
function reported(answer: unknown, messages: readonly Received[]): (id: string) => boolean {
  const ids = failedIds(answer)
  if (!ids || ids.some(id => !messages.some(message => message.id === id))) return () => true
  return id => ids.includes(id)
}

function failedIds(answer: unknown): string[] | undefined {
  if (answer === null) return []
  if (!isRecord(answer)) return undefined
  const { batchItemFailures = [] } = answer
  if (batchItemFailures === null) return []
  if (!Array.isArray(batchItemFailures)) return undefined
  const ids: unknown[] = batchItemFailures.map(failure => (isRecord(failure) ? failure.itemIdentifier : undefined))
  return ids.every(id => typeof id === 'string') ? ids : undefined
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' })
}
