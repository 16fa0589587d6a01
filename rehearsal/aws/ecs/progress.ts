import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs'
import { watchFromNow } from './alarm-watch.ts'
import { announceDeployment, tell } from './announcements.ts'
import { beginLifecycle, isBlueGreen, turnBack } from './blue-green.ts'
import { closeHook, openHooksOf } from './hooks.ts'
import type { EcsService, EcsWorld, Revision, ServiceDeployment } from './model.ts'
import { clientError, deploymentId, ecsArn, numberId } from './names.ts'
import { breakerThreshold } from './rolling.ts'
import { targetGroupsFor } from './traffic.ts'

const OPEN: readonly ServiceDeploymentStatus[] = [
  'PENDING',
  'IN_PROGRESS',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
]

const BREAKER = 'ECS deployment circuit breaker: '

export function isOpen({ status }: ServiceDeployment): boolean {
  return OPEN.includes(status)
}

export function newRevision(
  world: EcsWorld,
  of: Pick<EcsService, 'name' | 'cluster' | 'settings' | 'serving'>,
  taskDefinition: Revision['taskDefinition'],
): Revision {
  if (taskDefinition.definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive')
  const rolloutId = `ecs-svc/${numberId()}`
  const now = new Date(world.clock.now())
  return {
    arn: ecsArn(`service-revision/${of.cluster.name}/${of.name}/${numberId()}`),
    rolloutId,
    taskDefinition,
    settings: structuredClone(of.settings),
    images: taskDefinition.containers.map(({ name, image }) => ({ containerName: name, image })),
    createdAt: now,
    updatedAt: now,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${rolloutId} in progress.`,
    failedTasks: 0,
    backOff: { failures: 0, until: 0, impaired: false },
    targetGroups: targetGroupsFor(world.targets, of.settings, of.serving),
  }
}

/** Makes the revision the one to run; a deployment that is still open is superseded. */
export function deploy(world: EcsWorld, service: EcsService, target: Revision, sources: Revision[]): void {
  const now = new Date(world.clock.now())
  const running = service.deployments.at(-1)
  if (running && isOpen(running))
    close(world, service, running, 'STOPPED', 'Service deployment stopped because a newer one superseded it.')
  const { serving } = service
  const deployment: ServiceDeployment = {
    arn: ecsArn(`service-deployment/${service.cluster.name}/${service.name}/${deploymentId()}`),
    status: 'PENDING',
    createdAt: now,
    updatedAt: now,
    sources,
    target,
    configuration: structuredClone(service.settings.deploymentConfiguration),
    breaker: { tripped: false, failures: 0, over: false },
    alarms: { triggered: [] },
    ...(serving && { blue: serving }),
  }
  service.deployments.push(deployment)
  // Whatever rule leads to a rolling service's groups leads users to its first tasks.
  if (!isBlueGreen(deployment)) service.serving ??= target
  if (!service.revisions.includes(target)) service.revisions.push(target)
  service.primary = target
  service.steady = false
  announceDeployment(world, service, target, 'IN_PROGRESS', target.rolloutStateReason)
}

/** The first look at a new deployment: what its images' tags stand for now is what it deploys from here on. */
export function begin(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): void {
  update(world, deployment, 'IN_PROGRESS')
  deployment.startedAt = deployment.updatedAt
  deployment.alarms = watchFromNow(world, deployment.configuration)
  service.currentDeployment = deployment
  for (const image of deployment.target.images) {
    try {
      image.imageDigest = world.images.pull(image.image ?? '').digest
    } catch {
      // The tasks will say why: each tries the pull itself and fails with the registry's words.
    }
  }
  if (isBlueGreen(deployment)) beginLifecycle(world, service, deployment)
}

/** The service runs what it should, and nothing else. */
export function succeed(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): void {
  const { primary } = service
  primary.updatedAt = new Date(world.clock.now())
  primary.rolloutState = 'COMPLETED'
  primary.rolloutStateReason = `ECS deployment ${primary.rolloutId} completed.`
  service.lastSuccessful = primary
  service.serving = primary
  const tookBack = deployment.rollback !== undefined
  close(world, service, deployment, tookBack ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL')
  tell(world, service, `(deployment ${primary.rolloutId}) deployment completed.`)
  announceDeployment(world, service, primary, 'COMPLETED', primary.rolloutStateReason)
}

/** Another task of the open deployment has failed to start. */
export function countFailure(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): void {
  const { deploymentCircuitBreaker: breaker } = deployment.configuration
  deployment.breaker.failures++
  deployment.updatedAt = new Date(world.clock.now())
  if (
    !breaker?.enable ||
    deployment.breaker.failures < breakerThreshold(service.desiredCount, deployment.configuration)
  )
    return
  deployment.breaker.tripped = true
  const reason = `${BREAKER}tasks failed to start.`
  if (deployment.rollback) {
    failRollout(world, service, service.primary, reason)
    close(world, service, deployment, 'ROLLBACK_FAILED', reason)
    return
  }
  fail(world, service, deployment, reason, breaker.rollback === true)
}

/** The deployment ends here: taken back if that is wanted and possible, else left as it is. */
export function fail(
  world: EcsWorld,
  service: EcsService,
  deployment: ServiceDeployment,
  reason: string,
  rollback: boolean,
): void {
  failRollout(world, service, deployment.target, reason)
  if (rollback && service.lastSuccessful) takeBack(world, service, deployment, service.lastSuccessful, reason)
  else close(world, service, deployment, 'STOPPED', reason)
}

function failRollout(world: EcsWorld, service: EcsService, revision: Revision, reason: string): void {
  revision.rolloutState = 'FAILED'
  revision.rolloutStateReason = reason
  revision.updatedAt = new Date(world.clock.now())
  tell(world, service, `(deployment ${revision.rolloutId}) deployment failed: ${reason.replace(BREAKER, '')}`)
  announceDeployment(world, service, revision, 'FAILED', reason)
}

/** Rolls back to a revision that was deployed before; no new revision is made of it. */
export function takeBack(
  world: EcsWorld,
  service: EcsService,
  deployment: ServiceDeployment,
  to: Revision,
  reason: string,
): void {
  closeHooks(world, service, deployment)
  update(world, deployment, 'ROLLBACK_IN_PROGRESS', reason)
  deployment.startedAt ??= deployment.updatedAt
  service.currentDeployment = deployment
  deployment.rollback = { reason, startedAt: deployment.updatedAt, serviceRevisionArn: to.arn }
  deployment.breaker.failures = 0
  service.primary = to
  service.steady = false
  to.backOff = { failures: 0, until: 0, impaired: false }
  if (isBlueGreen(deployment)) turnBack(world, deployment)
  // A rolling deployment moves nobody to other target groups: what it goes back to starts where users are.
  else to.targetGroups = rolledBackTo(world, service, to)
  to.rolloutState = 'IN_PROGRESS'
  to.rolloutStateReason = deployment.breaker.tripped
    ? `${BREAKER}rolling back to deploymentId ${to.rolloutId}.`
    : `ECS deployment ${to.rolloutId} in progress.`
  to.updatedAt = deployment.updatedAt
  tell(world, service, `rolling back to (deployment ${to.rolloutId})`)
  announceDeployment(world, service, to, 'IN_PROGRESS', to.rolloutStateReason)
}

export function update(
  world: EcsWorld,
  deployment: ServiceDeployment,
  status: ServiceDeploymentStatus,
  reason?: string,
): void {
  deployment.status = status
  deployment.updatedAt = new Date(world.clock.now())
  if (reason) deployment.statusReason = reason
}

function rolledBackTo(world: EcsWorld, { serving }: EcsService, { settings }: Revision): string[] {
  const deploymentConfiguration = { ...settings.deploymentConfiguration, strategy: 'ROLLING' as const }
  return targetGroupsFor(world.targets, { ...settings, deploymentConfiguration }, serving)
}

function close(
  world: EcsWorld,
  service: EcsService,
  deployment: ServiceDeployment,
  status: ServiceDeploymentStatus,
  reason?: string,
): void {
  closeHooks(world, service, deployment)
  update(world, deployment, status, reason)
  deployment.finishedAt = deployment.updatedAt
  if (status === 'STOPPED') deployment.stoppedAt = deployment.updatedAt
  deployment.breaker.over = true
}

function closeHooks(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): void {
  for (const hook of openHooksOf(deployment)) closeHook(world, service, deployment, hook, 'FAILED')
}
