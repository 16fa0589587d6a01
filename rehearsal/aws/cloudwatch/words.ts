import { randomUUID } from 'node:crypto'
import type { StateValue } from '@aws-sdk/client-cloudwatch'
import type { Announcement } from '../service.ts'
import type { AlarmState, AnyAlarm, MetricAlarm } from './model.ts'
import type { Point } from './samples.ts'

export type Said = Pick<AlarmState, 'reason' | 'reasonData'>

/** What was seen when a metric alarm was evaluated. */
export interface Seen {
  at: number
  from: number
  points: Point[]
}

const COMPARED: Record<string, string> = {
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  GreaterThanThreshold: 'greater than',
  LessThanOrEqualToThreshold: 'less than or equal to',
  LessThanThreshold: 'less than',
}

/** Why a metric alarm changes, in CloudWatch's words as far as they are known. */
export function metricReason(alarm: MetricAlarm, value: StateValue, { at, from, points }: Seen): Said {
  const { periods, toAlarm } = alarm.criteria
  const recent = points.slice(-periods)
  const values = recent.map(point => `${decimal(point.value)} (${shortTime(point.at)})`).join(', ')
  const was = value === 'ALARM' ? 'was' : 'was not'
  const compared = `${was} ${COMPARED[alarm.said.ComparisonOperator ?? '']} the threshold (${decimal(alarm.threshold)})`
  const change = value === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK'
  const least = value === 'ALARM' ? toAlarm : periods - toAlarm + 1
  const minimum = `(minimum ${datapoints(least)} for ${change} transition)`
  const missing = datapoints(periods - recent.length)
  const reason =
    value === 'INSUFFICIENT_DATA'
      ? `Insufficient Data: ${missing} ${periods - recent.length === 1 ? 'was' : 'were'} unknown.`
      : recent.length === 0
        ? `Threshold Crossed: no datapoints were received for ${periods} ${periods === 1 ? 'period' : 'periods'} and ${missing} ${periods === 1 ? 'was' : 'were'} treated as [${value === 'ALARM' ? 'Breaching' : 'NonBreaching'}].`
        : `Threshold Crossed: ${recent.length} out of the last ${datapoints(periods)} [${values}] ${compared} ${minimum}.`
  const reasonData = {
    version: '1.0',
    queryDate: timeOf(at),
    startDate: timeOf(recent[0]?.at ?? from),
    statistic: alarm.stat,
    period: alarm.periodSeconds,
    recentDatapoints: recent.map(point => point.value),
    threshold: alarm.threshold,
    evaluatedDatapoints: recent.map(point => ({ timestamp: timeOf(point.at), value: point.value })).reverse(),
  }
  return { reason, reasonData: JSON.stringify(reasonData) }
}

/** Why a composite alarm changes: `cause` has, or it was created. */
export function compositeReason(arn: string, value: StateValue, children: AnyAlarm[], cause?: AnyAlarm): Said {
  const triggering = (cause ? [cause] : children).map(child => ({
    arn: child.arn,
    state: { value: child.state.value, timestamp: timeOf(child.state.changedAt) },
  }))
  const reason = cause
    ? `${cause.arn} transitioned to ${cause.state.value} at ${longTime(cause.state.changedAt)}`
    : `${arn} was created and its alarm rule evaluates to ${value}`
  return { reason, reasonData: JSON.stringify({ triggeringAlarms: triggering }) }
}

export function stateChange(alarm: AnyAlarm, previous: AlarmState): Announcement {
  const description = alarm.description === undefined ? {} : { description: alarm.description }
  return {
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    resources: [alarm.arn],
    detail: {
      alarmName: alarm.name,
      configuration: { ...configurationOf(alarm), ...description },
      previousState: stateDetail(previous),
      state: stateDetail(alarm.state),
    },
  }
}

function configurationOf(alarm: AnyAlarm): Record<string, unknown> {
  if (alarm.kind === 'composite') return { alarmRule: alarm.said.AlarmRule }
  const { metric, periodSeconds: period, stat } = alarm
  return { metrics: [{ id: randomUUID(), metricStat: { metric, period, stat }, returnData: true }] }
}

function stateDetail({ value, reason, reasonData, changedAt }: AlarmState): Record<string, string> {
  return { value, reason, ...(reasonData !== undefined && { reasonData }), timestamp: timeOf(changedAt) }
}

/** As CloudWatch writes times in events: an offset without a colon. */
function timeOf(at: number): string {
  return new Date(at).toISOString().replace('Z', '+0000')
}

/** `05/01/26 08:03:00` */
function shortTime(at: number): string {
  const [, year, month, day, time] = /^\d\d(\d\d)-(\d\d)-(\d\d)T([\d:]+)/.exec(new Date(at).toISOString()) ?? []
  return `${day}/${month}/${year} ${time}`
}

/** `Monday 05 January, 2026 08:03:00 UTC` */
function longTime(at: number): string {
  const part = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en', { timeZone: 'UTC', ...options }).format(at)
  const day = `${part({ weekday: 'long' })} ${part({ day: '2-digit' })} ${part({ month: 'long' })}`
  return `${day}, ${part({ year: 'numeric' })} ${new Date(at).toISOString().slice(11, 19)} UTC`
}

function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}

function datapoints(count: number): string {
  return `${count} ${count === 1 ? 'datapoint' : 'datapoints'}`
}
