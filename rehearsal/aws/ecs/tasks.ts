import type { DescribeTasksRequest, ListTasksRequest, StopTaskRequest } from '@aws-sdk/client-ecs'
import { DesiredStatus, LaunchType, TaskField } from '@aws-sdk/client-ecs'
import type { Operations } from '../service.ts'
import { length, oneOf, range } from '../wire/constraints.ts'
import type { Cluster, EcsTask, EcsWorld } from './model.ts'
import { clusterOf, ecsArn, invalidParameter, pageOf, refuse, serviceOf, shortName } from './names.ts'
import type { Scheduler } from './scheduler.ts'
import { stopTask } from './task-life.ts'

/** Stopped tasks are told for an hour. */
const REMEMBERED_MS = 3_600_000

export function taskOperations(world: EcsWorld, scheduler: Scheduler): Operations {
  return {
    ListTasks: (input: ListTasksRequest) => list(world, input),
    DescribeTasks: (input: DescribeTasksRequest) => describe(world, input),
    StopTask: (input: StopTaskRequest) => stop(world, scheduler, input),
  }
}

function remembered(world: EcsWorld, cluster: Cluster): EcsTask[] {
  const forgotten = world.clock.now() - REMEMBERED_MS
  for (const task of cluster.tasks.values())
    if (task.told.stoppedAt && task.told.stoppedAt.getTime() < forgotten) cluster.tasks.delete(task.arn)
  return [...cluster.tasks.values()]
}

function list(world: EcsWorld, input: ListTasksRequest) {
  refuse('ListTasks', input, ['containerInstance', 'daemonName'])
  oneOf('desiredStatus', input.desiredStatus, DesiredStatus)
  oneOf('launchType', input.launchType, LaunchType)
  range('maxResults', input.maxResults, 1, 100)
  if (input.serviceName && (input.startedBy || input.family))
    throw invalidParameter('serviceName cannot be combined with startedBy or family.')
  if (input.startedBy && input.family) throw invalidParameter('startedBy cannot be combined with family.')
  const cluster = clusterOf(world, input.cluster)
  const service = input.serviceName ? serviceOf(cluster, input.serviceName) : undefined
  const arns = remembered(world, cluster)
    .filter(({ told }) => told.desiredStatus === (input.desiredStatus ?? 'RUNNING'))
    .filter(task => !service || task.service === service)
    .filter(({ told }) => !input.startedBy || told.startedBy === input.startedBy)
    .filter(({ told }) => !input.launchType || told.launchType === input.launchType)
    .filter(({ taskDefinition }) => !input.family || taskDefinition.definition.family === input.family)
    .map(({ arn }) => arn)
  const { page, ...next } = pageOf(arns, input.nextToken, input.maxResults ?? 100)
  return { taskArns: page, ...next }
}

function describe(world: EcsWorld, input: DescribeTasksRequest) {
  for (const [at, field] of (input.include ?? []).entries()) oneOf(`include.${at + 1}.member`, field, TaskField)
  const asked = input.tasks ?? []
  if (asked.length === 0) throw invalidParameter('Tasks cannot be empty.')
  if (asked.length > 100) throw invalidParameter('Tasks cannot have more than 100 elements.')
  const cluster = clusterOf(world, input.cluster)
  const known = remembered(world, cluster)
  const found = asked.map(name => ({ name, task: known.find(task => names(task, name)) }))
  return {
    tasks: found.flatMap(({ task }) => (task ? [toldOf(task, input.include?.includes('TAGS') ?? false)] : [])),
    failures: found.flatMap(({ name, task }) => (task ? [] : [missing(cluster, name)])),
  }
}

/** As the API tells a task. */
export function toldOf({ told: { tags, ...told } }: EcsTask, withTags: boolean) {
  return { ...told, tags: withTags ? tags : [] }
}

function names(task: EcsTask, name: string): boolean {
  return name.startsWith('arn:') ? task.arn === name : task.id === shortName(name)
}

function missing(cluster: Cluster, name: string) {
  return { arn: name.startsWith('arn:') ? name : ecsArn(`task/${cluster.name}/${name}`), reason: 'MISSING' }
}

function stop(world: EcsWorld, scheduler: Scheduler, input: StopTaskRequest) {
  length('reason', input.reason, 0, 1024)
  const cluster = clusterOf(world, input.cluster)
  const task = remembered(world, cluster).find(each => names(each, input.task ?? ''))
  if (!task) throw invalidParameter('The referenced task was not found.')
  stopTask(world, task, 'UserInitiated', input.reason ?? 'Task stopped by user', scheduler)
  return { task: toldOf(task, false) }
}
