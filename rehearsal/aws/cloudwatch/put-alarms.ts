import {
  ComparisonOperator,
  type PutCompositeAlarmInput,
  type PutMetricAlarmInput,
  Statistic,
} from '@aws-sdk/client-cloudwatch'
import { AwsError, arn } from '../service.ts'
import { length, oneOf, range, required } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { Alarms } from './alarms.ts'
import { COMPARISONS, type Comparison, TREATMENTS, type Treatment } from './evaluation.ts'
import { isLoadBalancing } from './metrics.ts'
import type { AlarmState, CompositeAlarm, MetricAlarm } from './model.ts'
import { type AlarmRule, readRule } from './rule.ts'
import { isStatistic, type Metric, percentOf } from './samples.ts'

const NO_METRIC_ALARM_WITH = [
  ...['Metrics', 'ThresholdMetricId', 'EvaluationWindow', 'WarmUpConfiguration', 'EvaluationCriteria'],
  ...['EvaluationInterval', 'ActionConfiguration', 'Unit', 'EvaluateLowSampleCountPercentile'],
] as const
const NO_COMPOSITE_ALARM_WITH = [
  ...['ActionsSuppressor', 'ActionsSuppressorWaitPeriod', 'ActionsSuppressorExtensionPeriod', 'ActionConfiguration'],
] as const
const DAY_SECONDS = 86_400

/** Throws what CloudWatch refuses, and by name what is not rehearsed. */
export function metricAlarmOf(input: PutMetricAlarmInput, now: number): MetricAlarm {
  refuse('PutMetricAlarm', input, NO_METRIC_ALARM_WITH)
  const { AlarmName: name = '', Namespace: namespace = '', MetricName: metricName = '' } = input
  length('alarmName', name, 1, 255)
  for (const member of ['Namespace', 'MetricName', 'Period', 'EvaluationPeriods', 'Threshold'] as const) {
    required(member.charAt(0).toLowerCase() + member.slice(1), input[member])
  }
  const { Period: period = 0, EvaluationPeriods: periods = 0, DatapointsToAlarm: toAlarm = periods } = input
  const threshold = input.Threshold ?? 0
  range('evaluationPeriods', periods, 1, Number.POSITIVE_INFINITY)
  range('datapointsToAlarm', toAlarm, 1, Number.POSITIVE_INFINITY)
  if (toAlarm > periods) throw invalid('DatapointsToAlarm must not be greater than EvaluationPeriods.')
  checkPeriod('PutMetricAlarm', period)
  if (period * periods > (period < 3600 ? 1 : 7) * DAY_SECONDS) {
    throw invalid('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).')
  }
  const { Dimensions: dimensions = [], TreatMissingData: treatMissing = 'missing' } = input
  length('dimensions', dimensions, 0, 30)
  oneOf('treatMissingData', treatMissing, TREATMENTS)
  const metric: Metric = {
    namespace,
    name: metricName,
    dimensions: Object.fromEntries(dimensions.map(({ Name = '', Value = '' }) => [Name, Value])),
  }
  const breaches = COMPARISONS[comparisonOf(input)]
  return {
    ...common(name, input.AlarmDescription, now),
    kind: 'metric',
    metric,
    stat: statOf(input, metric),
    periodSeconds: period,
    criteria: { periods, toAlarm, treatMissing: treatMissing as Treatment },
    threshold,
    breaches: value => breaches(value, threshold),
    said: told(input),
  }
}

export function compositeAlarmOf(input: PutCompositeAlarmInput, alarms: Alarms, now: number): CompositeAlarm {
  refuse('PutCompositeAlarm', input, NO_COMPOSITE_ALARM_WITH)
  const { AlarmName: name = '', AlarmRule = '' } = input
  length('alarmName', name, 1, 255)
  length('alarmRule', AlarmRule, 1, 10_240)
  if (/\bAT_LEAST\s*\(/.test(AlarmRule)) throw notRehearsed('AT_LEAST in an alarm rule')
  const rule = parsed(AlarmRule)
  if (rule.children.length > 100) throw unsaved('the alarm rule names more than 100 alarms')
  const unknown = rule.children.filter(child => !alarms.get(child))
  if (unknown.length > 0) throw unsaved(`alarms [${unknown.join(', ')}] in the alarm rule do not exist`)
  if (leadsTo(name, rule, alarms)) throw notRehearsed(`the composite alarm ${name}, which depends on itself,`)
  return { ...common(name, input.AlarmDescription, now), kind: 'composite', rule, said: told(input) }
}

/** Longer than a minute by whole minutes; shorter ones are for metrics of high resolution, and there are none. */
export function checkPeriod(operation: string, seconds: number): void {
  if ([1, 5, 10, 20, 30].includes(seconds)) throw notRehearsed(`cloudwatch:${operation} with a Period of ${seconds}`)
  if (seconds > 0 && seconds % 60 === 0) return
  throw invalid(`Period must be 10, 20, 30 or a multiple of 60, not ${seconds}`)
}

/** Refuses by name the statistics, and the percentiles of metrics that have none. */
export function checkStatistic(stat: string, metric: Metric): void {
  const hasPercentiles = isLoadBalancing(metric) && metric.name === 'TargetResponseTime'
  if (!isStatistic(stat) || (percentOf(stat) !== undefined && !hasPercentiles)) {
    throw notRehearsed(`the statistic ${stat} of ${metric.namespace} ${metric.name}`)
  }
}

function statOf({ Statistic: simple, ExtendedStatistic: extended }: PutMetricAlarmInput, metric: Metric): string {
  if (simple !== undefined && extended !== undefined) {
    const message = 'The parameters Statistic and ExtendedStatistic must not be given together.'
    throw new AwsError('InvalidParameterCombinationException', message)
  }
  oneOf('statistic', simple, Statistic)
  const stat = simple ?? extended
  if (stat === undefined) throw invalid('Exactly one of Statistic and ExtendedStatistic must be given.')
  if (percentOf(stat) === undefined || isLoadBalancing(metric)) checkStatistic(stat, metric)
  return stat
}

function comparisonOf({ ComparisonOperator: given }: PutMetricAlarmInput): Comparison {
  required('comparisonOperator', given)
  oneOf('comparisonOperator', given, ComparisonOperator)
  if (given !== undefined && given in COMPARISONS) return given as Comparison
  throw notRehearsed(`an alarm with the comparison ${given}`)
}

function parsed(text: string): AlarmRule {
  try {
    return readRule(text)
  } catch (error) {
    throw unsaved(`the alarm rule cannot be read: ${(error as Error).message}`)
  }
}

function leadsTo(name: string, rule: AlarmRule, alarms: Alarms): boolean {
  return rule.children.some(child => {
    const known = alarms.get(child)
    return known?.name === name || (known?.kind === 'composite' && leadsTo(name, known.rule, alarms))
  })
}

function common(name: string, description: string | undefined, now: number) {
  const state: AlarmState = {
    value: 'INSUFFICIENT_DATA',
    reason: 'Unchecked: Initial alarm creation',
    changedAt: now,
    updatedAt: now,
  }
  const at = { arn: arn('cloudwatch', `alarm:${name}`), configuredAt: now, state }
  return { name, ...at, ...(description !== undefined && { description }) }
}

/** What an alarm tells and to whom is kept as it was said; nobody is told. */
function told<T extends { Tags?: unknown; ActionsEnabled?: boolean | undefined }>(input: T) {
  const { Tags: _, ...said } = input
  return { ActionsEnabled: true, OKActions: [], AlarmActions: [], InsufficientDataActions: [], ...said }
}

function refuse<T extends object>(operation: string, input: T, members: readonly (keyof T & string)[]): void {
  const met = members.find(member => input[member] !== undefined)
  if (met) throw notRehearsed(`cloudwatch:${operation} with ${met}`)
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterValueException', message)
}

function unsaved(why: string): AwsError {
  return new AwsError('ValidationException', `Could not save the composite alarm as ${why}.`)
}
