import type { Application, Stage } from '../domain/application.ts'

/** Where the stack is installed, as far as a permission needs to know. */
export interface Site {
  /** Name of the stack. */
  installation: string
  applications: Application[]
  table: string
  /** ARN of a resource in this account and region. */
  arn: (service: string, resource: string) => string
  /** The same of a service that knows no regions. */
  globalArn: (service: string, resource: string) => string
  releaseMachine: string
  rollbackMachine: string
  /** ARNs of the versions that new executions run. */
  releaseVersion: string
  rollbackVersion: string
  /** ARN patterns of both machines' executions. */
  executions: string[]
  /** ARNs of the functions that the machines call. */
  steps: string[]
  /** ARN patterns of every version of the functions that wait. */
  waitingFunctions: string[]
  /** ARN of the topic that tells people, and of the one that sends personal links by e-mail. */
  notifications: string
  links: string
  /** Where the pages are, without a slash at the end. */
  pagesUrl: string
  /** ARN of the secret that signs links. */
  linkKey: string
  /** The queue through which StartRelease gets pushes that have waited: ARN and URL. */
  pushes: { arn: string; url: string }
}

export interface Statement {
  actions: string[]
  resources: string[]
  /** Condition operator → key → values. */
  conditions?: Record<string, Record<string, string | string[]>>
  /** Why a resource has to be named by a pattern; without it the synthesis is refused. */
  because?: string
  /** Action → why it stays although no rehearsal uses it, with whichever function. */
  unused?: Readonly<Record<string, string>>
}

/** What a function declares beside its definition; its role is made from this and nothing else. */
export interface Needs {
  /** Real seconds; shorter than the heartbeat of the state that calls it. */
  timeoutSeconds: number
  permissions: (site: Site) => Statement[]
  /** Action → why it stays although no rehearsal uses it. */
  unused?: Readonly<Record<string, string>>
  /** Action → the moment in which alone it is used: rehearsals hit it or not. */
  seldom?: Readonly<Record<string, string>>
  /** Environment variables besides TABLE. */
  environment?: (site: Site) => Record<string, string>
  /** Whether it reads the application files (`applications.json` beside its code). */
  applications?: true
}

/** Longest of all time limits, in ms: once it has passed since a fence rose, nothing of the old lease can still be running. */
export const LONGEST_FUNCTION_MS = 50_000

/** What a function's own code asks of the ledger, and no more. */
export const usesTable = (
  { table }: Site,
  ...operations: ('GetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem')[]
): Statement => ({ actions: operations.map(operation => `dynamodb:${operation}`), resources: [table] })

/** Of every version: AWS documents that a call with a version's ARN is authorised on the machine's own. */
export const startsExecutions = (machine: string): Statement => ({
  actions: ['states:StartExecution'],
  resources: [machine],
})

/** Step Functions knows no resource smaller than the machine that issued the token. */
export const answersTasks = (machines: string[]): Statement => ({
  actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
  resources: machines,
})

export const readsExecutions = ({ executions }: Site): Statement => ({
  actions: ['states:DescribeExecution'],
  resources: executions,
  because: 'executions of these two machines',
})

export const announces = ({ arn }: Site): Statement => ({
  actions: ['events:PutEvents'],
  resources: [arn('events', 'event-bus/default')],
})

/** With `TELLING` as its environment. */
export const tells = ({ notifications }: Site): Statement => ({
  actions: ['sns:Publish'],
  resources: [notifications],
})
export const TELLING = ({ notifications }: Site): Record<string, string> => ({ NOTIFICATIONS: notifications })

/** Makes and checks links; with `SIGNING` as its environment. */
export const signsLinks = ({ linkKey }: Site): Statement => ({
  actions: ['secretsmanager:GetSecretValue'],
  resources: [linkKey],
})
export const SIGNING = ({ linkKey, pagesUrl }: Site): Record<string, string> => ({
  LINK_KEY: linkKey,
  PAGES_URL: pagesUrl,
})

/** Reads how releases go: `readReleaseView`; with `WATCHING` as its environment. */
export const watchesReleases = (site: Site): Statement[] => [
  usesTable(site, 'GetItem', 'Query'),
  ...readsDeployments(site),
  { actions: ['states:ListExecutions'], resources: [site.releaseMachine, site.rollbackMachine] },
  {
    actions: ['states:GetExecutionHistory'],
    resources: site.executions,
    because: 'executions of these two machines',
  },
]
export const WATCHING = ({ releaseMachine, rollbackMachine }: Site): Record<string, string> => ({
  RELEASE_MACHINE: releaseMachine,
  ROLLBACK_MACHINE: rollbackMachine,
})

/** `cluster/service`, for ARNs of services, their deployments and their revisions. */
export const servicesInUse = (site: Site): string[] => [
  ...new Set(stagesOf(site).flatMap(stage => stage.services.map(({ service }) => `${stage.cluster}/${service}`))),
]

export const stagesOf = ({ applications }: Site): Stage[] => applications.flatMap(({ stages }) => stages)

/** Every service in use, with these of what ECS keeps of it: most calls ask for two types. */
const onServices = (site: Site, actions: string[], kept: ('deployment' | 'revision')[]): Statement => ({
  actions,
  resources: servicesInUse(site).flatMap(name => [
    site.arn('ecs', `service/${name}`),
    ...kept.map(what => site.arn('ecs', `service-${what}/${name}/*`)),
  ]),
  because: 'deployments and revisions of these services; their ids are made by ECS',
})

/** What tells this installation's services from another's. */
export const INSTALLED = ({ installation }: Site): Record<string, string> => ({ INSTALLATION: installation })

/** Where a function drives services: one list for all it does, which its policy then holds once. */
export const onDriven = (site: Site, actions: string[]) => onServices(site, actions, ['deployment', 'revision'])

export const readsServices = (site: Site): Statement =>
  onServices(site, ['ecs:DescribeServices', 'ecs:DescribeServiceRevisions'], ['revision'])

export const readsDeployments = (site: Site): Statement[] => [
  onDriven(site, ['ecs:DescribeServices']),
  followsDeployments(site),
]

/** What became of deployments, without what their services are like. */
export const followsDeployments = (site: Site): Statement =>
  onDriven(site, ['ecs:DescribeServiceRevisions', 'ecs:ListServiceDeployments', 'ecs:DescribeServiceDeployments'])

export const clusters = ({ arn }: Site, stages: Stage[]): string[] => [
  ...new Set(stages.map(({ cluster }) => arn('ecs', `cluster/${cluster}`))),
]

export const tasksIn = ({ arn }: Site, stages: Stage[]): string[] => [
  ...new Set(stages.map(({ cluster }) => arn('ecs', `task/${cluster}/*`))),
]

/** ListTasks is authorised on container instances, even where there are none: only the cluster can be named. */
export const readsTasks = (site: Site, stages = stagesOf(site)): Statement[] => [
  {
    actions: ['ecs:ListTasks'],
    resources: ['*'],
    conditions: { ArnEquals: { 'ecs:cluster': clusters(site, stages) } },
    because:
      'AWS authorises ListTasks on container instances, which Fargate has none of; the condition names the clusters',
  },
  {
    actions: ['ecs:DescribeTasks'],
    resources: tasksIn(site, stages),
    because: 'tasks of these clusters; their ids are made by ECS',
  },
]

const NO_RESOURCE = 'AWS knows no resource type for this action'

export const readsTaskDefinitions: Statement = {
  actions: ['ecs:DescribeTaskDefinition'],
  resources: ['*'],
  because: NO_RESOURCE,
}

export const listsTaskDefinitions: Statement = {
  actions: ['ecs:ListTaskDefinitions'],
  resources: ['*'],
  because: NO_RESOURCE,
}

export const retiresTaskDefinitions: Statement = {
  actions: ['ecs:DeregisterTaskDefinition'],
  resources: ['*'],
  because: NO_RESOURCE,
}

/** To ECS, for the containers of tasks or for what it does for a service. */
export const passesRoles = (
  site: Site,
  service: 'ecs-tasks.amazonaws.com' | 'ecs.amazonaws.com',
  because: string,
): Statement => ({
  actions: ['iam:PassRole'],
  resources: [site.globalArn('iam', 'role/*')],
  because,
  conditions: { StringEquals: { 'iam:PassedToService': service } },
})

export const passesTaskRoles = (site: Site): Statement =>
  passesRoles(
    site,
    'ecs-tasks.amazonaws.com',
    'the roles of the tasks are named in the task definitions alone; they may be passed to ECS tasks only',
  )

/** How users reach a service: the rules with their weights, of network load balancers the listeners. */
export const readsRules: Statement = {
  actions: ['elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeRules'],
  resources: ['*'],
  because: NO_RESOURCE,
}

export const readsTargetHealth: Statement = {
  actions: ['elasticloadbalancing:DescribeTargetHealth'],
  resources: ['*'],
  because: NO_RESOURCE,
}

export const readsImages = (
  site: Site,
  actions: ('ecr:BatchGetImage' | 'ecr:DescribeImages' | 'ecr:GetDownloadUrlForLayer')[],
): Statement => ({
  actions,
  resources: [...new Set(site.applications.flatMap(({ images }) => Object.values(images)))].map(name =>
    site.arn('ecr', `repository/${name}`),
  ),
})
