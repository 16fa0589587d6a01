import { announceAction, tell } from './announcements.ts'
import { advance, isBlueGreen, isCleaningUp, mayGo, nextMoments, sendBack, wantedTasks } from './blue-green.ts'
import { isHealthy, nextLookAt, tasksOf, unhealthyReason } from './health.ts'
import type { EcsService, EcsTask, EcsWorld, Revision, ServiceDeployment } from './model.ts'
import { newServiceTask, taskShort } from './new-task.ts'
import { begin, countFailure, fail, isOpen, succeed, takeBack } from './progress.ts'
import { backOffMs, nextMoves, type Scheduled } from './rolling.ts'
import { runTask, stopTask, type TaskWatcher } from './task-life.ts'
import { sharesGroups } from './traffic.ts'

/** The ECS service scheduler: looks at a service whenever something about it has changed. */
export class Scheduler implements TaskWatcher {
  readonly #world: EcsWorld

  constructor(world: EcsWorld) {
    this.#world = world
  }

  /** Looks at the service a moment from now; several changes in that moment cost one look. */
  lookSoon(service: EcsService, inMs = this.#world.times.scheduling): void {
    const at = this.#world.clock.now() + inMs
    if (service.looking && service.looking.at <= at) return
    service.looking?.cancel()
    const timer = this.#world.clock.timer(inMs, () => {
      delete service.looking
      this.#look(service)
    })
    service.looking = { at, cancel: () => timer.cancel() }
  }

  changed(task: EcsTask): void {
    if (!task.service) return
    const { clock } = this.#world
    if (!task.wasHealthy && isHealthy(task, clock.now())) this.#becameHealthy(task, task.service)
    this.lookSoon(task.service)
  }

  failedToStart(task: EcsTask): void {
    const { service, revision } = task
    if (!service || !revision) return
    revision.failedTasks++
    if (!wantedTasks(service).has(revision)) return
    const { clock } = this.#world
    const { backOff } = revision
    backOff.failures++
    backOff.until = clock.now() + backOffMs(backOff.failures)
    if (backOff.until > clock.now() && !backOff.impaired) {
      backOff.impaired = true
      tell(this.#world, service, 'is unable to consistently start tasks successfully.')
      announceAction(this.#world, service, 'SERVICE_TASK_START_IMPAIRED')
    }
    const deployment = service.deployments.at(-1)
    if (!deployment || !isOpen(deployment) || isBlueGreen(deployment)) return
    if (deployment.status !== 'ROLLBACK_REQUESTED') countFailure(this.#world, service, deployment)
  }

  #becameHealthy(task: EcsTask, service: EcsService): void {
    task.wasHealthy = true
    if (!task.revision || !wantedTasks(service).has(task.revision)) return
    task.revision.backOff = { failures: 0, until: 0, impaired: false }
    const deployment = service.deployments.at(-1)
    if (
      deployment &&
      isOpen(deployment) &&
      deployment.configuration.deploymentCircuitBreaker?.resetOnHealthyTask !== false
    )
      deployment.breaker.failures = 0
  }

  #look(service: EcsService): void {
    const now = this.#world.clock.now()
    for (const task of tasksOf(service)) {
      if (!task.wasHealthy && isHealthy(task, now)) this.#becameHealthy(task, service)
    }
    const deployment = service.deployments.at(-1)
    if (deployment) this.#moveDeployment(service, deployment)
    if (deployment && isBlueGreen(deployment)) this.#keepBoth(service, now)
    else this.#replaceTasks(service, now)
    this.#concludeDeployment(service, now)
    const moments = tasksOf(service).flatMap(task => nextLookAt(task, service, now) ?? [])
    const backOffs = [...wantedTasks(service).keys()].map(({ backOff }) => backOff.until)
    if (deployment) moments.push(...nextMoments(this.#world, service, deployment))
    moments.push(...backOffs.filter(until => until > now))
    if (moments.length > 0) this.lookSoon(service, Math.max(0, Math.min(...moments) - now))
  }

  #moveDeployment(service: EcsService, deployment: ServiceDeployment): void {
    const failure = advance(this.#world, service, deployment)
    if (failure) fail(this.#world, service, deployment, failure.reason, failure.rollback)
    if (deployment.status === 'PENDING') begin(this.#world, service, deployment)
    if (deployment.status === 'ROLLBACK_REQUESTED' && service.lastSuccessful) {
      const reason = deployment.unwanted ?? 'Service deployment rolled back because StopServiceDeployment was called.'
      if (isBlueGreen(deployment)) fail(this.#world, service, deployment, reason, true)
      else takeBack(this.#world, service, deployment, service.lastSuccessful, reason)
    }
    if (deployment.status === 'ROLLBACK_IN_PROGRESS' && isBlueGreen(deployment))
      sendBack(this.#world, service, deployment)
  }

  /** Blue, green and whatever users reach keep their tasks; everything else ends. */
  #keepBoth(service: EcsService, now: number): void {
    const wanted = wantedTasks(service)
    for (const [revision, desired] of wanted) {
      const scheduled = this.#scheduled(service, revision, now).filter(({ primary }) => primary)
      const gaveUp = revision.rolloutState === 'FAILED' && revision !== service.serving
      const bounds = { desired, configuration: {}, startNothing: gaveUp || now < revision.backOff.until }
      const moves = nextMoves(scheduled, bounds)
      for (const task of moves.stop) this.#stop(task, service, unhealthyReason(task, service, now))
      // A task given up may have been one too many: the next looks start more.
      if (now < revision.backOff.until) continue
      for (let count = 0; count < moves.start; count++) this.#start(service, revision)
    }
    this.#stopOthers(service, revision => !wanted.has(revision) && mayGo(service, revision, now))
  }

  #stopOthers(service: EcsService, isToGo: (revision: Revision) => boolean): void {
    const running = tasksOf(service).filter(({ told }) => told.desiredStatus === 'RUNNING')
    for (const task of running) if (task.revision && isToGo(task.revision)) this.#stop(task, service, undefined)
  }

  #replaceTasks(service: EcsService, now: number): void {
    const { primary, serving } = service
    const isApart = (revision: Revision) => revision !== primary && !!serving && !sharesGroups(revision, serving)
    this.#stopOthers(service, isApart)
    const scheduled = this.#scheduled(service, primary, now)
    const startNothing = primary.rolloutState === 'FAILED' || now < primary.backOff.until
    const configuration = service.settings.deploymentConfiguration
    const moves = nextMoves(scheduled, { desired: service.desiredCount, configuration, startNothing })
    for (const task of moves.stop) this.#stop(task, service, unhealthyReason(task, service, now))
    // A task given up may have been one too many: then another revision is to run, and the next look starts its tasks.
    if (service.primary !== primary || primary.rolloutState === 'FAILED') return
    for (let count = 0; count < moves.start; count++) this.#start(service, primary)
    const nothingMoves = moves.start === 0 && moves.stop.length === 0 && !startNothing
    if (nothingMoves && scheduled.length > 0 && scheduled.every(({ primary, healthy }) => !primary && healthy))
      this.#tellBlocked(service)
  }

  /** Its tasks that are to run, seen from the revision that is to run. */
  #scheduled(service: EcsService, revision: Revision, now: number): Scheduled<EcsTask>[] {
    const kept = tasksOf(service).filter(({ told }) => told.desiredStatus === 'RUNNING')
    return kept.map(task => ({
      task,
      primary: task.revision === revision,
      healthy: isHealthy(task, now),
      wasHealthy: task.wasHealthy,
      unhealthy: unhealthyReason(task, service, now) !== undefined,
    }))
  }

  #tellBlocked(service: EcsService): void {
    const deployment = service.deployments.at(-1)
    if (!deployment || !isOpen(deployment) || deployment.blocked) return
    deployment.blocked = true
    const why = 'was unable to stop or start tasks during a deployment because of the service deployment configuration.'
    tell(this.#world, service, `${why} Update the minimumHealthyPercent or maximumPercent value and try again.`)
  }

  #start(service: EcsService, revision: Revision): void {
    service.steady = false
    const task = newServiceTask(this.#world, service, revision)
    tell(this.#world, service, `has started 1 tasks: ${taskShort(task)}.`)
    runTask(this.#world, task, this)
  }

  #stop(task: EcsTask, service: EcsService, unhealthy: string | undefined): void {
    service.steady = false
    const deployment = `(deployment ${task.revision?.rolloutId})`
    if (unhealthy) tell(this.#world, service, `${taskShort(task)} is unhealthy: ${unhealthy}.`)
    else if (task.targets.length > 0) tell(this.#world, service, 'has begun draining connections on 1 tasks.')
    tell(this.#world, service, `has stopped 1 running tasks: ${taskShort(task)}.`)
    if (unhealthy && !task.wasHealthy) this.failedToStart(task)
    const reason = unhealthy ?? `Scaling activity initiated by ${deployment}`
    stopTask(this.#world, task, 'ServiceSchedulerInitiated', reason, this)
  }

  #concludeDeployment(service: EcsService, now: number): void {
    const tasks = tasksOf(service)
    const running = tasks.filter(task => task.revision === service.primary && isHealthy(task, now))
    if (tasks.length !== service.desiredCount || running.length !== service.desiredCount) return
    const deployment = service.deployments.at(-1)
    if (deployment && isOpen(deployment) && isBlueGreen(deployment) && !isCleaningUp(deployment)) return
    const working = deployment?.status === 'IN_PROGRESS' || deployment?.status === 'ROLLBACK_IN_PROGRESS'
    if (deployment && working) succeed(this.#world, service, deployment)
    if (service.steady) return
    service.steady = true
    tell(this.#world, service, 'has reached a steady state.')
    announceAction(this.#world, service, 'SERVICE_STEADY_STATE')
  }
}
