import type { CloudFormation } from './aws/cloudformation.ts'
import type { CloudFront } from './aws/cloudfront.ts'
import type { AlarmState, CloudWatch } from './aws/cloudwatch.ts'
import type { Dynamo } from './aws/dynamodb.ts'
import type { Ecr } from './aws/ecr.ts'
import type { Ecs } from './aws/ecs/ecs.ts'
import type { Events } from './aws/events.ts'
import type { HttpApis } from './aws/http-api.ts'
import type { Iam, IamOptions } from './aws/iam/iam.ts'
import type { AccessRecord } from './aws/iam/record.ts'
import type { EventSources } from './aws/lambda/event-sources.ts'
import type { AccessKey } from './aws/lambda/functions.ts'
import type { Lambda } from './aws/lambda/lambda.ts'
import type { Rds } from './aws/rds.ts'
import type { S3 } from './aws/s3.ts'
import type { Secrets } from './aws/secrets-manager.ts'
import type { Service } from './aws/service.ts'
import type { Sns } from './aws/sns.ts'
import type { Sqs } from './aws/sqs.ts'
import type { Parameters } from './aws/ssm.ts'
import type { States } from './aws/states.ts'
import type { Faults } from './aws/wire/faults.ts'
import type { Clock, ClockOptions } from './clock.ts'
import type { LoadBalancers } from './fleet/load-balancers.ts'
import type { Postgres } from './fleet/postgres.ts'
import type { Users, UsersOptions } from './fleet/users.ts'

export interface ServicesOptions extends ClockOptions, IamOptions {
  /** Where log streams become files. */
  logDir: string
  /** Idle execution environments that stay warm, each some 70 MB. Default: few where tasks are processes, too, else many. */
  keepWarm?: number
  /** What is warm in the end serves the next rehearsal of this process, too; where time jumps alone. Default: no. */
  lasting?: boolean
  /** The port that the stack's HTTP API answers on; another where it is taken. Default: any. */
  apiPort?: number
  /** Whether AWS's documented request rates hold. Default: yes. */
  quotas?: boolean
  /** Real ms for which AWS's time stands while a container runs to its end. Default 5,000. */
  runMs?: number
  /** What databases run on, where not on real PostgreSQL servers. */
  postgres?: Postgres
  /** Hears of bugs of the rehearsal itself. Default: they end the process. */
  onSurprise?: (error: unknown) => void
}

/** The rehearsed services behind one endpoint, with nothing deployed in them yet. */
export interface RehearsedServices {
  clock: Clock
  endpoint: string
  /** What an operator's SDK client needs in its environment. */
  env: Record<string, string>
  iam: Iam
  /** What the roles of the stack did, and what they were denied: one denial, and the rehearsal has failed. */
  access: AccessRecord
  lambda: Lambda
  states: States
  events: Events
  dynamodb: Dynamo
  ecr: Ecr
  ecs: Ecs
  rds: Rds
  cloudFormation: CloudFormation
  sns: Sns
  sqs: Sqs
  eventSources: EventSources
  httpApis: HttpApis
  secrets: Secrets
  s3: S3
  ssm: Parameters
  cloudWatch: CloudWatch
  cloudFront: CloudFront
  /** Roles of the users' own. */
  iamRoles: Service
  cloudTrail: Service
  /** The alarms that a stack brought, as they are now. */
  alarms(): AlarmState[]
  /** What was sent to people by e-mail, in order. */
  mailbox: readonly Mail[]
  loadBalancers: LoadBalancers
  /** Further hosts that functions and tasks may reach, beside the load balancers': name, or `name:port`, → port on this machine. */
  hosts: Record<string, number>
  /** What goes wrong on the way to a service. */
  faults: Faults
  /** `service:operation` → how many requests were refused by AWS's request rates so far. */
  throttled: ReadonlyMap<string, number>
  createUsers(options: Pick<UsersOptions, 'url' | 'perSecond'>): Users
  /** Makes an access key known: whoever signs with it is `principal`. */
  addPrincipal(key: AccessKey, principal: string): void
  /** Resident bytes of this process and all that it started. */
  memory(): Promise<number>
  /** Ends every child process and closes every port. */
  stop(): Promise<void>
}

/** An e-mail as its reader has it. */
export interface Mail {
  to: string
  subject: string
  text: string
  /** AWS time of its arrival. */
  at: number
}
