import { STAGE_CHANGES } from '../../events/stage-change.ts'

/** What can go wrong, by name. This list is the only one: arguments, tables and documents are made from it. */

/** What can go wrong with a function of the stack. */
export const STEP_KINDS = {
  'crash-before': 'ends before it does anything',
  'crash-after': 'does all that it does, and ends before it answers',
  'time-out': 'does all that it does, and its answer comes too late',
  throttle: 'Lambda refuses to run it, three times',
  'internal-error': 'Lambda has an error of its own, three times',
  twice: 'runs twice at the same time for one call',
  'kill-host': 'ends, with all functions that are warm, in the middle of its first call to AWS',
  outlive: 'its first change of anything hangs until its time is almost up, and the execution is stopped meanwhile',
  'arrive-late': 'the same with what it does to services or databases',
  stop: 'the execution is stopped as soon as it is called',
  'api-throttle': 'AWS throttles each of its operations until the SDK gives up',
  'lose-answer': 'AWS does each change once, and the answer is lost',
  fail: 'AWS refuses it everything that it does to services or databases, for good',
} as const
export type StepKind = keyof typeof STEP_KINDS

/** What can go wrong with an operation of AWS, whoever of the stack asks for it. */
export const API_KINDS = {
  throttle: 'is throttled until the SDK gives up',
  'internal-error': 'answers with an error of its own until the SDK gives up',
  'lose-answer': 'happens once without an answer',
  fail: 'is refused for good, once a release has begun',
} as const
export type ApiKind = keyof typeof API_KINDS

/** What can go wrong with every event of one detail-type. */
export const EVENT_KINDS = {
  drop: 'is lost',
  delay: 'comes later than every heartbeat but that of an approval',
  twice: 'comes twice',
  reorder: 'comes after the next of its kind',
} as const
export type EventKind = keyof typeof EVENT_KINDS

export type Machine = 'release' | 'rollback'

interface Step {
  /** In whose states it runs; none: it is called by events, queues or people. */
  machines: readonly Machine[]
  /** Absent: it changes nothing. `own`: it writes to the ledger and asks our own functions and machines; else what it does to services or databases. */
  changes?: string
  /** Whose operations `fail` refuses it. */
  worksOn?: 'ecs' | 'rds'
}

/** Every function of the stack that takes part in a release, by the name of its construct, in the order of a release. */
export const STEPS: Readonly<Record<string, Step>> = {
  StartRelease: { machines: [], changes: 'own' },
  PlanRelease: { machines: ['release'], changes: 'own' },
  RequestApproval: { machines: ['release'], changes: 'own' },
  LockStage: { machines: ['release'], changes: 'own' },
  CheckPreconditions: { machines: ['release'], changes: 'own', worksOn: 'ecs' },
  BackUpDatabase: { machines: ['release'], changes: 'rds:CreateDBSnapshot', worksOn: 'rds' },
  RunMigrations: { machines: ['release'], changes: 'ecs:RunTask', worksOn: 'ecs' },
  DeployNewVersion: { machines: ['release'], changes: 'ecs:UpdateService', worksOn: 'ecs' },
  RunSmokeTests: { machines: ['release'] },
  ShiftTraffic: { machines: ['release'], changes: 'ecs:ContinueServiceDeployment', worksOn: 'ecs' },
  WatchAlarms: { machines: ['release'], changes: 'own', worksOn: 'ecs' },
  CompleteDeployment: { machines: ['release'], changes: 'ecs:ContinueServiceDeployment', worksOn: 'ecs' },
  TakeLease: { machines: ['rollback'], changes: 'own' },
  StopDeployments: { machines: ['rollback'], changes: 'ecs:StopServiceDeployment', worksOn: 'ecs' },
  RestorePrevious: { machines: ['rollback'], changes: 'ecs:UpdateService', worksOn: 'ecs' },
  RestoreDatabase: { machines: ['rollback'], changes: 'ecs:RunTask', worksOn: 'ecs' },
  VerifyDeployment: { machines: ['release', 'rollback'], changes: 'own', worksOn: 'ecs' },
  CloseStage: { machines: ['release', 'rollback'], changes: 'ecs:UpdateService', worksOn: 'ecs' },
  CloseRelease: { machines: ['release'], changes: 'own' },
  Pages: { machines: [], changes: 'own' },
  TellSlack: { machines: [], changes: 'own' },
  TellPagerDuty: { machines: [], changes: 'own' },
  Wake: { machines: [], changes: 'own' },
  CleanUp: { machines: [], changes: 'own' },
  LookForImages: { machines: [], changes: 'own' },
}

interface Operations {
  reads: readonly string[]
  changes: readonly string[]
}

/** Service, by its name in signatures → the operations that the steps ask for. */
export const APIS: Readonly<Record<string, Operations>> = {
  dynamodb: { reads: ['GetItem', 'Query'], changes: ['PutItem', 'UpdateItem', 'DeleteItem'] },
  ecs: {
    reads: [
      ...['DescribeServices', 'DescribeServiceRevisions', 'ListServiceDeployments', 'DescribeServiceDeployments'],
      ...['DescribeTaskDefinition', 'ListTaskDefinitions', 'ListTasks', 'DescribeTasks'],
    ],
    changes: [
      ...['RegisterTaskDefinition', 'TagResource', 'RunTask', 'DeregisterTaskDefinition', 'UpdateService'],
      ...['ContinueServiceDeployment', 'StopServiceDeployment'],
    ],
  },
  rds: { reads: ['DescribeDBSnapshots', 'DescribeAccountAttributes'], changes: ['CreateDBSnapshot'] },
  ecr: { reads: ['BatchGetImage', 'DescribeImages', 'GetDownloadUrlForLayer'], changes: [] },
  elasticloadbalancing: {
    reads: ['DescribeListeners', 'DescribeRules', 'DescribeTargetGroups', 'DescribeTargetHealth'],
    changes: [],
  },
  monitoring: { reads: ['DescribeAlarms', 'GetMetricData'], changes: [] },
  cloudfront: { reads: [], changes: ['CreateInvalidation'] },
  states: {
    reads: ['DescribeExecution', 'ListExecutions', 'GetExecutionHistory'],
    changes: ['StartExecution', 'SendTaskSuccess', 'SendTaskFailure'],
  },
  lambda: { reads: [], changes: ['Invoke'] },
  events: { reads: [], changes: ['PutEvents'] },
  sns: { reads: [], changes: ['Publish'] },
  sqs: { reads: ['GetQueueUrl'], changes: ['ChangeMessageVisibility', 'SendMessage'] },
  secretsmanager: { reads: ['GetSecretValue'], changes: [] },
}

/** A function that is warm does not ask for these again. */
export const REMEMBERED: ReadonlySet<string> = new Set(['secretsmanager:GetSecretValue', 'sqs:GetQueueUrl'])

/** `ecs:UpdateService`, of those that read, that change, or both. */
export const operations = (...of: (keyof Operations)[]): string[] =>
  Object.entries(APIS).flatMap(([service, { reads, changes }]) => [
    ...(of.includes('reads') ? reads.map(name => `${service}:${name}`) : []),
    ...(of.includes('changes') ? changes.map(name => `${service}:${name}`) : []),
  ])

/** Events by their detail-types, AWS's and our own. */
export const EVENTS = [
  'ECR Image Action',
  'ECS Deployment State Change',
  'ECS Hook State Change',
  'ECS Task State Change',
  'RDS DB Instance Event',
  'RDS DB Snapshot Event',
  'CloudWatch Alarm State Change',
  'Step Functions Execution Status Change',
  ...STAGE_CHANGES,
] as const
export const ALL_EVENTS = 'all events'

export type Fault =
  | { of: 'step'; name: string; kind: StepKind }
  | { of: 'api'; name: string; kind: ApiKind }
  | { of: 'event'; name: string; kind: EventKind }

/** As a person does in the console. */
export const stopsExecutions = ({ kind }: Fault): boolean =>
  kind === 'stop' || kind === 'outlive' || kind === 'arrive-late'

/** Whether ECS refuses for good to let go of what is on a service. */
export const deniesEcs = ({ of, name, kind }: Fault): boolean =>
  kind === 'fail' && (of === 'api' ? name.startsWith('ecs:') : STEPS[name]?.worksOn === 'ecs')

/** Whether PagerDuty may hear of what went wrong only once all is well again, which pages nobody. */
export const holdsUpPages = ({ name, kind }: Fault): boolean => name === 'TellPagerDuty' && !TELLS_AT_ONCE.has(kind)
const TELLS_AT_ONCE: ReadonlySet<Fault['kind']> = new Set(['crash-after', 'time-out', 'twice', 'lose-answer'])

export const nameOf = ({ name, kind }: Fault): string => `${name}:${kind}`

export type ReadFault = { kind: 'fault'; fault: Fault } | { kind: 'refused'; because: string }

/** `NAME:KIND`; the last colon separates. */
export function readFault(text: string): ReadFault {
  const at = text.lastIndexOf(':')
  const [name, kind] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  const refused = (because: string): ReadFault => ({ kind: 'refused', because: `--fault ${text}: ${because}` })
  if (at < 0 || kind === '') return refused(`names no kind; write NAME:KIND, such as LockStage:crash-before`)
  const of = whatIs(name)
  if (of === undefined)
    return refused(
      `${name} is not known; write a step (${Object.keys(STEPS).join(', ')}), an operation of AWS ` +
        `(${operations('reads', 'changes').join(', ')}), an event (${EVENTS.join(', ')}) or ${ALL_EVENTS}`,
    )
  const kinds = KINDS_OF[of]
  if (!Object.hasOwn(kinds, kind))
    return refused(`${kind} is not what can go wrong with ${name}; write one of ${Object.keys(kinds).join(', ')}`)
  const impossible = whyImpossible(of, name, kind)
  // Its kind is one of those of what it is.
  return impossible === undefined ? { kind: 'fault', fault: { of, name, kind } as Fault } : refused(impossible)
}

const KINDS_OF = { step: STEP_KINDS, api: API_KINDS, event: EVENT_KINDS }

function whatIs(name: string): Fault['of'] | undefined {
  if (Object.hasOwn(STEPS, name)) return 'step'
  if (operations('reads', 'changes').includes(name)) return 'api'
  return name === ALL_EVENTS || EVENTS.some(event => event === name) ? 'event' : undefined
}

/** Why that can never go wrong with it, whatever is rehearsed. */
export function whyImpossible(of: Fault['of'], name: string, kind: string): string | undefined {
  const step = STEPS[name]
  if (of === 'event') return undefined
  if (of === 'api')
    return kind === 'fail' && !REFUSABLE.has(name.split(':')[0] ?? '')
      ? `without ${name} nothing can be known or told for good; refuse what is done to services: ${[...REFUSABLE].join(', ')}`
      : undefined
  if ((kind === 'stop' || kind === 'outlive' || kind === 'arrive-late') && step?.machines.length === 0)
    return `${name} is in no state of an execution that could be stopped`
  if ((kind === 'outlive' || kind === 'lose-answer') && step?.changes === undefined) return `${name} changes nothing`
  if (kind === 'arrive-late' && (step?.changes ?? 'own') === 'own') return `${name} changes no services or databases`
  if (kind === 'fail' && step?.worksOn === undefined) return `${name} does nothing to services or databases`
  return undefined
}

/** What is done to the users' own resources: without the ledger, the machines or the topics nothing could be known or told. */
const REFUSABLE = new Set(['ecs', 'rds', 'ecr', 'elasticloadbalancing', 'monitoring', 'cloudfront'])
