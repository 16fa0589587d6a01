import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { type CfnStage, HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Alias } from 'aws-cdk-lib/aws-kms'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Application } from '../domain/application.ts'
import { GUARDED, lettersOf } from './dead-letters.ts'

/** What Lambda asks of a queue, with the role of the function that it reads for. */
const READING = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']
/** What a teller asks for, to have a message wait until Slack or PagerDuty hears again. */
const WAITING = ['GetQueueUrl', 'ChangeMessageVisibility']

/** How Sluice reaches people: what is told goes over one topic, personal links over another, and decisions come to the pages. */
export class People extends Construct {
  readonly notifications: Topic
  readonly links: Topic
  readonly linkKey: Secret
  readonly pages: HttpApi

  constructor(scope: Construct, id: string, applications: Application[]) {
    super(scope, id)
    const masterKey = Alias.fromAliasName(this, 'Key', 'alias/aws/sns')
    this.notifications = new Topic(this, 'Notifications', { masterKey, enforceSSL: true, displayName: 'Sluice' })
    this.links = new Topic(this, 'Links', { masterKey, enforceSSL: true, displayName: 'Sluice' })
    for (const address of addressesOf(applications))
      this.links.addSubscription(
        new EmailSubscription(address, {
          filterPolicy: { to: SubscriptionFilter.stringFilter({ allowlist: [address] }) },
        }),
      )
    this.linkKey = new Secret(this, 'LinkKey', {
      description: 'Signs the links of approvers. A new version signs new links; the former one keeps its own valid.',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    })
    Validations.of(this.linkKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'links name the version of the key that signed them; a person puts a new one when the old may be known',
    })
    this.pages = new HttpApi(this, 'Pages', { description: 'Approvals and releases, for people' })
    this.#guardPages()
  }

  /**
   * Hands the topic's messages to a function, each until it is told or has failed often enough to be looked at. `further`:
   * what the function itself asks of its queue.
   */
  tellBy(name: string, teller: LambdaFunction): void {
    const deadLetters = lettersOf(this, `${name}DeadLetters`, {
      alarm: `${name}Untold`,
      meaning:
        `${name} could not tell people of something; the letter is the message. See the function's log for why (a secret that ` +
        'is missing or not valid any more, above all); once that is mended, start a redrive of the queue, which tells it after all.',
    })
    const queue = new Queue(this, `${name}Queue`, {
      ...GUARDED,
      visibilityTimeout: Duration.seconds(120),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 30 },
    })
    this.notifications.addSubscription(
      new SqsSubscription(queue, { rawMessageDelivery: true, deadLetterQueue: deadLetters }),
    )
    const actions = [...READING, ...WAITING].map(action => `sqs:${action}`)
    teller.addToRolePolicy(new PolicyStatement({ actions, resources: [queue.queueArn] }))
    const source = { eventSourceArn: queue.queueArn, batchSize: 1, reportBatchItemFailures: true }
    teller.addEventSourceMapping(`${name}Source`, source)
  }

  /** Everything under the two addresses goes to the one function, which checks signatures itself. */
  serveBy(pages: LambdaFunction): void {
    const integration = new HttpLambdaIntegration('Integration', pages)
    for (const path of ['/approvals/{id}', '/releases/{app}/{release}'])
      for (const route of this.pages.addRoutes({ path, methods: [HttpMethod.ANY], integration }))
        Validations.of(route).acknowledge({
          id: 'AwsSolutions-APIG4',
          reason: 'a signed link is the authorization; the function verifies it before it looks anything up',
        })
  }

  /** No query string is logged: it holds the signature. */
  #guardPages(): void {
    const log = new LogGroup(this, 'PagesLog', {
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    const stage = this.pages.defaultStage?.node.defaultChild as CfnStage
    stage.accessLogSettings = {
      destinationArn: log.logGroupArn,
      format: JSON.stringify({
        requestId: '$context.requestId',
        time: '$context.requestTime',
        route: '$context.routeKey',
        status: '$context.status',
        sourceIp: '$context.identity.sourceIp',
      }),
    }
    stage.defaultRouteSettings = { throttlingBurstLimit: 50, throttlingRateLimit: 25 }
  }
}

/** Every address once, as the messages name it. */
function addressesOf(applications: Application[]): string[] {
  const approvers = applications.flatMap(({ stages }) => stages.flatMap(({ approval }) => approval?.approvers ?? []))
  return [...new Set(approvers.flatMap(({ email }) => (email ? [email.toLowerCase()] : [])))]
}
