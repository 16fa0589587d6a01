import * as sdk from '@aws-sdk/client-sqs'
import type { Clock } from '../clock.ts'
import { SQS_AUTHORIZATION } from './authorization/sqs.ts'
import { compileResourcePolicy } from './resource-policy.ts'
import { ACCOUNT, AwsError, arn, type Service } from './service.ts'
import { invalidValue, noSuchQueue, sqsOperations } from './sqs/operations.ts'
import { Queue, type QueueSettings } from './sqs/queue.ts'

export interface Sqs extends Service {
  createQueue(settings: QueueSettings): { arn: string; url: string }
  /** Other settings for the queue of that name. */
  updateQueue(settings: QueueSettings): void
  /** Replaces the queue's policy; without one no service may send to it. */
  putQueuePolicy(url: string, document: unknown): void
  /** By ARN; undefined when there is none. */
  queue(arn: string): Queue | undefined
}

export interface SqsOptions {
  clock: Clock
  /**
   * What queue URLs begin with. Here it is the rehearsal's own endpoint, not AWS's address: the SDK's client sends to the
   * host of the queue's URL, whatever AWS_ENDPOINT_URL says.
   */
  endpoint: () => string
}

export function createSqs({ clock, endpoint }: SqsOptions): Sqs {
  const queues = new Map<string, Queue>()
  const byUrl = (url = ''): Queue => {
    const found = [...queues.values()].find(queue => queue.url === url)
    if (!found) throw noSuchQueue()
    return found
  }

  const deadLettersOf = (redrive: QueueSettings['redrive']): Queue | undefined => {
    const found = redrive && queues.get(redrive.deadLetterArn)
    if (redrive && !found)
      throw invalidValue(JSON.stringify(redrive), 'RedrivePolicy', 'Dead letter target does not exist.')
    return found
  }

  return {
    signingName: 'sqs',
    sdk,
    authorization: SQS_AUTHORIZATION,
    operations: sqsOperations({ byUrl, byArn: queueArn => queues.get(queueArn) }),
    createQueue(settings) {
      check(settings)
      const { name, redrive } = settings
      const at = { arn: arn('sqs', name), url: `${endpoint()}/${ACCOUNT}/${name}`, clock }
      if (queues.has(at.arn)) throw new AwsError('QueueNameExists', 'A queue already exists with the same name.')
      queues.set(at.arn, new Queue(settings, { ...at, deadLetters: deadLettersOf(redrive) }))
      return { arn: at.arn, url: at.url }
    },
    updateQueue(settings) {
      check(settings)
      const queue = queues.get(arn('sqs', settings.name))
      if (!queue) throw noSuchQueue()
      queue.configure(settings, deadLettersOf(settings.redrive))
    },
    putQueuePolicy(url, document) {
      byUrl(url).policy = compileResourcePolicy(document)
    },
    queue: queueArn => queues.get(queueArn),
  }
}

function check({ name, visibilityTimeout, delay, maximumMessageSize, redrive }: QueueSettings): void {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
    const message = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length'
    throw new AwsError('InvalidParameterValue', message)
  }
  within('VisibilityTimeout', visibilityTimeout, 0, 43_200)
  within('DelaySeconds', delay, 0, 900)
  within('MaximumMessageSize', maximumMessageSize, 1024, 1_048_576)
  within('maxReceiveCount', redrive?.maxReceiveCount, 1, 1000)
}

function within(attribute: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (value >= least && value <= most)) return
  throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${attribute}.`)
}
