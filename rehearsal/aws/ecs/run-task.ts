import { isDeepStrictEqual } from 'node:util'
import type { ContainerOverride, RunTaskRequest, TaskStopCode } from '@aws-sdk/client-ecs'
import { LaunchType, PropagateTags } from '@aws-sdk/client-ecs'
import { AwsError, type Operations } from '../service.ts'
import { length, oneOf, pattern, range } from '../wire/constraints.ts'
import type { Cluster, EcsTask, EcsWorld, RegisteredTaskDefinition } from './model.ts'
import { activeTaskDefinition, clusterOf, invalidParameter, notRehearsed, refuse } from './names.ts'
import { newTask } from './new-task.ts'
import type { Scheduler } from './scheduler.ts'
import { checkFit } from './service-checks.ts'
import { runTask } from './task-life.ts'
import { toldOf } from './tasks.ts'

/** One task that RunTask started, however long ago. */
export interface TaskRun {
  arn: string
  group: string
  startedBy: string | undefined
  lastStatus: string
  /** By container, what it ran instead of its definition's own command. */
  commands: Record<string, string[]>
  /** By container; undefined for one that never started, or still runs. */
  exitCodes: Record<string, number | undefined>
  stopCode: TaskStopCode | undefined
  stoppedReason: string | undefined
}

const NOT_REHEARSED = [
  'capacityProviderStrategy',
  'placementConstraints',
  'placementStrategy',
  'referenceId',
  'volumeConfigurations',
]
const OVERRIDES_NOT_REHEARSED = [
  'cpu',
  'ephemeralStorage',
  'executionRoleArn',
  'inferenceAcceleratorOverrides',
  'memory',
  'taskRoleArn',
]
const CONTAINER_NOT_REHEARSED = ['cpu', 'environmentFiles', 'memory', 'memoryReservation', 'resourceRequirements']
const LONGEST_OVERRIDES = 8192
const PLATFORMS = ['LATEST', '1.4.0']

const DAY_MS = 24 * 3_600_000
const HOUR_MS = 3_600_000

export function runTaskOperations(world: EcsWorld, scheduler: Scheduler): Operations {
  return { RunTask: (input: RunTaskRequest) => run(world, scheduler, input) }
}

function run(world: EcsWorld, scheduler: Scheduler, input: RunTaskRequest) {
  checkRequest(input)
  const cluster = clusterOf(world, input.cluster)
  const repeated = earlier(world, cluster, input)
  if (repeated) return answer(repeated)
  const taskDefinition = activeTaskDefinition(world, input.taskDefinition ?? '')
  checkDefinition(taskDefinition, input)
  const failure = world.runs.failures.shift()
  if (failure) return { tasks: [], failures: [failure] }
  const tasks = Array.from({ length: input.count ?? 1 }, () =>
    newTask(world, {
      cluster,
      taskDefinition,
      group: input.group ?? `family:${taskDefinition.definition.family}`,
      ...(input.startedBy !== undefined && { startedBy: input.startedBy }),
      ...(input.overrides && { overrides: input.overrides }),
      networkConfiguration: input.networkConfiguration,
      enableExecuteCommand: input.enableExecuteCommand,
      tags: [...(input.propagateTags === 'TASK_DEFINITION' ? taskDefinition.tags : []), ...(input.tags ?? [])],
    }),
  )
  world.runs.tasks.push(...tasks)
  if (input.clientToken)
    world.runs.tokens.set(tokenKey(cluster, input.clientToken), { request: input, tasks, at: world.clock.now() })
  for (const task of tasks) runTask(world, task, scheduler)
  return answer(tasks)
}

function answer(tasks: EcsTask[]) {
  return { tasks: tasks.map(task => toldOf(task, true)), failures: [] }
}

const tokenKey = (cluster: Cluster, token: string) => `${cluster.name} ${token}`

/** The tasks of the same request made before, as they are now. */
function earlier(world: EcsWorld, cluster: Cluster, input: RunTaskRequest): EcsTask[] | undefined {
  const key = tokenKey(cluster, input.clientToken ?? '')
  const known = world.runs.tokens.get(key)
  if (!known) return undefined
  const now = world.clock.now()
  // ECS keeps a token for a day, or for an hour after its tasks are gone, whichever is less.
  const gone = ({ told }: EcsTask) => told.stoppedAt !== undefined && now >= told.stoppedAt.getTime() + HOUR_MS
  if (now >= known.at + DAY_MS || known.tasks.every(gone)) {
    world.runs.tokens.delete(key)
    return undefined
  }
  if (isDeepStrictEqual(known.request, input)) return known.tasks
  const message = 'The clientToken is already in use with a different RunTask request.'
  throw new AwsError('ConflictException', message, 400, { resourceIds: known.tasks.map(({ arn }) => arn) })
}

function checkRequest(input: RunTaskRequest): void {
  refuse('RunTask', input, NOT_REHEARSED)
  if (input.enableECSManagedTags) throw notRehearsed('RunTask with enableECSManagedTags')
  range('count', input.count, 1, 10)
  oneOf('launchType', input.launchType, LaunchType)
  if ((input.launchType ?? 'FARGATE') !== 'FARGATE') throw notRehearsed(`the launch type ${input.launchType}`)
  if (!PLATFORMS.includes(input.platformVersion ?? 'LATEST'))
    throw new AwsError('PlatformUnknownException', "The specified platform version doesn't exist.")
  oneOf('propagateTags', input.propagateTags, PropagateTags)
  if (input.propagateTags === 'SERVICE') throw invalidParameter('SERVICE is not a valid value of propagateTags here.')
  length('startedBy', input.startedBy, 0, 128)
  pattern('startedBy', input.startedBy, /[A-Za-z0-9\-_/]*/)
  length('clientToken', input.clientToken, 0, 64)
  pattern('clientToken', input.clientToken, /[!-~]*/)
  if ((input.tags?.length ?? 0) > 50) throw invalidParameter('The number of tags is greater than 50.')
  refuse('RunTask with overrides', input.overrides ?? {}, OVERRIDES_NOT_REHEARSED)
  if (JSON.stringify(input.overrides ?? {}).length > LONGEST_OVERRIDES)
    throw invalidParameter(`Container Overrides length must be at most ${LONGEST_OVERRIDES}`)
}

function checkDefinition(taskDefinition: RegisteredTaskDefinition, input: RunTaskRequest): void {
  if (!taskDefinition.definition.compatibilities?.includes('FARGATE'))
    throw invalidParameter('Task definition does not support launch_type FARGATE.')
  checkFit(taskDefinition, { networkConfiguration: input.networkConfiguration })
  for (const override of input.overrides?.containerOverrides ?? []) checkOverride(taskDefinition, override)
}

function checkOverride({ containers }: RegisteredTaskDefinition, override: ContainerOverride): void {
  refuse(`an override of container ${override.name}`, override, CONTAINER_NOT_REHEARSED)
  if (!containers.some(({ name }) => name === override.name))
    throw invalidParameter(`Override for container named ${override.name} is not a container in the TaskDefinition.`)
}

export function toldRun({ arn, told }: EcsTask): TaskRun {
  return {
    arn,
    group: told.group ?? '',
    startedBy: told.startedBy,
    lastStatus: told.lastStatus,
    commands: Object.fromEntries(
      (told.overrides?.containerOverrides ?? []).flatMap(({ name = '', command }) =>
        command ? [[name, command]] : [],
      ),
    ),
    exitCodes: Object.fromEntries(told.containers.map(({ name = '', exitCode }) => [name, exitCode])),
    stopCode: told.stopCode,
    stoppedReason: told.stoppedReason,
  }
}
