import type { GetLogEventsRequest, GetLogEventsResponse, OutputLogEvent } from '@aws-sdk/client-cloudwatch-logs'
import * as sdk from '@aws-sdk/client-cloudwatch-logs'
import type { Clock } from '../clock.ts'
import { LOGS_AUTHORIZATION } from './authorization/logs.ts'
import { AwsError, type LogWriter, type Service } from './service.ts'
import { length, range } from './wire/constraints.ts'
import { notRehearsed } from './wire/endpoint.ts'

export interface CloudWatchLogs extends Service {
  /** Puts a line into a stream, as it is at this moment, and hands it on. */
  write: LogWriter
}

/** Log streams as CloudWatch Logs keeps them; a line can be read at once, where AWS takes a few seconds. */
export function createCloudWatchLogs({ clock, handOn }: { clock: Clock; handOn: LogWriter }): CloudWatchLogs {
  const groups = new Map<string, Map<string, OutputLogEvent[]>>()
  return {
    signingName: 'logs',
    sdk,
    authorization: LOGS_AUTHORIZATION,
    operations: { GetLogEvents: (input: GetLogEventsRequest) => getLogEvents(groups, input) },
    write(group, stream, line) {
      const streams = groups.get(group) ?? new Map<string, OutputLogEvent[]>()
      const events = streams.get(stream) ?? []
      const timestamp = Math.floor(clock.now())
      events.push({ timestamp, ingestionTime: timestamp, message: line })
      groups.set(group, streams.set(stream, events))
      handOn(group, stream, line)
    },
  }
}

const MOST_EVENTS = 10_000
const TOKEN = /^([fb])\/(\d{56})\/s$/
const token = (direction: 'f' | 'b', place: number) => `${direction}/${String(place).padStart(56, '0')}/s`

/** A page is in the order of time; a token names the place between two events from which it leads on, or back. */
function getLogEvents(
  groups: Map<string, Map<string, OutputLogEvent[]>>,
  input: GetLogEventsRequest,
): GetLogEventsResponse {
  if (input.logGroupIdentifier) throw notRehearsed('logs:GetLogEvents with logGroupIdentifier')
  if (input.unmask) throw notRehearsed('logs:GetLogEvents with unmask')
  const { logGroupName, logStreamName = '', startTime = 0, endTime = Infinity, limit = MOST_EVENTS } = input
  if (!logGroupName) throw invalid('Either logGroupName or logGroupIdentifier must be given.')
  length('logGroupName', logGroupName, 1, 512)
  length('logStreamName', logStreamName, 1, 512)
  range('limit', limit, 1, MOST_EVENTS)
  const streams = groups.get(logGroupName)
  if (!streams) throw missing('log group')
  const stream = streams.get(logStreamName)
  if (!stream) throw missing('log stream')
  const events = stream.filter(({ timestamp = 0 }) => timestamp >= startTime && timestamp < endTime)
  const [from, to] = pageOf(events.length, limit, input)
  return { events: events.slice(from, to), nextForwardToken: token('f', to), nextBackwardToken: token('b', from) }
}

function pageOf(count: number, limit: number, { nextToken, startFromHead }: GetLogEventsRequest): [number, number] {
  if (nextToken === undefined) return startFromHead ? [0, Math.min(limit, count)] : [Math.max(0, count - limit), count]
  const [, direction, digits] = TOKEN.exec(nextToken) ?? []
  const place = Number(digits)
  if (!direction || place > count) throw invalid('The specified nextToken is invalid.')
  if (direction === 'b') return [Math.max(0, place - limit), place]
  // AWS asks for it, and does not say what becomes of a request without.
  if (!startFromHead) throw notRehearsed('logs:GetLogEvents with a nextForwardToken and without startFromHead')
  return [place, Math.min(place + limit, count)]
}

const invalid = (message: string) => new AwsError('InvalidParameterException', message)
const missing = (what: string) => new AwsError('ResourceNotFoundException', `The specified ${what} does not exist.`)
