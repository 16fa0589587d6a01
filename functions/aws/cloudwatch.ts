import * as z from 'zod'
import { StepFailure } from '../failure.ts'
import { askSigned, ServiceError } from './signed.ts'

/** Alarms and metrics, asked as CloudWatch's client does: JSON, and refusals under the names of the older protocol. */

/** Epoch seconds, with a fraction. */
const time = z.number().transform(seconds => Math.round(seconds * 1_000))

const described = z
  .object({
    AlarmName: z.string(),
    AlarmArn: z.string(),
    StateValue: z.string(),
    StateReason: z.string().default(''),
    StateTransitionedTimestamp: time.optional(),
    StateUpdatedTimestamp: time.optional(),
    AlarmRule: z.string().optional(),
  })
  .transform(alarm => ({
    name: alarm.AlarmName,
    arn: alarm.AlarmArn,
    /** CloudWatch's own word: `OK`, `ALARM` or `INSUFFICIENT_DATA`. */
    state: alarm.StateValue,
    reason: alarm.StateReason,
    /** When it came into this state, in ms. */
    since: alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp ?? 0,
    /** Of a composite alarm: what it says of others. */
    ...(alarm.AlarmRule !== undefined && { rule: alarm.AlarmRule }),
  }))
export type Alarm = z.output<typeof described>

const alarms = z.object({
  MetricAlarms: z.array(described).default([]),
  CompositeAlarms: z.array(described).default([]),
  LogAlarms: z.array(described).default([]),
  NextToken: z.string().optional(),
})

/** As many names as one call may have, and as many alarms as one page may hold. */
const PAGE = 100

/** Without it, only metric alarms are told, in silence. */
const AlarmTypes = ['MetricAlarm', 'CompositeAlarm', 'LogAlarm']

/** The alarms of these names, of every kind; one that is not there is left out. */
export async function describeAlarms(names: readonly string[]): Promise<Alarm[]> {
  const found: Alarm[] = []
  for (let from = 0; from < names.length; from += PAGE) {
    let NextToken: string | undefined
    do {
      const page = alarms.parse(
        await ask('DescribeAlarms', {
          AlarmNames: names.slice(from, from + PAGE),
          AlarmTypes,
          MaxRecords: PAGE,
          NextToken,
        }),
      )
      found.push(...page.MetricAlarms, ...page.CompositeAlarms, ...page.LogAlarms)
      NextToken = page.NextToken
    } while (NextToken)
  }
  return found
}

const newState = z.object({ stateValue: z.string(), stateReason: z.string().default('') })
const history = z.object({
  AlarmHistoryItems: z
    .array(
      z.object({
        Timestamp: time,
        HistoryData: z.string().transform(json => z.object({ newState: newState }).parse(JSON.parse(json)).newState),
      }),
    )
    .default([]),
  NextToken: z.string().optional(),
})

/** When the alarm (by its name) first came to ring since `from` (ms), and why; undefined where it did not. */
export async function firstRing(name: string, from: number): Promise<{ at: number; reason: string } | undefined> {
  let NextToken: string | undefined
  do {
    const page = history.parse(
      await ask('DescribeAlarmHistory', {
        AlarmName: name,
        AlarmTypes,
        HistoryItemType: 'StateUpdate',
        StartDate: from / 1_000,
        MaxRecords: PAGE,
        ScanBy: 'TimestampAscending',
        NextToken,
      }),
    )
    const rang = page.AlarmHistoryItems.find(({ HistoryData: { stateValue } }) => stateValue === 'ALARM')
    if (rang) return { at: rang.Timestamp, reason: rang.HistoryData.stateReason }
    NextToken = page.NextToken
  } while (NextToken)
  return undefined
}

/** A count that CloudWatch keeps by the minute. */
export interface MetricQuery {
  namespace: string
  metric: string
  dimensions: Record<string, string>
}

const metricData = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string(),
      Timestamps: z.array(time).default([]),
      Values: z.array(z.number()).default([]),
      StatusCode: z.string().optional(),
    }),
  ),
  NextToken: z.string().optional(),
})

/** The beginning of a minute (ms) → what was counted in it. */
export type ByMinute = ReadonlyMap<number, number>

/**
 * What each of these counts (500 at most) came to in each minute from that of `from` until `to` (ms), in their order, as far as
 * CloudWatch knows by now; a minute of which it has heard nothing is left out.
 */
export async function metricSums(queries: readonly MetricQuery[], from: number, to: number): Promise<ByMinute[]> {
  const sums = queries.map(() => new Map<number, number>())
  if (queries.length === 0 || to <= from) return sums
  let NextToken: string | undefined
  do {
    const page = metricData.parse(
      await ask('GetMetricData', {
        MetricDataQueries: queries.map(({ namespace, metric, dimensions }, n) => ({
          Id: `q${n}`,
          MetricStat: {
            Metric: {
              Namespace: namespace,
              MetricName: metric,
              Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            },
            Period: 60,
            Stat: 'Sum',
          },
        })),
        StartTime: Math.floor(from / 60_000) * 60,
        EndTime: to / 1_000,
        NextToken,
      }),
    )
    for (const { Id, Timestamps, Values, StatusCode = '' } of page.MetricDataResults) {
      const n = Number(Id.slice(1))
      if (StatusCode === 'InternalError' || StatusCode === 'Forbidden')
        throw new StepFailure('Transient', `CloudWatch gave no data of ${queries[n]?.metric}: ${StatusCode}`)
      for (const [at, minute] of Timestamps.entries()) sums[n]?.set(minute, Values[at] ?? 0)
    }
    NextToken = page.NextToken
  } while (NextToken)
  return sums
}

async function ask(operation: string, input: object): Promise<unknown> {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `GraniteServiceVersion20100801.${operation}`,
    'x-amzn-query-mode': 'true',
  }
  const body = JSON.stringify(input)
  const answer = await askSigned('monitoring', { method: 'POST', path: '/', headers, body })
  const said = readable(answer.body)
  if (answer.status === 200) return said
  const { __type = '', message, Message } = refusal.parse(said ?? {})
  // The code of the older protocol tells throttling apart by the name that every service has for it.
  const code = answer.headers.get('x-amzn-query-error')?.split(';')[0] ?? __type.split('#').at(-1)
  throw new ServiceError(code || 'Unreadable', message ?? Message ?? answer.body, answer.status)
}

const refusal = z.object({ __type: z.string(), message: z.string(), Message: z.string() }).partial()

/** An answer that is no JSON comes from something in front of the service. */
function readable(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
