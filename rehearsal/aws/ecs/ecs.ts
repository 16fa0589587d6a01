import type { Failure } from '@aws-sdk/client-ecs'
import * as sdk from '@aws-sdk/client-ecs'
import type { Clock } from '../../clock.ts'
import type { Fleet } from '../../fleet/container.ts'
import type { LoadBalancers } from '../../fleet/load-balancers.ts'
import { ecsAuthorization } from '../authorization/ecs.ts'
import { AwsError, type EventBus, type ImageStore, type LogWriter, type Service } from '../service.ts'
import { clusterOperations } from './clusters.ts'
import { deleteServiceOperations } from './delete-service.ts'
import { deploymentOperations } from './deployments.ts'
import { type EcsWorld, FARGATE_TIMES, type TaskTimes } from './model.ts'
import { runTaskOperations, type TaskRun, toldRun } from './run-task.ts'
import { Scheduler } from './scheduler.ts'
import { serviceOperations } from './services.ts'
import { taskDefinitionOperations } from './task-definitions.ts'
import type { SecretReader } from './task-secrets.ts'
import { taskOperations } from './tasks.ts'

export interface EcsOptions {
  clock: Clock
  bus: EventBus
  images: ImageStore
  /** Whose target groups the services' tasks are registered in, and whose rules blue/green deployments rewrite. */
  targets: Pick<LoadBalancers, 'groups' | 'all'>
  fleet: Fleet
  logs: LogWriter
  /** Default: there is no secret. */
  secrets?: SecretReader
  /** Default: a role is known nowhere. */
  roleEnvironment?: EcsWorld['roleEnvironment']
  /** Those of the named CloudWatch alarms that ring now. Default: none. */
  alarms?: EcsWorld['alarms']
  times?: Partial<TaskTimes>
}

export interface Ecs extends Service {
  /** A task's containers are killed behind ECS's back. */
  kill(taskArn: string): void
  /** The next RunTask starts nothing and answers with this failure. */
  failNextRun(failure: Failure): void
  /** Every task that RunTask ever started, oldest first. */
  tasksRun(): TaskRun[]
}

export function createEcs(options: EcsOptions): Ecs {
  const times = { ...FARGATE_TIMES, ...options.times }
  const world: EcsWorld = {
    secrets: () => {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
    },
    roleEnvironment: () => ({}),
    alarms: () => [],
    ...options,
    times,
    clusters: new Map(),
    families: new Map(),
    runs: { tasks: [], tokens: new Map(), failures: [] },
  }
  const scheduler = new Scheduler(world)
  return {
    signingName: 'ecs',
    sdk,
    authorization: ecsAuthorization(world),
    operations: {
      ...taskDefinitionOperations(world),
      ...clusterOperations(world),
      ...serviceOperations(world, scheduler),
      ...deleteServiceOperations(world, scheduler),
      ...taskOperations(world, scheduler),
      ...runTaskOperations(world, scheduler),
      ...deploymentOperations(world, scheduler),
    },
    kill(taskArn) {
      const task = [...world.clusters.values()]
        .map(({ tasks }) => tasks.get(taskArn))
        .find(found => found !== undefined)
      if (!task) throw new Error(`no task ${taskArn} to kill`)
      for (const { running } of task.containers) running.end(0)
    },
    failNextRun: failure => void world.runs.failures.push(failure),
    tasksRun: () => world.runs.tasks.map(toldRun),
  }
}
