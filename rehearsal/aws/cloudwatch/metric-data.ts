import type {
  GetMetricDataInput,
  GetMetricDataOutput,
  MetricDataQuery,
  MetricDataResult,
} from '@aws-sdk/client-cloudwatch'
import { ScanBy } from '@aws-sdk/client-cloudwatch'
import { AwsError } from '../service.ts'
import { length, oneOf } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import { checkPeriod, checkStatistic } from './put-alarms.ts'
import { type Measure, type Metric, minuteOf, pointsOf } from './samples.ts'

const NOT_ASKED = ['NextToken', 'MaxDatapoints', 'LabelOptions'] as const
const ID = /^[a-z][a-zA-Z0-9_]*$/

/** Periods are counted from the start that was asked for. */
export function metricData(measure: Measure, input: GetMetricDataInput): GetMetricDataOutput {
  const other = NOT_ASKED.find(member => input[member] !== undefined)
  if (other) throw notRehearsed(`cloudwatch:GetMetricData with ${other}`)
  const { MetricDataQueries: queries = [], StartTime, EndTime, ScanBy: order = 'TimestampDescending' } = input
  length('metricDataQueries', queries, 1, 500)
  oneOf('scanBy', order, ScanBy)
  checkIds(queries)
  const from = minuteOf(StartTime?.getTime() ?? 0)
  const to = EndTime?.getTime() ?? 0
  if (from >= to) throw invalid('The parameter StartTime must be less than the parameter EndTime.')
  const results = queries.map(query => ({ ...answer(measure, query, { from, to, order }), query }))
  const returned = results.filter(({ query }) => query.ReturnData ?? true)
  if (returned.length === 0) throw invalid('At least one query must have ReturnData true.')
  return { MetricDataResults: returned.map(({ query: _, ...result }) => result), Messages: [] }
}

interface Window {
  from: number
  to: number
  order: string
}

function answer(measure: Measure, query: MetricDataQuery, { from, to, order }: Window): MetricDataResult {
  const { Id, Label, MetricStat, Expression, AccountId, Period: ofExpression } = query
  if (Expression !== undefined) throw notRehearsed(`cloudwatch:GetMetricData with the expression ${Expression}`)
  if (AccountId !== undefined) throw notRehearsed('cloudwatch:GetMetricData of another account')
  if (!MetricStat) throw invalid(`The query ${Id} must have either MetricStat or Expression.`)
  if (ofExpression !== undefined) throw invalid(`The query ${Id} has a Period beside its MetricStat.`)
  if (MetricStat.Unit !== undefined) throw notRehearsed('cloudwatch:GetMetricData with Unit')
  const { Stat: stat = '', Period: period = 0 } = MetricStat
  const { Namespace: namespace = '', MetricName: name = '', Dimensions: given = [] } = MetricStat.Metric ?? {}
  const dimensions = Object.fromEntries(given.map(({ Name = '', Value = '' }) => [Name, Value]))
  const metric: Metric = { namespace, name, dimensions }
  checkPeriod('GetMetricData', period)
  checkStatistic(stat, metric)
  const samples = measure(metric, from, to)
  if (!samples) throw notRehearsed(`the metric ${namespace} ${name}`)
  const oldestFirst = pointsOf(samples, stat, from, period)
  const points = order === 'TimestampAscending' ? oldestFirst : oldestFirst.toReversed()
  return {
    Id,
    Label: Label ?? name,
    Timestamps: points.map(({ at }) => new Date(at)),
    Values: points.map(({ value }) => value),
    StatusCode: 'Complete',
  }
}

function checkIds(queries: MetricDataQuery[]): void {
  for (const [at, { Id = '' }] of queries.entries()) {
    if (!ID.test(Id) || Id.length > 255) {
      const where = `MetricDataQueries.member.${at + 1}.Id`
      throw invalid(`The value ${Id} for parameter ${where} is not matching the expected pattern ${ID.source}.`)
    }
  }
  if (new Set(queries.map(({ Id }) => Id)).size < queries.length) throw invalid('The Ids of queries must be unique.')
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}
