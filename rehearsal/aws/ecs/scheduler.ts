import { announceAction, tell } from './announcements.ts'
import { isHealthy, nextLookAt, tasksOf, unhealthyReason } from './health.ts'
import type { EcsService, EcsTask, EcsWorld } from './model.ts'
import { newServiceTask, taskShort } from './new-task.ts'
import { begin, countFailure, isOpen, succeed, takeBack } from './progress.ts'
import { backOffMs, nextMoves } from './rolling.ts'
import { runTask, stopTask, type TaskWatcher } from './task-life.ts'

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
    if (revision !== service.primary) return
    const { clock } = this.#world
    service.backOff.failures++
    service.backOff.until = clock.now() + backOffMs(service.backOff.failures)
    if (service.backOff.until > clock.now() && !service.backOff.impaired) {
      service.backOff.impaired = true
      tell(this.#world, service, 'is unable to consistently start tasks successfully.')
      announceAction(this.#world, service, 'SERVICE_TASK_START_IMPAIRED')
    }
    const deployment = service.deployments.at(-1)
    if (deployment && isOpen(deployment) && deployment.status !== 'ROLLBACK_REQUESTED')
      countFailure(this.#world, service, deployment)
  }

  #becameHealthy(task: EcsTask, service: EcsService): void {
    task.wasHealthy = true
    if (task.revision !== service.primary) return
    service.backOff = { failures: 0, until: 0, impaired: false }
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
    this.#moveDeployment(service)
    for (const task of tasksOf(service)) {
      if (!task.wasHealthy && isHealthy(task, now)) this.#becameHealthy(task, service)
    }
    this.#replaceTasks(service, now)
    this.#concludeDeployment(service, now)
    const moments = tasksOf(service).flatMap(task => nextLookAt(task, service, now) ?? [])
    if (service.backOff.until > now) moments.push(service.backOff.until)
    if (moments.length > 0) this.lookSoon(service, Math.min(...moments) - now)
  }

  #moveDeployment(service: EcsService): void {
    const deployment = service.deployments.at(-1)
    if (deployment?.status === 'PENDING') begin(this.#world, service, deployment)
    if (deployment?.status === 'ROLLBACK_REQUESTED' && service.lastSuccessful) {
      const reason = 'Service deployment rolled back because StopServiceDeployment was called.'
      takeBack(this.#world, service, deployment, service.lastSuccessful, reason)
    }
  }

  #replaceTasks(service: EcsService, now: number): void {
    const kept = tasksOf(service).filter(({ told }) => told.desiredStatus === 'RUNNING')
    const reasons = new Map(kept.map(task => [task, unhealthyReason(task, service, now)]))
    const scheduled = kept.map(task => ({
      task,
      primary: task.revision === service.primary,
      healthy: isHealthy(task, now),
      wasHealthy: task.wasHealthy,
      unhealthy: reasons.get(task) !== undefined,
    }))
    const startNothing = service.primary.rolloutState === 'FAILED' || now < service.backOff.until
    const configuration = service.settings.deploymentConfiguration
    const { primary } = service
    const moves = nextMoves(scheduled, { desired: service.desiredCount, configuration, startNothing })
    for (const task of moves.stop) this.#stop(task, service, reasons.get(task))
    // A task given up may have been one too many: then another revision is to run, and the next look starts its tasks.
    if (service.primary !== primary || primary.rolloutState === 'FAILED') return
    for (let count = 0; count < moves.start; count++) this.#start(service)
    const nothingMoves = moves.start === 0 && moves.stop.length === 0 && !startNothing
    if (nothingMoves && scheduled.length > 0 && scheduled.every(({ primary, healthy }) => !primary && healthy))
      this.#tellBlocked(service)
  }

  #tellBlocked(service: EcsService): void {
    const deployment = service.deployments.at(-1)
    if (!deployment || !isOpen(deployment) || deployment.blocked) return
    deployment.blocked = true
    const why = 'was unable to stop or start tasks during a deployment because of the service deployment configuration.'
    tell(this.#world, service, `${why} Update the minimumHealthyPercent or maximumPercent value and try again.`)
  }

  #start(service: EcsService): void {
    service.steady = false
    const task = newServiceTask(this.#world, service, service.primary)
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
    const working = deployment?.status === 'IN_PROGRESS' || deployment?.status === 'ROLLBACK_IN_PROGRESS'
    if (deployment && working) succeed(this.#world, service, deployment)
    if (service.steady) return
    service.steady = true
    tell(this.#world, service, 'has reached a steady state.')
    announceAction(this.#world, service, 'SERVICE_STEADY_STATE')
  }
}
