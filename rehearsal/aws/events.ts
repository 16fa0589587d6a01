import { randomUUID } from 'node:crypto'
import * as sdk from '@aws-sdk/client-eventbridge'
import type { Clock } from '../clock.ts'
import { EVENTS_AUTHORIZATION } from './authorization/events.ts'
import { compilePattern, type Matches } from './events/pattern.ts'
import { arrivals, type Fate } from './fate.ts'
import { ACCOUNT, type Announcement, AwsError, type EventBus, REGION, type Service } from './service.ts'
import { length, oneOf, pattern, range } from './wire/constraints.ts'
import { notRehearsed } from './wire/endpoint.ts'
import { isRecord } from './wire/shape.ts'

/** An event as its targets get it. */
export interface BusEvent extends Announcement {
  version: '0'
  id: string
  account: string
  time: string
  region: string
}

export interface RuleTarget {
  id: string
  arn: string
  /** JSON that the target gets instead of the event. */
  input?: string
  retryPolicy?: { maximumRetryAttempts?: number; maximumEventAgeInSeconds?: number }
  deadLetterArn?: string
}

export interface Rule {
  name: string
  /** The event pattern as an object. */
  pattern: unknown
  state?: 'ENABLED' | 'DISABLED'
  targets: readonly RuleTarget[]
}

/** A delivery that was given up. */
export interface Undelivered {
  rule: string
  target: RuleTarget
  event: BusEvent
  error: AwsError
}

export interface Events extends Service, EventBus {
  putRule(rule: Rule): void
  /** Decided per event and matching rule. Default: deliver. */
  faults: (event: BusEvent, rule: string) => Fate
  /** What no retry could deliver, in order; AWS would have it in the target's dead-letter queue, if there is one. */
  readonly undelivered: readonly Undelivered[]
}

export interface EventsOptions {
  clock: Clock
  /** Hands an event to a target; an AwsError that it throws is a failed delivery, which is repeated. */
  deliver: (targetArn: string, event: unknown) => void | Promise<void>
}

const LATENCY_MS = 100
const LONGEST_BACKOFF_MS = 10 * 60_000
const LARGEST_REQUEST_BYTES = 1024 * 1024
const DEFAULT_RETRIES = 185
const DEFAULT_AGE_SECONDS = 86_400

export function createEvents({ clock, deliver }: EventsOptions): Events {
  const rules = new Map<string, Rule & { matches: Matches }>()
  const undelivered: Undelivered[] = []

  async function attempt(rule: string, target: RuleTarget, event: BusEvent, since: number, tries = 0): Promise<void> {
    try {
      await deliver(target.arn, target.input === undefined ? structuredClone(event) : JSON.parse(target.input))
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const { maximumRetryAttempts = DEFAULT_RETRIES, maximumEventAgeInSeconds = DEFAULT_AGE_SECONDS } =
        target.retryPolicy ?? {}
      const backoff = Math.min(1000 * 2 ** tries, LONGEST_BACKOFF_MS)
      const tooOld = clock.now() + backoff - since > maximumEventAgeInSeconds * 1000
      const hopeless = error.name === 'ResourceNotFoundException' || error.name === 'AccessDeniedException'
      if (hopeless || tooOld || tries >= maximumRetryAttempts) undelivered.push({ rule, target, event, error })
      else clock.timer(backoff, () => void attempt(rule, target, event, since, tries + 1))
    }
  }

  function send(event: BusEvent): void {
    for (const { name, state, matches, targets } of rules.values()) {
      if (state === 'DISABLED' || !matches({ ...event })) continue
      const times = arrivals(events.faults(event, name), LATENCY_MS)
      for (const target of targets) {
        for (const delay of times) clock.timer(delay, () => void attempt(name, target, event, clock.now()))
      }
    }
  }

  const complete = (announcement: Announcement, at = clock.now()): BusEvent => ({
    version: '0',
    id: randomUUID(),
    'detail-type': announcement['detail-type'],
    source: announcement.source,
    account: ACCOUNT,
    time: new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: REGION,
    resources: announcement.resources,
    detail: structuredClone(announcement.detail),
  })

  function putEntry(entry: sdk.PutEventsRequestEntry): sdk.PutEventsResultEntry {
    const refused = refusal(entry)
    if (refused) return refused
    const { Source: source = '', DetailType = '', Resources: resources = [], Detail = '', Time } = entry
    const announcement = { source, 'detail-type': DetailType, resources, detail: JSON.parse(Detail) }
    const event = complete(announcement, Time?.getTime())
    send(event)
    return { EventId: event.id }
  }

  const events: Events = {
    signingName: 'events',
    sdk,
    faults: () => 'deliver',
    undelivered,
    publish: announcement => send(complete(announcement)),
    putRule(rule) {
      checkRule(rule)
      rules.set(rule.name, { ...rule, matches: compilePattern(rule.pattern) })
    },
    authorization: EVENTS_AUTHORIZATION,
    operations: {
      PutEvents({ Entries = [], EndpointId }: sdk.PutEventsCommandInput): sdk.PutEventsResponse {
        length('entries', Entries, 1, 10)
        if (EndpointId !== undefined) throw notRehearsed('events:PutEvents with EndpointId')
        const bus = Entries.find(({ EventBusName = 'default' }) => !/^(arn:.*:event-bus\/)?default$/.test(EventBusName))
        if (bus) throw notRehearsed(`the event bus ${bus.EventBusName}`)
        if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > LARGEST_REQUEST_BYTES) {
          throw new AwsError('ValidationException', 'Total size of the entries in the request is over the limit.')
        }
        const results = Entries.map(putEntry)
        return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length, Entries: results }
      },
    },
  }
  return events
}

function checkRule({ name, state, targets, pattern: wanted }: Rule): void {
  length('name', name, 1, 64)
  pattern('name', name, /[.\-_A-Za-z0-9]+/)
  oneOf('state', state, ['ENABLED', 'DISABLED'])
  length('eventPattern', JSON.stringify(wanted), 0, 4096)
  if (targets.length > 5) {
    throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.')
  }
  for (const [at, { id, input, retryPolicy }] of targets.entries()) {
    const path = `targets.${at + 1}.member`
    length(`${path}.id`, id, 1, 64)
    if (input !== undefined && !isJson(input)) {
      throw new AwsError('ValidationException', `JSON syntax error in input for target ${id}`)
    }
    range(`${path}.retryPolicy.maximumRetryAttempts`, retryPolicy?.maximumRetryAttempts, 0, 185)
    range(`${path}.retryPolicy.maximumEventAgeInSeconds`, retryPolicy?.maximumEventAgeInSeconds, 60, 86_400)
  }
}

function refusal(entry: sdk.PutEventsRequestEntry): sdk.PutEventsResultEntry | undefined {
  const missing = (['Source', 'DetailType', 'Detail'] as const).find(name => !entry[name])
  if (missing) return invalid(missing, `${missing} is a required argument.`)
  if ((entry.DetailType ?? '').length > 128) return invalid('DetailType', 'DetailType is longer than 128 characters.')
  if (/^aws\./.test(entry.Source ?? '')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' }
  }
  if (!isJson(entry.Detail ?? '', isRecord))
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
  return undefined
}

function invalid(name: string, reason: string): sdk.PutEventsResultEntry {
  return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${name} is not valid. Reason: ${reason}` }
}

function isJson(text: string, fits: (value: unknown) => boolean = () => true): boolean {
  try {
    return fits(JSON.parse(text))
  } catch {
    return false
  }
}

/** As AWS counts an entry: its texts in UTF-8, and 14 for a time. */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: sdk.PutEventsRequestEntry) {
  const texts = [Source, DetailType, Detail, ...Resources]
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time ? 14 : 0)
}
