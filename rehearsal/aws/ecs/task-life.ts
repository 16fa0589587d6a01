import type { KeyValuePair, TaskStopCode } from '@aws-sdk/client-ecs'
import { REGION } from '../service.ts'
import { announceTask, tell } from './announcements.ts'
import type { EcsTask, EcsWorld } from './model.ts'
import { addressOf, byDigest, containerTold } from './new-task.ts'
import { watchHealth } from './probe.ts'
import { pullSecrets } from './task-secrets.ts'

/** What the scheduler is told of its tasks. */
export interface TaskWatcher {
  changed(task: EcsTask): void
  /** It ended by itself before it ever was healthy. */
  failedToStart(task: EcsTask): void
}

const DEFAULT_STOP_SECONDS = 30

/** Takes a new task through its life: its network, its images, its containers, its targets. */
export function runTask(world: EcsWorld, task: EcsTask, watcher: TaskWatcher): void {
  task.cluster.tasks.set(task.arn, task)
  announceTask(world, task)
  world.clock.timer(world.times.provisioning, () => {
    if (task.told.desiredStatus === 'STOPPED') return
    become(world, task, 'PENDING', watcher)
    const secrets = findSecrets(world, task, watcher)
    const folders = secrets && pull(world, task, watcher)
    if (!folders) return
    world.clock.timer(world.times.pending, () => void launch(world, task, { folders, secrets }, watcher))
  })
}

function findSecrets(world: EcsWorld, task: EcsTask, watcher: TaskWatcher): Record<string, string>[] | undefined {
  try {
    return pullSecrets(task, world.secrets)
  } catch (error) {
    // Whatever keeps a secret away is the reason of the task, as in AWS; the rehearsal goes on.
    watcher.failedToStart(task)
    finish(world, task, 'TaskFailedToStart', error instanceof Error ? error.message : String(error), watcher)
    return undefined
  }
}

function pull(world: EcsWorld, task: EcsTask, watcher: TaskWatcher): string[] | undefined {
  task.told.pullStartedAt = new Date(world.clock.now())
  const folders: string[] = []
  for (const { name, image } of task.taskDefinition.containers) {
    const told = containerTold(task, name)
    const resolved = task.revision?.images.find(({ containerName }) => containerName === name)
    try {
      const digest = resolved?.imageDigest
      const pulled = world.images.pull(digest ? byDigest(image, digest) : image)
      if (resolved && !digest) resolved.imageDigest = pulled.digest
      if (told) told.imageDigest = pulled.digest
      folders.push(pulled.folder)
    } catch (error) {
      // Whatever the registry says is the reason of the task, as in AWS; the rehearsal goes on.
      const words = error instanceof Error ? error.message : String(error)
      const reason = words.startsWith('CannotPullContainerError') ? words : `CannotPullContainerError: ${words}`
      if (told) told.reason = reason
      watcher.failedToStart(task)
      finish(world, task, 'TaskFailedToStart', reason, watcher)
      return undefined
    }
  }
  task.told.pullStoppedAt = new Date(world.clock.now())
  return folders
}

interface Pulled {
  folders: string[]
  secrets: Record<string, string>[]
}

async function launch(world: EcsWorld, task: EcsTask, pulled: Pulled, watcher: TaskWatcher): Promise<void> {
  if (task.told.desiredStatus === 'STOPPED') return
  for (const [at, container] of task.taskDefinition.containers.entries()) {
    const log = container.logConfiguration?.logDriver === 'awslogs' ? container.logConfiguration.options : undefined
    const stream = `${log?.['awslogs-stream-prefix'] ?? container.name}/${container.name}/${task.id}`
    const override = task.overrides.find(({ name }) => name === container.name)
    const command = override?.command ?? container.command
    const environment = [...(container.environment ?? []), ...(override?.environment ?? [])]
    const running = world.fleet.start({
      folder: pulled.folders[at] ?? '',
      env: { ...surroundings(world, task), ...named(environment), ...pulled.secrets[at] },
      ...(command && { command }),
      log: line => log?.['awslogs-group'] && world.logs(log['awslogs-group'], stream, line),
    })
    task.containers.push({ name: container.name, running })
    void running.exited.then(code => exited(world, task, container.name, code, watcher))
  }
  await Promise.all(task.containers.map(({ running }) => running.started))
  if (task.told.desiredStatus === 'STOPPED') return
  for (const told of task.told.containers) {
    if (told.lastStatus === 'STOPPED') continue
    told.lastStatus = 'RUNNING'
    told.runtimeId = `${task.id}-${told.name}`
  }
  const run = () => {
    if (task.told.desiredStatus === 'STOPPED') return
    task.told.startedAt = new Date(world.clock.now())
    task.told.connectivity = 'CONNECTED'
    task.told.connectivityAt = task.told.startedAt
    for (const attachment of task.told.attachments ?? []) attachment.status = 'ATTACHED'
    watchContainers(world, task, watcher)
    become(world, task, 'RUNNING', watcher)
  }
  if (!registerTargets(world, task, watcher)) return run()
  become(world, task, 'ACTIVATING', watcher)
  world.clock.timer(world.times.activating, run)
}

/** What ECS puts into every container. */
function surroundings(world: EcsWorld, { taskDefinition }: EcsTask): Record<string, string> {
  const { taskRoleArn } = taskDefinition.definition
  return {
    AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
    AWS_REGION: REGION,
    // Short cut: in ECS a container asks an address beside it for the keys of its role, which change by the hour.
    ...(taskRoleArn && world.roleEnvironment(taskRoleArn)),
  }
}

function named(pairs: KeyValuePair[]): Record<string, string> {
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value ?? '']))
}

function registerTargets(world: EcsWorld, task: EcsTask, watcher: TaskWatcher): boolean {
  const { settings, targetGroups = [] } = task.revision ?? {}
  for (const [at, { containerName, containerPort }] of (settings?.loadBalancers ?? []).entries()) {
    const group = world.targets.groups.get(targetGroups[at] ?? '')
    const container = task.containers.find(({ name }) => name === containerName)
    if (!group || !container) continue
    const endpoint = container.running.endpoint
    const target = group.register(addressOf(task), containerPort ?? 80, endpoint, () => watcher.changed(task))
    task.targets.push({ group, target })
    if (task.service) tell(world, task.service, `registered 1 targets in (target-group ${group.arn})`)
  }
  return task.targets.length > 0
}

function watchContainers(world: EcsWorld, task: EcsTask, watcher: TaskWatcher): void {
  for (const { name, running } of task.containers) {
    const definition = task.taskDefinition.containers.find(container => container.name === name)
    if (!definition?.healthCheck) continue
    const port = definition.portMappings?.[0]?.containerPort
    const check = watchHealth(world.clock, running, definition.healthCheck, port, status => {
      const told = containerTold(task, name)
      if (told) told.healthStatus = status
      task.told.healthStatus = healthOf(task)
      announceTask(world, task)
      watcher.changed(task)
    })
    task.checks.push(check)
  }
}

function healthOf(task: EcsTask): 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
  const checked = task.taskDefinition.containers.filter(
    ({ healthCheck, essential }) => healthCheck && essential !== false,
  )
  const statuses = checked.map(({ name }) => containerTold(task, name)?.healthStatus)
  if (statuses.includes('UNHEALTHY')) return 'UNHEALTHY'
  return statuses.length > 0 && statuses.every(status => status === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN'
}

function exited(world: EcsWorld, task: EcsTask, name: string, code: number, watcher: TaskWatcher): void {
  const told = containerTold(task, name)
  if (told) {
    told.lastStatus = 'STOPPED'
    told.exitCode = code
  }
  const essential = task.taskDefinition.containers.find(container => container.name === name)?.essential !== false
  if (task.told.desiredStatus === 'STOPPED') return
  if (!essential) {
    announceTask(world, task)
    return
  }
  if (!task.wasHealthy) watcher.failedToStart(task)
  for (const { group, target } of task.targets) group.deregister(target, () => {})
  void endContainers(world, task, 'EssentialContainerExited', 'Essential container in task exited', watcher)
}

/** Tells a task to stop: its targets are drained first, then its containers are ended. */
export function stopTask(
  world: EcsWorld,
  task: EcsTask,
  code: TaskStopCode,
  reason: string,
  watcher: TaskWatcher,
): void {
  if (task.told.desiredStatus === 'STOPPED') return
  const end = () => void endContainers(world, task, code, reason, watcher)
  if (task.targets.length === 0) {
    end()
    return
  }
  markStopping(task, code, reason)
  become(world, task, 'DEACTIVATING', watcher)
  let draining = task.targets.length
  for (const { group, target } of task.targets) {
    group.deregister(target, () => {
      draining--
      if (draining === 0) end()
    })
  }
}

function markStopping(task: EcsTask, code: TaskStopCode, reason: string): void {
  task.told.desiredStatus = 'STOPPED'
  task.told.stopCode = code
  task.told.stoppedReason = reason
  for (const check of task.checks) check.cancel()
}

async function endContainers(world: EcsWorld, task: EcsTask, code: TaskStopCode, reason: string, watcher: TaskWatcher) {
  markStopping(task, code, reason)
  task.told.stoppingAt = new Date(world.clock.now())
  const last = task.containers.every(({ name }) => containerTold(task, name)?.lastStatus === 'STOPPED')
  if (!last) become(world, task, 'STOPPING', watcher)
  for (const { name, running } of task.containers) {
    const definition = task.taskDefinition.containers.find(container => container.name === name)
    running.end((definition?.stopTimeout ?? DEFAULT_STOP_SECONDS) * 1000)
  }
  await world.clock.during('end of a task', () => Promise.all(task.containers.map(({ running }) => running.exited)))
  finish(world, task, code, reason, watcher)
}

function finish(world: EcsWorld, task: EcsTask, code: TaskStopCode, reason: string, watcher: TaskWatcher): void {
  markStopping(task, code, reason)
  task.told.executionStoppedAt = new Date(world.clock.now())
  for (const told of task.told.containers) told.lastStatus = 'STOPPED'
  become(world, task, 'DEPROVISIONING', watcher)
  world.clock.timer(world.times.deprovisioning, () => {
    task.told.stoppedAt = new Date(world.clock.now())
    for (const attachment of task.told.attachments ?? []) attachment.status = 'DELETED'
    become(world, task, 'STOPPED', watcher)
  })
}

function become(world: EcsWorld, task: EcsTask, status: string, watcher: TaskWatcher): void {
  task.told.lastStatus = status
  announceTask(world, task)
  watcher.changed(task)
}
