import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch'
import { releaseId } from '../../../../domain/identity.ts'
import { unblocked } from '../../../../domain/lock.ts'
import { changeLock } from '../../../../functions/aws/lock.ts'
import { AwsError } from '../../../../rehearsal/aws/service.ts'
import { configured, type Defect, denied, refused, secret, told } from '../seeds.ts'

const PRODUCTION = { stage: 'production' }
const STACK = 'stack Sluice'
const [ERRORS, UNWELL] = ['demo-production-errors', 'demo-production-unwell']

interface Alarms {
  MetricAlarms: MetricAlarm[]
  CompositeAlarms: CompositeAlarm[]
}
const alarms = (change: (told: Alarms) => object) =>
  told<Alarms>(({ cloudWatch }) => cloudWatch, 'DescribeAlarms', change)

/** What the stack says of itself is otherwise. */
export const outputs = (more: Record<string, string>) =>
  stack(told => ({
    ...told,
    Outputs: told.Outputs.map(each => ({ ...each, OutputValue: more[each.OutputKey] ?? each.OutputValue })),
  }))

interface Stack {
  Outputs: { OutputKey: string; OutputValue: string }[]
  StackStatus: string
}
const stack = (change: (told: Stack) => Stack) =>
  told<{ Stacks: Stack[] }>(
    ({ cloudFormation }) => cloudFormation,
    'DescribeStacks',
    ({ Stacks }) => ({ Stacks: Stacks.map(change) }),
  )

const mails = (change: (subscription: object) => object[]) =>
  told<{ Subscriptions: object[] }>(
    ({ sns }) => sns,
    'ListSubscriptionsByTopic',
    ({ Subscriptions }) => ({ Subscriptions: Subscriptions.flatMap(change) }),
  )

/** What stands around the services: repositories, alarms, people, the stack itself. */
export const SURROUNDINGS: Defect[] = [
  {
    defect: 'a repository that is not there',
    seed: refused(
      ({ ecr }) => ecr,
      'DescribeRepositories',
      new AwsError('RepositoryNotFoundException', 'None.'),
      'demo-web',
    ),
    finds: { check: 'repository', found: 'ECR has no repository demo-web in this account and region' },
    remedy: 'aws ecr create-repository --repository-name demo-web',
  },
  {
    defect: 'a secret for Slack that is not there',
    seed: refused(
      ({ secrets }) => secrets,
      'GetSecretValue',
      new AwsError('ResourceNotFoundException', 'None.'),
      'demo/slack',
    ),
    finds: {
      check: 'secret',
      found: 'notify.slack: Secrets Manager has no secret demo/slack in this account and region',
    },
    remedy: `create it: aws secretsmanager create-secret --name demo/slack --secret-string '{"token":"<xoxb-… of the app>"}'`,
  },
  {
    defect: 'a secret for Slack of another shape',
    seed: secret('demo/slack', '{"webhook":"https://hush.example"}'),
    finds: { check: 'secret', found: 'notify.slack: secret demo/slack is of no use: "token" is missing' },
    remedy:
      'put it right, with whatever else it is to hold: aws secretsmanager put-secret-value --secret-id demo/slack',
  },
  {
    defect: 'a key for PagerDuty that is none',
    seed: secret('demo/pagerduty', '{"routingKey":"hush"}'),
    finds: {
      check: 'secret',
      found:
        'notify.pagerduty: secret demo/pagerduty is of no use: "routingKey" is not the 32 letters and digits of an integration key',
    },
    remedy: 'aws secretsmanager put-secret-value --secret-id demo/pagerduty',
  },
  {
    defect: 'an alarm that is not there',
    seed: alarms(({ MetricAlarms, ...rest }) => ({
      ...rest,
      MetricAlarms: MetricAlarms.filter(({ AlarmName }) => AlarmName !== ERRORS),
    })),
    finds: { check: 'alarms', ...PRODUCTION, found: `CloudWatch has no alarm ${ERRORS} in this account and region` },
    remedy: 'create it, or correct watch.alarms in the application file',
  },
  {
    defect: 'an alarm that rings, and a composite one over it',
    seed: alarms(({ MetricAlarms, CompositeAlarms }) => ({
      MetricAlarms: MetricAlarms.map(each => ({ ...each, StateValue: 'ALARM' })),
      CompositeAlarms: CompositeAlarms.map(each => ({ ...each, StateValue: 'ALARM' })),
    })),
    finds: { check: 'alarms', ...PRODUCTION, found: `alarm ${ERRORS} rings since ` },
    remedy: `see that it is quiet; or, when it may ring: npm run -s sluice -- lift demo production alarm ${ERRORS}`,
  },
  {
    defect: 'a composite alarm over one that is not there',
    seed: alarms(({ CompositeAlarms, ...rest }) => ({
      ...rest,
      CompositeAlarms: CompositeAlarms.map(each => ({ ...each, AlarmRule: `${each.AlarmRule} OR ALARM(absent)` })),
    })),
    finds: {
      check: 'alarms',
      ...PRODUCTION,
      found: `composite alarm ${UNWELL} asks for alarm absent, which CloudWatch has not`,
    },
    remedy: `create it, or correct the rule of ${UNWELL}`,
  },
  {
    defect: 'an alarm of the service alone that is not there',
    seed: configured({ alarms: { alarmNames: ['owners'], enable: true, rollback: true } }),
    finds: { check: 'alarms', ...PRODUCTION, found: 'CloudWatch has no alarm owners in this account and region' },
    remedy: "take it out of the service's deploymentConfiguration.alarms",
  },
  {
    defect: 'a distribution that is not there',
    seed: refused(({ cloudFront }) => cloudFront, 'GetDistribution', new AwsError('NoSuchDistribution', 'None.', 404)),
    finds: {
      check: 'distribution',
      ...PRODUCTION,
      found: 'CloudFront has no distribution E1DEMO5HOPW1ND in this account',
    },
    remedy: 'correct after[].distribution in the application file',
  },
  {
    defect: 'a distribution that is disabled',
    seed: told<{ Distribution: { DistributionConfig: object } }>(
      ({ cloudFront }) => cloudFront,
      'GetDistribution',
      ({ Distribution }) => ({
        Distribution: { ...Distribution, DistributionConfig: { ...Distribution.DistributionConfig, Enabled: false } },
      }),
    ),
    finds: { check: 'distribution', ...PRODUCTION, found: 'distribution E1DEMO5HOPW1ND is disabled' },
    remedy: 'enable it',
  },
  {
    defect: 'an approver who has not confirmed the e-mail',
    seed: mails(each => [{ ...each, SubscriptionArn: 'PendingConfirmation' }]),
    finds: { check: 'e-mail', ...PRODUCTION, found: 'bo@demo.example has not confirmed the subscription' },
    remedy: '--protocol email --notification-endpoint bo@demo.example',
  },
  {
    defect: 'an approver who has no subscription any more',
    seed: mails(() => []),
    finds: { check: 'e-mail', ...PRODUCTION, found: 'bo@demo.example has no subscription' },
    remedy: 'deploy the stack again: npm run deploy',
  },
  {
    defect: 'an account without a trail',
    seed: told(
      ({ cloudTrail }) => cloudTrail,
      'DescribeTrails',
      () => ({ trailList: [] }),
    ),
    finds: { check: 'trail', found: 'CloudTrail has no trail here' },
    remedy: 'aws cloudtrail create-trail --name account --s3-bucket-name <bucket> --is-multi-region-trail',
  },
  {
    defect: 'a trail that logs nothing',
    seed: told(
      ({ cloudTrail }) => cloudTrail,
      'GetTrailStatus',
      () => ({ IsLogging: false }),
    ),
    finds: { check: 'trail', found: 'no trail of CloudTrail logs who changes what: account' },
    remedy:
      'aws cloudtrail start-logging --region eu-west-1 --name arn:aws:cloudtrail:eu-west-1:111122223333:trail/account',
  },
  {
    defect: 'a question that nobody may ask',
    seed: refused(({ cloudTrail }) => cloudTrail, 'DescribeTrails', denied('cloudtrail:DescribeTrails')),
    finds: {
      check: 'trail',
      found:
        'cannot be looked at: AccessDeniedException: User: somebody is not authorized to perform: cloudtrail:DescribeTrails',
    },
    remedy: 'let whoever asks do that, then ask again',
  },
  {
    defect: 'a stack that releases other applications',
    seed: outputs({ Applications: 'shop', ApplicationVersions: 'abc' }),
    finds: { check: 'installation', found: `${STACK} does not release demo; it releases shop` },
    remedy: 'put its file into apps/ and deploy: npm run deploy',
  },
  {
    defect: 'a stack of another version of the file',
    seed: outputs({ ApplicationVersions: '0123456789ab' }),
    finds: {
      check: 'installation',
      found: `${STACK} was deployed with another version of the file of demo, or of Sluice`,
    },
    remedy: 'deploy this one: npm run deploy',
  },
  {
    defect: 'a stack that was not deployed to its end',
    seed: stack(told => ({ ...told, StackStatus: 'UPDATE_ROLLBACK_FAILED' })),
    finds: { check: 'installation', found: `${STACK} is UPDATE_ROLLBACK_FAILED` },
    remedy: 'look at its events',
  },
  {
    defect: 'a stage that a rollback has left blocked',
    async seed() {
      const blocked = { release: releaseId.parse('3f9c0a7f6d6a'), attempt: 1, reason: 'nothing could be proven', at: 0 }
      await changeLock('demo', 'staging', lock => ({ next: { ...lock, blocked } }))
      return async () => void (await changeLock('demo', 'staging', lock => ({ next: unblocked(lock) })))
    },
    finds: { check: 'lock', stage: 'staging', found: 'by release 3f9c0a7f6d6a-1: nothing could be proven' },
    remedy: 'look what it serves, then: npm run -s sluice -- unlock demo staging',
  },
]
