import type {
  Container,
  ContainerDefinition,
  ContainerImage,
  ContainerOverride,
  CreateServiceRequest,
  Deployment,
  DeploymentConfiguration,
  DeploymentLifecycleHookAction,
  DeploymentLifecycleHookStatus,
  Failure,
  Rollback,
  ServiceDeploymentStatus,
  ServiceEvent,
  Tag,
  Task,
  TaskDefinition,
} from '@aws-sdk/client-ecs'
import type { Clock } from '../../clock.ts'
import type { Fleet, RunningContainer } from '../../fleet/container.ts'
import type { LoadBalancers } from '../../fleet/load-balancers.ts'
import type { Target, TargetGroup } from '../../fleet/target-group.ts'
import type { EventBus, ImageStore, LogWriter } from '../service.ts'
import type { Stage } from './stages.ts'
import type { SecretReader } from './task-secrets.ts'

export interface EcsWorld {
  clock: Clock
  bus: EventBus
  images: ImageStore
  targets: Pick<LoadBalancers, 'groups' | 'all'>
  fleet: Fleet
  logs: LogWriter
  secrets: SecretReader
  /** By what a container with this role finds AWS, and is known there. */
  roleEnvironment(taskRoleArn: string): Record<string, string>
  /** Those of the named CloudWatch alarms that ring now. */
  alarms(names: string[]): string[]
  times: TaskTimes
  clusters: Map<string, Cluster>
  families: Map<string, RegisteredTaskDefinition[]>
  runs: Runs
}

/** What RunTask has done, and what becomes of its next calls. */
export interface Runs {
  /** Every task that it started, oldest first, also those that DescribeTasks has forgotten. */
  tasks: EcsTask[]
  /** By cluster and client token. */
  tokens: Map<string, { request: object; tasks: EcsTask[]; at: number }>
  /** What the next calls end with instead of a task. */
  failures: Failure[]
}

/** How long Fargate takes for what a rehearsal does not really do, in AWS milliseconds. */
export interface TaskTimes {
  provisioning: number
  pending: number
  activating: number
  deprovisioning: number
  /** Between two looks of the service scheduler. */
  scheduling: number
  /** The least that a stage of a blue/green deployment takes. */
  stage: number
}

export const FARGATE_TIMES: TaskTimes = {
  provisioning: 9000,
  pending: 8000,
  activating: 2000,
  deprovisioning: 6000,
  scheduling: 2000,
  stage: 3000,
}

export interface Cluster {
  name: string
  arn: string
  tags: Tag[]
  services: Map<string, EcsService>
  tasks: Map<string, EcsTask>
}

export interface RegisteredTaskDefinition {
  definition: TaskDefinition & { taskDefinitionArn: string; family: string; revision: number }
  containers: (ContainerDefinition & { name: string; image: string })[]
  tags: Tag[]
}

export interface EcsService {
  name: string
  arn: string
  cluster: Cluster
  createdAt: Date
  createdBy: string
  settings: ServiceSettings
  desiredCount: number
  /** What the service runs or is about to run. */
  primary: Revision
  /** Every revision of the service, oldest first. */
  revisions: Revision[]
  /** Newest last. */
  deployments: ServiceDeployment[]
  /** The deployment that DescribeServices names: it changes when a new one has begun, not when it is asked for. */
  currentDeployment?: ServiceDeployment
  lastSuccessful?: Revision
  /** What users reach; during a rolling deployment, what alone they reached before it. */
  serving?: Revision
  /** What the test listener rules lead to. */
  tested?: Revision
  events: ServiceEvent[]
  tags: Tag[]
  steady: boolean
  /** A look of the scheduler is due. */
  looking?: { cancel(): void; at: number }
}

export type ServiceSettings = Pick<
  CreateServiceRequest,
  | 'loadBalancers'
  | 'networkConfiguration'
  | 'platformVersion'
  | 'launchType'
  | 'healthCheckGracePeriodSeconds'
  | 'enableExecuteCommand'
  | 'enableECSManagedTags'
  | 'propagateTags'
  | 'availabilityZoneRebalancing'
> & { deploymentConfiguration: DeploymentConfiguration }

/** One service revision and the entry of `deployments[]` that stands for it: each deployment makes one of either. */
export interface Revision {
  arn: string
  rolloutId: string
  taskDefinition: RegisteredTaskDefinition
  settings: ServiceSettings
  images: ContainerImage[]
  createdAt: Date
  updatedAt: Date
  rolloutState: NonNullable<Deployment['rolloutState']>
  rolloutStateReason: string
  failedTasks: number
  backOff: BackOff
  /** Where its tasks register: one target group for each load balancer of its settings. */
  targetGroups: string[]
}

export interface BackOff {
  failures: number
  until: number
  impaired: boolean
}

export interface ServiceDeployment {
  arn: string
  status: ServiceDeploymentStatus
  statusReason?: string
  createdAt: Date
  startedAt?: Date
  finishedAt?: Date
  stoppedAt?: Date
  updatedAt: Date
  sources: Revision[]
  target: Revision
  configuration: DeploymentConfiguration
  breaker: { tripped: boolean; failures: number; over: boolean }
  alarms: AlarmWatch
  /** What served when it was asked for; none before a service's first deployment. */
  blue?: Revision
  /** Of a blue/green deployment that has begun. */
  lifecycle?: Lifecycle
  /** Why it is to be taken back. */
  unwanted?: string
  rollback?: Rollback
  /** It was told that its percentages let nothing be stopped or started. */
  blocked?: true
}

export interface AlarmWatch {
  /** When to look again; undefined where no alarm is watched. */
  lookAt?: number
  triggered: string[]
}

export interface Lifecycle {
  stage: Stage
  enteredAt: number
  /** Every hook that was reached so far, oldest first. */
  hooks: PauseHook[]
}

/** A pause at one stage of one deployment. */
export interface PauseHook {
  id: string
  stage: Stage
  status: DeploymentLifecycleHookStatus
  expiresAt: Date
  timeoutAction: DeploymentLifecycleHookAction
}

export interface EcsTask {
  arn: string
  id: string
  cluster: Cluster
  service?: EcsService
  revision?: Revision
  taskDefinition: RegisteredTaskDefinition
  /** By container, what is other than its definition says. */
  overrides: ContainerOverride[]
  /** What DescribeTasks tells, kept up to date. */
  told: Task & { containers: Container[]; lastStatus: string; desiredStatus: string; version: number }
  containers: { running: RunningContainer; name: string }[]
  targets: { group: TargetGroup; target: Target }[]
  checks: { cancel(): void }[]
  /** Once healthy in every respect, so that its later end is not a failed start. */
  wasHealthy: boolean
  /** When it counts as healthy where nothing checks its health. */
  settledAt?: number
}
