import type { EcsService, EcsTask, EcsWorld, PauseHook, Revision, ServiceDeployment } from './model.ts'

const MOST_SERVICE_EVENTS = 100

/** The detail is the task as DescribeTasks tells it, with times as text. */
export function announceTask(world: EcsWorld, task: EcsTask): void {
  task.told.version++
  const { tags, ...told } = task.told
  const detail = JSON.parse(JSON.stringify({ ...told, updatedAt: new Date(world.clock.now()) }))
  world.bus.publish({ source: 'aws.ecs', 'detail-type': 'ECS Task State Change', resources: [task.arn], detail })
}

export function announceDeployment(
  world: EcsWorld,
  service: EcsService,
  revision: Revision,
  happened: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED',
  reason: string,
): void {
  world.bus.publish({
    source: 'aws.ecs',
    'detail-type': 'ECS Deployment State Change',
    resources: [service.arn],
    detail: {
      eventType: happened === 'FAILED' ? 'ERROR' : 'INFO',
      eventName: `SERVICE_DEPLOYMENT_${happened}`,
      deploymentId: revision.rolloutId,
      updatedAt: new Date(world.clock.now()).toISOString(),
      reason,
    },
  })
}

export function announceHook(
  world: EcsWorld,
  service: EcsService,
  deployment: ServiceDeployment,
  hook: PauseHook,
  eventName: 'HOOK_AWAITING_ACTION' | 'HOOK_SUCCEEDED' | 'HOOK_FAILED' | 'HOOK_TIMED_OUT',
): void {
  world.bus.publish({
    source: 'aws.ecs',
    'detail-type': 'ECS Hook State Change',
    resources: [deployment.arn],
    detail: {
      eventType: eventName === 'HOOK_FAILED' || eventName === 'HOOK_TIMED_OUT' ? 'ERROR' : 'INFO',
      eventName,
      hookId: hook.id,
      hookType: 'PAUSE',
      expiresAt: hook.expiresAt.toISOString(),
      lifecycleStage: hook.stage,
      clusterArn: service.cluster.arn,
      serviceArn: service.arn,
      serviceDeploymentArn: deployment.arn,
      updatedAt: new Date(world.clock.now()).toISOString(),
    },
  })
}

export function announceAction(
  world: EcsWorld,
  service: EcsService,
  eventName: 'SERVICE_STEADY_STATE' | 'SERVICE_TASK_START_IMPAIRED' | 'SERVICE_DESIRED_COUNT_UPDATED',
  more: Record<string, unknown> = {},
): void {
  world.bus.publish({
    source: 'aws.ecs',
    'detail-type': 'ECS Service Action',
    resources: [service.arn],
    detail: {
      eventType: eventName === 'SERVICE_TASK_START_IMPAIRED' ? 'WARN' : 'INFO',
      eventName,
      clusterArn: service.cluster.arn,
      createdAt: new Date(world.clock.now()).toISOString(),
      ...more,
    },
  })
}

/** A line of the service's own events, newest first as DescribeServices lists them. */
export function tell(world: EcsWorld, service: EcsService, message: string): void {
  const createdAt = new Date(world.clock.now())
  service.events.unshift({ id: crypto.randomUUID(), createdAt, message: `(service ${service.name}) ${message}` })
  service.events.length = Math.min(service.events.length, MOST_SERVICE_EVENTS)
}
