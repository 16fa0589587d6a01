import type { CompositeAlarm as CompositeTold, MetricAlarm as MetricTold, StateValue } from '@aws-sdk/client-cloudwatch'
import type { Criteria } from './evaluation.ts'
import type { AlarmRule } from './rule.ts'
import type { Metric } from './samples.ts'

export interface AlarmState {
  value: StateValue
  reason: string
  /** JSON. */
  reasonData?: string
  /** When the value last changed. */
  changedAt: number
  updatedAt: number
}

interface Alarm {
  name: string
  arn: string
  description?: string
  configuredAt: number
  state: AlarmState
}

export interface MetricAlarm extends Alarm {
  kind: 'metric'
  metric: Metric
  stat: string
  periodSeconds: number
  criteria: Criteria
  threshold: number
  breaches: (value: number) => boolean
  /** What was said, to be told back. */
  said: MetricTold
}

export interface CompositeAlarm extends Alarm {
  kind: 'composite'
  rule: AlarmRule
  said: CompositeTold
}

export type AnyAlarm = MetricAlarm | CompositeAlarm
