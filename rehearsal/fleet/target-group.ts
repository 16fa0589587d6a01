import type { Clock, Timer } from '../clock.ts'
import type { Answer, Endpoint, Exchange } from './container.ts'
import { HostCounts } from './host-counts.ts'
import { plainAnswer } from './http.ts'
import { askWithin, TimedOut } from './patience.ts'
import { type Counts, Traffic } from './traffic.ts'

export interface HealthCheck {
  enabled: boolean
  path: string
  intervalSeconds: number
  timeoutSeconds: number
  healthyThreshold: number
  unhealthyThreshold: number
  /** `200`, `200-299`, `200,204`. */
  matcher: string
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining'

export interface Target {
  readonly id: string
  readonly port: number
  state: TargetState
  /** ELB's reason code and words for a state that is not healthy. */
  reason?: string
  description?: string
}

interface CheckedTarget extends Target {
  endpoint: Endpoint
  onChange: () => void
  /** Consecutive checks of the same outcome. */
  streak: { passed: boolean; length: number }
  timer?: Timer
}

const INITIAL = {
  state: 'initial',
  reason: 'Elb.InitialHealthChecking',
  description: 'Initial health checks in progress',
} as const
/** ALB's idle time-out. */
const ANSWER_WITHIN_SECONDS = 60

/** Targets of one group: their health checks, their share of the requests, and what was answered. */
export class TargetGroup {
  readonly arn: string
  readonly name: string
  readonly healthCheck: HealthCheck
  readonly traffic: Traffic
  readonly hostCounts = new HostCounts()
  deregistrationDelaySeconds = 300
  /** Whether a listener or rule forwards here; without, targets are neither checked nor used. */
  inUse = false
  readonly #clock: Clock
  readonly #targets = new Map<string, CheckedTarget>()
  #turn = 0

  constructor(arn: string, name: string, healthCheck: HealthCheck, clock: Clock) {
    this.arn = arn
    this.name = name
    this.healthCheck = healthCheck
    this.traffic = new Traffic(clock)
    this.#clock = clock
  }

  get counts(): Readonly<Counts> {
    return this.traffic.total
  }

  targets(): readonly Target[] {
    return [...this.#targets.values()]
  }

  /** `onChange` is told whenever the target's state has changed. */
  register(id: string, port: number, endpoint: Endpoint, onChange: () => void): Target {
    const target: CheckedTarget = { id, port, endpoint, onChange, streak: { passed: false, length: 0 }, ...INITIAL }
    this.#targets.get(key(target))?.timer?.cancel()
    this.#targets.set(key(target), target)
    this.#noteHosts()
    if (this.healthCheck.enabled) this.#checkIn(target, 0)
    else this.#become(target, 'healthy')
    return target
  }

  /** No new requests from now on; `gone` is called when the deregistration delay is over. */
  deregister(target: Target, gone: () => void): void {
    const draining = this.#targets.get(key(target))
    if (!draining || draining !== target) {
      gone()
      return
    }
    draining.timer?.cancel()
    this.#become(draining, 'draining', 'Target.DeregistrationInProgress', 'Target deregistration is in progress')
    this.#clock.timer(this.deregistrationDelaySeconds * 1000, () => {
      this.#drop(draining)
      gone()
    })
  }

  /** The target is gone at once: its task has stopped by itself. */
  drop(target: Target): void {
    const dropped = this.#targets.get(key(target))
    if (dropped === target) this.#drop(dropped)
  }

  async forward(request: Exchange): Promise<Answer> {
    const target = this.#next()
    if (!target) {
      this.traffic.refused({ target: false })
      return plainAnswer(503, '503 Service Temporarily Unavailable')
    }
    const asked = performance.now()
    try {
      const answer = await askWithin(this.#clock, ANSWER_WITHIN_SECONDS, target.endpoint, request)
      this.traffic.answered(answer.status, (performance.now() - asked) / 1000)
      return answer
    } catch (error) {
      this.traffic.refused({ target: true })
      return error instanceof TimedOut ? plainAnswer(504, '504 Gateway Time-out') : plainAnswer(502, '502 Bad Gateway')
    }
  }

  /** Round robin over the healthy; where none is healthy a load balancer fails open to the unhealthy. */
  #next(): CheckedTarget | undefined {
    const all = [...this.#targets.values()]
    const healthy = all.filter(target => target.state === 'healthy')
    const open = healthy.length > 0 ? healthy : all.filter(target => target.state === 'unhealthy')
    return open[this.#turn++ % open.length]
  }

  #checkIn(target: CheckedTarget, seconds: number): void {
    target.timer = this.#clock.timer(seconds * 1000, () => {
      void this.#clock.during(`health check of ${target.id}`, () => this.#check(target))
    })
  }

  async #check(target: CheckedTarget): Promise<void> {
    const failure = this.inUse ? await this.#probe(target) : undefined
    if (this.#targets.get(key(target)) !== target || target.state === 'draining') return
    if (this.inUse) this.#judge(target, failure)
    this.#checkIn(target, this.healthCheck.intervalSeconds)
  }

  async #probe(target: CheckedTarget): Promise<Failure | undefined> {
    const { path, timeoutSeconds, matcher } = this.healthCheck
    const headers = { host: `${target.id}:${target.port}`, 'user-agent': 'ELB-HealthChecker/2.0' }
    const request = { method: 'GET', path, headers, body: Buffer.alloc(0) }
    try {
      const { status } = await askWithin(this.#clock, timeoutSeconds, target.endpoint, request)
      if (matches(matcher, status)) return undefined
      return ['Target.ResponseCodeMismatch', `Health checks failed with these codes: [${status}]`]
    } catch (error) {
      if (error instanceof TimedOut) return ['Target.Timeout', 'Request timed out']
      return ['Target.FailedHealthChecks', 'Health checks failed']
    }
  }

  #judge(target: CheckedTarget, failure: Failure | undefined): void {
    const passed = failure === undefined
    target.streak = { passed, length: target.streak.passed === passed ? target.streak.length + 1 : 1 }
    const { healthyThreshold, unhealthyThreshold } = this.healthCheck
    // A new target needs to pass only once.
    const needed = passed ? (target.state === 'initial' ? 1 : healthyThreshold) : unhealthyThreshold
    const next = passed ? 'healthy' : 'unhealthy'
    if (target.streak.length >= needed && target.state !== next) this.#become(target, next, ...(failure ?? []))
  }

  #become(target: CheckedTarget, state: TargetState, reason?: string, description?: string): void {
    target.state = state
    delete target.reason
    delete target.description
    if (reason) target.reason = reason
    if (description) target.description = description
    this.#noteHosts()
    target.onChange()
  }

  #drop(target: CheckedTarget): void {
    target.timer?.cancel()
    this.#targets.delete(key(target))
    this.#noteHosts()
  }

  #noteHosts(): void {
    const all = [...this.#targets.values()]
    const those = (state: TargetState) => all.filter(target => target.state === state).length
    const counts = { registered: all.length, healthy: those('healthy'), unhealthy: those('unhealthy') }
    this.hostCounts.note(this.#clock.now(), counts)
  }
}

type Failure = [reason: string, description: string]

function key(target: { id: string; port: number }): string {
  return `${target.id}:${target.port}`
}

/** Whether ELB's matcher (`200`, `200-299`, `200,204`) accepts the status. */
export function matches(matcher: string, status: number): boolean {
  return matcher.split(',').some(part => {
    const [low, high = low] = part.split('-').map(Number)
    return low !== undefined && high !== undefined && status >= low && status <= high
  })
}
