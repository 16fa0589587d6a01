import type {
  Container,
  ContainerDefinition,
  ContainerImage,
  ContainerOverride,
  CreateServiceRequest,
  Deployment,
  DeploymentConfiguration,
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
import type { Target, TargetGroup } from '../../fleet/target-group.ts'
import type { EventBus, ImageStore, LogWriter } from '../service.ts'
import type { SecretReader } from './task-secrets.ts'

export interface EcsWorld {
  clock: Clock
  bus: EventBus
  images: ImageStore
  targets: { groups: Map<string, TargetGroup> }
  fleet: Fleet
  logs: LogWriter
  secrets: SecretReader
  /** By what a container with this role finds AWS, and is known there. */
  roleEnvironment(taskRoleArn: string): Record<string, string>
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
}

export const FARGATE_TIMES: TaskTimes = {
  provisioning: 9000,
  pending: 8000,
  activating: 2000,
  deprovisioning: 6000,
  scheduling: 2000,
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
  events: ServiceEvent[]
  tags: Tag[]
  steady: boolean
  backOff: { failures: number; until: number; impaired: boolean }
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
  rollback?: Rollback
  /** It was told that its percentages let nothing be stopped or started. */
  blocked?: true
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
