import { hasRung } from './alarm-watch.ts'
import { isHealthy, tasksOf } from './health.ts'
import { closeHook, openHooks, openHooksOf } from './hooks.ts'
import type { EcsService, EcsWorld, Lifecycle, Revision, ServiceDeployment } from './model.ts'
import { hasReached, type Stage, stageAfter, stageEnd } from './stages.ts'
import { attach, hasTestRule, sharesGroups, shift } from './traffic.ts'

export function isBlueGreen({ configuration }: ServiceDeployment): boolean {
  return configuration.strategy === 'BLUE_GREEN'
}

/** How many tasks each revision is to have; one that is not named is to have none. */
export function wantedTasks(service: EcsService): Map<Revision, number> {
  const deployment = service.deployments.at(-1)
  return new Map(wantedRevisions(service, deployment).map(revision => [revision, service.desiredCount]))
}

function wantedRevisions(service: EcsService, deployment: ServiceDeployment | undefined): Revision[] {
  const { primary, serving } = service
  if (!deployment || !isBlueGreen(deployment)) return [primary]
  const { status, target, blue, lifecycle } = deployment
  if (status === 'SUCCESSFUL' || status === 'ROLLBACK_SUCCESSFUL') return [primary]
  const inUse = serving ? [serving] : []
  if (status === 'ROLLBACK_IN_PROGRESS') return unique([primary, ...inUse])
  const warm = blue && lifecycle?.stage !== 'CLEAN_UP' ? [blue] : []
  const green = lifecycle && hasReached(lifecycle.stage, 'SCALE_UP') ? [target] : []
  return unique([...inUse, ...warm, ...green])
}

function unique<T>(all: T[]): T[] {
  return [...new Set(all)]
}

export function isComplete(service: EcsService, revision: Revision, now: number): boolean {
  const healthy = tasksOf(service).filter(task => task.revision === revision && isHealthy(task, now))
  return healthy.length >= service.desiredCount
}

/** What is not wanted beside users' revision in the same target groups serves them too, until that one is complete. */
export function mayGo(service: EcsService, revision: Revision, now: number): boolean {
  const { serving } = service
  return !serving || !sharesGroups(revision, serving) || isComplete(service, serving, now)
}

/** The first stage: what is neither blue nor green is to go first, if there is any. */
export function beginLifecycle(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): void {
  enter(world, service, deployment, deployment.sources.length > 1 ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP')
}

function enter(world: EcsWorld, service: EcsService, deployment: ServiceDeployment, stage: Stage): void {
  const { target, blue } = deployment
  moveTo(world, deployment, stage)
  if (stage === 'RECONCILE_SERVICE' && blue) direct(world, service, deployment, blue, 'test')
  if (stage === 'SCALE_UP') attach(world.targets, target)
  if (stage === 'TEST_TRAFFIC_SHIFT') direct(world, service, deployment, target, 'test')
  if (stage === 'PRODUCTION_TRAFFIC_SHIFT') direct(world, service, deployment, target, 'production')
  openHooks(world, service, deployment, stage)
}

function moveTo(world: EcsWorld, deployment: ServiceDeployment, stage: Stage): void {
  const enteredAt = world.clock.now()
  deployment.lifecycle = { hooks: [], ...deployment.lifecycle, stage, enteredAt }
  deployment.updatedAt = new Date(enteredAt)
}

function direct(
  world: EcsWorld,
  service: EcsService,
  deployment: ServiceDeployment,
  to: Revision,
  traffic: 'production' | 'test',
): void {
  if (traffic === 'test' && !hasTestRule(deployment.target)) return
  shift(world.targets, deployment.target, to, traffic)
  service[traffic === 'production' ? 'serving' : 'tested'] = to
}

export interface DeploymentFailure {
  reason: string
  rollback: boolean
}

/** Goes on to the next stage when this one is over; says why the deployment has failed, if it has. */
export function advance(
  world: EcsWorld,
  service: EcsService,
  deployment: ServiceDeployment,
): DeploymentFailure | undefined {
  if (hasRung(world, deployment)) {
    const reason = `Service deployment failed: alarms detected: ${deployment.alarms.triggered.join(', ')}.`
    return { reason, rollback: deployment.configuration.alarms?.rollback === true }
  }
  const { lifecycle, status } = deployment
  if (!lifecycle || status !== 'IN_PROGRESS') return undefined
  const now = world.clock.now()
  for (const hook of openHooksOf(deployment).filter(({ expiresAt }) => expiresAt.getTime() <= now)) {
    closeHook(world, service, deployment, hook, 'TIMED_OUT')
    if (hook.timeoutAction === 'ROLLBACK')
      return { reason: `Service deployment failed: the hook at ${hook.stage} timed out.`, rollback: true }
  }
  const end = endOf(world, service, deployment, lifecycle)
  const next = stageAfter(lifecycle.stage)
  if (end !== undefined && end <= now && next) enter(world, service, deployment, next)
  return undefined
}

function endOf(world: EcsWorld, service: EcsService, deployment: ServiceDeployment, lifecycle: Lifecycle) {
  const { target, blue, configuration } = deployment
  const others = tasksOf(service).filter(({ revision }) => revision !== target && revision !== blue)
  return stageEnd({
    stage: lifecycle.stage,
    enteredAt: lifecycle.enteredAt,
    stageMs: world.times.stage,
    bakeMs: (configuration.bakeTimeInMinutes ?? 0) * 60_000,
    paused: openHooksOf(deployment).length > 0,
    greenIsUp: isComplete(service, target, world.clock.now()),
    reconciled: others.every(({ told }) => told.desiredStatus === 'STOPPED'),
  })
}

/** When the deployment may change without anybody saying so. */
export function nextMoments(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): number[] {
  const { lifecycle, status, alarms } = deployment
  if (status !== 'IN_PROGRESS') return []
  const expiries = openHooksOf(deployment).map(({ expiresAt }) => expiresAt.getTime())
  const end = lifecycle && endOf(world, service, deployment, lifecycle)
  return [...expiries, end, alarms.lookAt].flatMap(at => at ?? [])
}

/** The rollback begins: what it goes back to may have to be scaled up first. */
export function turnBack(world: EcsWorld, deployment: ServiceDeployment): void {
  moveTo(world, deployment, 'SCALE_UP')
}

/** Users are sent back, once, as soon as the revision is complete, or serves still; then the others can go. */
export function sendBack(world: EcsWorld, service: EcsService, deployment: ServiceDeployment): void {
  const { primary, serving } = service
  const isReady = serving === primary || isComplete(service, primary, world.clock.now())
  if (isCleaningUp(deployment) || !isReady) return
  moveTo(world, deployment, 'CLEAN_UP')
  direct(world, service, deployment, primary, 'production')
  direct(world, service, deployment, primary, 'test')
}

/** Whether all that is left is that the other tasks end. */
export function isCleaningUp({ lifecycle }: ServiceDeployment): boolean {
  return lifecycle?.stage === 'CLEAN_UP'
}
