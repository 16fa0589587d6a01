import type { DeploymentConfiguration } from '@aws-sdk/client-ecs'

/** A task as the scheduler of a rolling deployment sees it; tasks that are already told to stop are not among them. */
export interface Scheduled<T> {
  task: T
  /** Belongs to the revision that is to run. */
  primary: boolean
  healthy: boolean
  wasHealthy: boolean
  /** A health check has given it up. */
  unhealthy: boolean
}

export interface Bounds {
  desired: number
  configuration: Pick<DeploymentConfiguration, 'minimumHealthyPercent' | 'maximumPercent'>
  /** No new tasks: the deployment has failed and nothing takes it back, or the back-off is not over. */
  startNothing: boolean
}

/** What the scheduler does next, within the service's minimum and maximum. */
export function nextMoves<T>(tasks: Scheduled<T>[], bounds: Bounds): { start: number; stop: T[] } {
  const { desired, configuration } = bounds
  const least = Math.ceil((desired * (configuration.minimumHealthyPercent ?? 100)) / 100)
  const most = Math.floor((desired * (configuration.maximumPercent ?? 200)) / 100)
  const stop = new Set<T>()
  const left = () => tasks.filter(({ task }) => !stop.has(task))
  const healthyLeft = () => left().filter(({ healthy }) => healthy).length
  const primaries = () => left().filter(({ primary, unhealthy }) => primary && !unhealthy)

  // Given up before it ever served: nothing is lost by stopping it. One that served is replaced first, if there is room.
  for (const { task, unhealthy, wasHealthy } of tasks) {
    if (unhealthy && (!wasHealthy || healthyLeft() >= desired || tasks.length >= most)) stop.add(task)
  }
  const surplus = primaries().toSorted((one, other) => Number(one.healthy) - Number(other.healthy))
  for (const { task } of surplus.slice(0, Math.max(0, surplus.length - desired))) stop.add(task)

  const frozen = bounds.startNothing && primaries().length < desired
  if (!frozen) {
    for (const { task, primary, healthy } of tasks) if (!primary && !healthy) stop.add(task)
    const missing = desired - primaries().length
    const noRoom = missing > 0 && left().length >= most
    const floor = noRoom ? least : Math.max(least, desired)
    for (const { task, primary, healthy } of tasks) {
      if (!primary && healthy && healthyLeft() > floor) stop.add(task)
    }
  }
  const start = Math.max(0, Math.min(desired - primaries().length, most - left().length))
  return { start: bounds.startNothing ? 0 : start, stop: [...stop] }
}

/** How many failed tasks the circuit breaker bears. */
export function breakerThreshold(desired: number, configuration: DeploymentConfiguration): number {
  const { type = 'BOUNDED_PERCENT', value = 50 } = configuration.deploymentCircuitBreaker?.thresholdConfiguration ?? {}
  if (type === 'COUNT') return value
  const share = Math.ceil((desired * value) / 100)
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(200, Math.max(3, share))
}

const LONGEST_BACK_OFF_MS = 27 * 60_000
const FREE_FAILURES = 3

/** How long the scheduler waits after that many tasks in a row that failed to start. */
export function backOffMs(failures: number): number {
  if (failures < FREE_FAILURES) return 0
  return Math.min(LONGEST_BACK_OFF_MS, 15_000 * 2 ** (failures - FREE_FAILURES))
}
