import type { EcsService, EcsTask } from './model.ts'

/** A task that nothing checks counts as healthy when it has run for that long. */
const SETTLED_MS = 40_000

const checksContainers = (task: EcsTask) =>
  task.taskDefinition.containers.some(({ healthCheck, essential }) => healthCheck && essential !== false)

/** Healthy in every respect that is checked: containers, targets, or else that it keeps running. */
export function isHealthy(task: EcsTask, now: number): boolean {
  if (task.told.lastStatus !== 'RUNNING') return false
  if (checksContainers(task) && task.told.healthStatus !== 'HEALTHY') return false
  if (task.targets.some(({ target }) => target.state !== 'healthy')) return false
  if (checksContainers(task) || task.targets.length > 0) return true
  return now >= settlesAt(task)
}

/** The moment from which an unchecked task counts as healthy. */
export function settlesAt(task: EcsTask): number {
  return (task.told.startedAt?.getTime() ?? 0) + SETTLED_MS
}

/** What the health checks hold against a running task once its grace period is over, in ECS's words. */
export function unhealthyReason(task: EcsTask, service: EcsService, now: number): string | undefined {
  if (task.told.lastStatus !== 'RUNNING' || now < graceEndsAt(task, service)) return undefined
  if (task.told.healthStatus === 'UNHEALTHY') return 'Task failed container health checks'
  const failing = task.targets.find(({ target }) => target.state === 'unhealthy')
  return failing && `Task failed ELB health checks in (target-group ${failing.group.arn})`
}

export function graceEndsAt(task: EcsTask, service: EcsService): number {
  return (task.told.startedAt?.getTime() ?? 0) + (service.settings.healthCheckGracePeriodSeconds ?? 0) * 1000
}

/** When the health of a task may change without anybody saying so. */
export function nextLookAt(task: EcsTask, service: EcsService, now: number): number | undefined {
  if (task.told.lastStatus !== 'RUNNING') return undefined
  const unchecked = !checksContainers(task) && task.targets.length === 0
  const moments = [graceEndsAt(task, service), ...(unchecked ? [settlesAt(task)] : [])].filter(at => at > now)
  return moments.length > 0 ? Math.min(...moments) : undefined
}

export function tasksOf(service: EcsService): EcsTask[] {
  return [...service.cluster.tasks.values()].filter(
    task => task.service === service && task.told.lastStatus !== 'STOPPED',
  )
}
