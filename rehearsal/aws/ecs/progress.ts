import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs'
import { announceDeployment, tell } from './announcements.ts'
import type { EcsService, EcsWorld, Revision, ServiceDeployment } from './model.ts'
import { clientError, deploymentId, ecsArn, numberId } from './names.ts'
import { breakerThreshold } from './rolling.ts'

const OPEN: readonly ServiceDeploymentStatus[] = [
  'PENDING',
  'IN_PROGRESS',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
]

export function isOpen({ status }: ServiceDeployment): boolean {
  return OPEN.includes(status)
}

export function newRevision(
  world: EcsWorld,
  of: Pick<EcsService, 'name' | 'cluster' | 'settings'>,
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
  }
}

/** Makes the revision the one to run; a deployment that is still open is superseded. */
export function deploy(world: EcsWorld, service: EcsService, target: Revision, sources: Revision[]): void {
  const now = new Date(world.clock.now())
  const running = service.deployments.at(-1)
  if (running && isOpen(running))
    close(world, running, 'STOPPED', 'Service deployment stopped because a newer one superseded it.')
  service.deployments.push({
    arn: ecsArn(`service-deployment/${service.cluster.name}/${service.name}/${deploymentId()}`),
    status: 'PENDING',
    createdAt: now,
    updatedAt: now,
    sources,
    target,
    configuration: structuredClone(service.settings.deploymentConfiguration),
    breaker: { tripped: false, failures: 0, over: false },
  })
  if (!service.revisions.includes(target)) service.revisions.push(target)
  service.primary = target
  service.steady = false
  service.backOff = { failures: 0, until: 0, impaired: false }
  announceDeployment(world, service, target, 'IN_PROGRESS', target.rolloutStateReason)
}

/** The first look at a new deployment: what its images' tags stand for now is what it deploys from here on. */
export function begin(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): void {
  update(world, deployment, 'IN_PROGRESS')
  deployment.startedAt = deployment.updatedAt
  service.currentDeployment = deployment
  for (const image of deployment.target.images) {
    try {
      image.imageDigest = world.images.pull(image.image ?? '').digest
    } catch {
      // The tasks will say why: each tries the pull itself and fails with the registry's words.
    }
  }
}

/** The service runs what it should, and nothing else. */
export function succeed(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): void {
  const { primary } = service
  primary.updatedAt = new Date(world.clock.now())
  primary.rolloutState = 'COMPLETED'
  primary.rolloutStateReason = `ECS deployment ${primary.rolloutId} completed.`
  service.lastSuccessful = primary
  const tookBack = deployment.rollback !== undefined
  close(world, deployment, tookBack ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL')
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
  const reason = 'ECS deployment circuit breaker: tasks failed to start.'
  if (deployment.rollback) {
    failRollout(world, service, service.primary, reason)
    close(world, deployment, 'ROLLBACK_FAILED', reason)
    return
  }
  failRollout(world, service, deployment.target, reason)
  if (breaker.rollback && service.lastSuccessful) takeBack(world, service, deployment, service.lastSuccessful, reason)
  else close(world, deployment, 'STOPPED', reason)
}

function failRollout(world: EcsWorld, service: EcsService, revision: Revision, reason: string): void {
  revision.rolloutState = 'FAILED'
  revision.rolloutStateReason = reason
  revision.updatedAt = new Date(world.clock.now())
  tell(world, service, `(deployment ${revision.rolloutId}) deployment failed: tasks failed to start.`)
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
  update(world, deployment, 'ROLLBACK_IN_PROGRESS', reason)
  deployment.startedAt ??= deployment.updatedAt
  service.currentDeployment = deployment
  deployment.rollback = { reason, startedAt: deployment.updatedAt, serviceRevisionArn: to.arn }
  deployment.breaker.failures = 0
  service.primary = to
  service.steady = false
  service.backOff = { failures: 0, until: 0, impaired: false }
  to.rolloutState = 'IN_PROGRESS'
  to.rolloutStateReason = deployment.breaker.tripped
    ? `ECS deployment circuit breaker: rolling back to deploymentId ${to.rolloutId}.`
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

function close(world: EcsWorld, deployment: ServiceDeployment, status: ServiceDeploymentStatus, reason?: string): void {
  update(world, deployment, status, reason)
  deployment.finishedAt = deployment.updatedAt
  if (status === 'STOPPED') deployment.stoppedAt = deployment.updatedAt
  deployment.breaker.over = true
}
