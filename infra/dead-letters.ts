import { Duration, Stack, Validations } from 'aws-cdk-lib'
import { Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

/** Encrypted, and closed to plain HTTP. */
export const GUARDED = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true }

/**
 * A queue for what could not be delivered, and an alarm that rings from the first letter on until somebody has taken the last
 * one out. `meaning` says what a letter means and what to do about it.
 */
export function lettersOf(
  scope: Construct,
  queue: string,
  { alarm, meaning }: { alarm: string; meaning: string },
): Queue {
  const letters = new Queue(scope, queue, { ...GUARDED, retentionPeriod: Duration.days(14) })
  letters
    .metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: 'Maximum' })
    .createAlarm(scope, alarm, {
      alarmDescription: meaning,
      threshold: 1,
      evaluationPeriods: 1,
      // SQS measures a queue for six hours after its last use: what nobody has looked at by then goes on ringing.
      treatMissingData: TreatMissingData.IGNORE,
    })
  return letters
}

/** Every alarm within tells this topic of the users' when it rings, and when it ends. */
export function ringAt(scope: Construct, topicArn: string): void {
  const action = new SnsAction(Topic.fromTopicArn(scope, 'Alarms', topicArn))
  for (const alarm of scope.node.findAll().filter(one => one instanceof Alarm)) {
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
  }
}

/** Where events end that reached no function, and what functions were given asynchronously and failed at every try. */
export class DeadLetters extends Construct {
  readonly undelivered: Queue
  readonly failed: Queue

  constructor(scope: Construct, id: string) {
    super(scope, id)
    this.undelivered = lettersOf(this, 'Undelivered', {
      alarm: 'EventsUndelivered',
      meaning:
        'EventBridge could not hand an event to a function; the letter names the rule, the function and the error. ' +
        'Waits go on by their heartbeats. If the letter is a push, run `sluice push`; if it is the end of an execution, ' +
        'look at `sluice releases` for a stage that is still locked. Then delete the letter.',
    })
    this.failed = lettersOf(this, 'Failed', {
      alarm: 'FunctionsFailed',
      meaning:
        'A function failed at every try of an event; the letter holds the event and, in its attributes, the error. ' +
        'Waits go on by their heartbeats. Once the cause is mended: if the letter is a push, run `sluice push`; if it is the ' +
        'end of an execution, look at `sluice releases` for a stage that is still locked. Then delete the letter.',
    })
    Validations.of(this.undelivered).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'it is a dead-letter queue itself, of rules; the check knows those of queues and of functions alone',
    })
    this.#letRulesWrite()
  }

  /** One statement for all rules: SQS takes twenty in the policy of a queue. */
  #letRulesWrite(): void {
    const rules = Stack.of(this).formatArn({ service: 'events', resource: 'rule', resourceName: '*' })
    this.undelivered.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.undelivered.queueArn],
        conditions: { ArnLike: { 'aws:SourceArn': rules } },
      }),
    )
  }
}
