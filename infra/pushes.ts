import { Duration } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { GUARDED, lettersOf } from './dead-letters.ts'

/** What Lambda asks of a queue, with the role of the function that it reads for. */
const READING = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map(action => `sqs:${action}`)

/** Pushes that StartRelease is to hear of again, or that no event told it of. */
export class Pushes extends Construct {
  readonly queue: Queue

  constructor(scope: Construct, id: string) {
    super(scope, id)
    const deadLetters = lettersOf(this, 'DeadLetters', {
      alarm: 'Unstarted',
      meaning:
        'StartRelease failed at every try of a push that had waited for more, or that a look had found; the letter names the ' +
        "application and the tag. See the function's log for why; once that is mended, run `sluice push`, or start a redrive of " +
        'the queue, and delete the letter. Where it is the newest, the look of the next quarter of an hour starts it, too.',
    })
    this.queue = new Queue(this, 'Queue', {
      ...GUARDED,
      visibilityTimeout: Duration.seconds(180),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
    })
  }

  /** Hands each push to the function by itself. */
  readBy(starter: LambdaFunction): void {
    starter.addToRolePolicy(new PolicyStatement({ actions: READING, resources: [this.queue.queueArn] }))
    starter.addEventSourceMapping('PushesSource', { eventSourceArn: this.queue.queueArn, batchSize: 1 })
  }
}
