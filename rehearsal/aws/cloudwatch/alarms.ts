import type { StateValue } from '@aws-sdk/client-cloudwatch'
import type { Clock } from '../../clock.ts'
import { MINUTE_MS } from '../../fleet/traffic.ts'
import type { EventBus } from '../service.ts'
import { AlarmHistory } from './alarm-history.ts'
import { judge, rangeOf } from './evaluation.ts'
import { isLoadBalancing, isOfThisMoment, isOfUsers } from './metrics.ts'
import type { AnyAlarm, CompositeAlarm, MetricAlarm } from './model.ts'
import { type Measure, minuteOf, pointsOf } from './samples.ts'
import { compositeReason, metricReason, type Said, stateChange } from './words.ts'

export interface AlarmsOptions {
  clock: Clock
  bus: EventBus
  measure: Measure
}

/**
 * Every alarm and its state. Alarms on load balancers and on users' own metrics are evaluated each minute, those on queues
 * whenever somebody looks, composite ones whenever a child changes. An alarm on what AWS measures and the rehearsal does
 * not stays as it is put or set.
 */
export class Alarms {
  readonly history = new AlarmHistory()
  readonly #options: AlarmsOptions
  readonly #all = new Map<string, AnyAlarm>()
  /** Evaluated without a sample, and not set since: what comes of it without a sample is known. */
  readonly #silent = new WeakSet<AnyAlarm>()
  #ticking = false

  constructor(options: AlarmsOptions) {
    this.#options = options
  }

  /** By name or ARN. */
  get(nameOrArn: string): AnyAlarm | undefined {
    return this.#all.get(nameOrArn.replace(/^arn:[^"]*?:alarm:/, ''))
  }

  /** In the order in which they were put. */
  list(): AnyAlarm[] {
    return [...this.#all.values()]
  }

  /** Somebody is about to look at the states. */
  look(): void {
    for (const alarm of this.#metricAlarms()) if (isOfThisMoment(alarm.metric)) this.#evaluate(alarm)
  }

  /** One that is there already keeps its state. */
  put(alarm: AnyAlarm): void {
    const known = this.#all.get(alarm.name)
    this.#all.set(alarm.name, known ? { ...alarm, state: known.state } : alarm)
    if (alarm.kind === 'metric' && (isLoadBalancing(alarm.metric) || isOfUsers(alarm.metric))) this.#keepTicking()
    const put = this.#all.get(alarm.name)
    if (put?.kind === 'composite') this.#evaluateComposite(put)
  }

  delete(name: string): void {
    this.#all.delete(name)
  }

  set(alarm: AnyAlarm, value: StateValue, said: Said): void {
    const now = this.#options.clock.now()
    const previous = alarm.state
    this.#silent.delete(alarm)
    const changed = previous.value !== value
    alarm.state = { value, ...said, changedAt: changed ? now : previous.changedAt, updatedAt: now }
    if (!changed) return
    this.history.note(alarm, previous)
    this.#options.bus.publish(stateChange(alarm, previous))
    for (const parent of this.#all.values()) {
      if (parent.kind === 'composite' && this.#childrenOf(parent).includes(alarm))
        this.#evaluateComposite(parent, alarm)
    }
  }

  #keepTicking(): void {
    if (this.#ticking) return
    this.#ticking = true
    const tick = () => {
      for (const alarm of this.#metricAlarms()) this.#evaluate(alarm)
      this.#options.clock.timer(MINUTE_MS, tick)
    }
    this.#options.clock.timer(MINUTE_MS, tick)
  }

  #evaluate(alarm: MetricAlarm): void {
    const { clock, measure } = this.#options
    const at = clock.now()
    const to = minuteOf(at)
    const range = rangeOf(alarm.criteria.periods)
    const from = to - range * alarm.periodSeconds * 1000
    const samples = measure(alarm.metric, from, to)
    if (!samples || (samples.length === 0 && this.#silent.has(alarm))) return
    const points = pointsOf(samples, alarm.stat, from, alarm.periodSeconds)
    const breaching = new Map(points.map(point => [point.at, alarm.breaches(point.value)]))
    const periods = Array.from({ length: range }, (_, n) => breaching.get(from + n * alarm.periodSeconds * 1000))
    const value = judge(periods, alarm.criteria)
    if (value !== 'as-it-is' && value !== alarm.state.value) {
      this.set(alarm, value, metricReason(alarm, value, { at, from, points }))
    }
    if (samples.length === 0) this.#silent.add(alarm)
    else this.#silent.delete(alarm)
  }

  #evaluateComposite(alarm: CompositeAlarm, cause?: AnyAlarm): void {
    const value = alarm.rule.holds(name => this.get(name)?.state.value) ? 'ALARM' : 'OK'
    if (value !== alarm.state.value) {
      this.set(alarm, value, compositeReason(alarm.arn, value, this.#childrenOf(alarm), cause))
    }
  }

  #childrenOf({ rule }: CompositeAlarm): AnyAlarm[] {
    return rule.children.flatMap(name => this.get(name) ?? [])
  }

  #metricAlarms(): MetricAlarm[] {
    return [...this.#all.values()].filter(alarm => alarm.kind === 'metric')
  }
}
