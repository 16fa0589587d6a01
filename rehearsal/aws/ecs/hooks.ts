import { randomBytes } from 'node:crypto'
import type { DeploymentLifecycleHook, DeploymentLifecycleHookDetail } from '@aws-sdk/client-ecs'
import { announceHook } from './announcements.ts'
import type { EcsService, EcsWorld, PauseHook, ServiceDeployment } from './model.ts'
import type { Stage } from './stages.ts'

const DEFAULT_TIMEOUT_MINUTES = 1440

/** The deployment has come to the stage: each hook that is configured there waits for an answer from now on. */
export function openHooks(world: EcsWorld, service: EcsService, deployment: ServiceDeployment, stage: Stage): void {
  for (const hook of hooksAt(deployment, stage)) {
    const { timeoutInMinutes = DEFAULT_TIMEOUT_MINUTES, action = 'ROLLBACK' } = hook.timeoutConfiguration ?? {}
    const opened: PauseHook = {
      id: `ecs-pause-${randomBytes(32).toString('base64url')}`,
      stage,
      status: 'AWAITING_ACTION',
      expiresAt: new Date(world.clock.now() + timeoutInMinutes * 60_000),
      timeoutAction: action,
    }
    deployment.lifecycle?.hooks.push(opened)
    announceHook(world, service, deployment, opened, 'HOOK_AWAITING_ACTION')
  }
}

function hooksAt({ configuration }: ServiceDeployment, stage: Stage): DeploymentLifecycleHook[] {
  return (configuration.lifecycleHooks ?? []).filter(hook => hook.lifecycleStages?.some(each => each === stage))
}

export function openHooksOf({ lifecycle }: ServiceDeployment): PauseHook[] {
  return lifecycle?.hooks.filter(({ status }) => status === 'AWAITING_ACTION') ?? []
}

/** An answer, or what takes its place. */
export function closeHook(
  world: EcsWorld,
  service: EcsService,
  deployment: ServiceDeployment,
  hook: PauseHook,
  status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT',
): void {
  hook.status = status
  deployment.updatedAt = new Date(world.clock.now())
  announceHook(world, service, deployment, hook, `HOOK_${status}`)
}

export function describeHook({ id, status, expiresAt, timeoutAction }: PauseHook): DeploymentLifecycleHookDetail {
  return { hookId: id, targetType: 'PAUSE', status, expiresAt, timeoutAction }
}
