import { randomUUID } from 'node:crypto'
import * as sdk from '@aws-sdk/client-eventbridge'
import type { Clock } from '../clock.ts'
import { EVENTS_AUTHORIZATION } from './authorization/events.ts'
import { checkRule, isJson } from './events/check-rule.ts'
import { bury, type GivenUp } from './events/letter.ts'
import { compilePattern, type Matches } from './events/pattern.ts'
import { createSchedules } from './events/schedule.ts'
import { type Courier, createCourier, type Fate } from './fate.ts'
import { ACCOUNT, type Announcement, AwsError, arn, type EventBus, REGION, type Service } from './service.ts'
import type { Queue } from './sqs/queue.ts'
import { length } from './wire/constraints.ts'
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
  pattern?: unknown
  /** `rate(1 day)`: its targets get an event that says so, for as long as the rule is there. */
  schedule?: string
  state?: 'ENABLED' | 'DISABLED'
  targets: readonly RuleTarget[]
}

/** A delivery that was given up, and that no dead-letter queue has. */
export interface Undelivered {
  rule: string
  target: RuleTarget
  event: BusEvent
  error: AwsError
}

export interface Events extends Service, EventBus {
  /** Puts the rule in the place of the one of that name, if there is one. */
  putRule(rule: Rule): void
  /** By its name. */
  deleteRule(name: string): void
  /** Decided per event and matching rule. Default: deliver. */
  faults: (event: BusEvent, rule: string) => Fate
  /** What no retry could deliver and no dead-letter queue took, in order. */
  readonly undelivered: readonly Undelivered[]
}

export interface EventsOptions {
  clock: Clock
  /** Hands an event to a target; an AwsError that it throws is a failed delivery, which is repeated. */
  deliver: (targetArn: string, event: unknown, rule: string) => void | Promise<void>
  /** Where dead letters go. */
  queues?: { queue(arn: string): Queue | undefined }
}

const LATENCY_MS = 100
const LONGEST_BACKOFF_MS = 10 * 60_000
const LARGEST_REQUEST_BYTES = 1024 * 1024
const DEFAULT_RETRIES = 185
const DEFAULT_AGE_SECONDS = 86_400

export function createEvents({ clock, deliver, queues }: EventsOptions): Events {
  const rules = new Map<string, Rule & { matches: Matches }>()
  const couriers = new Map<string, Courier>()
  const undelivered: Undelivered[] = []

  async function attempt(rule: string, target: RuleTarget, event: BusEvent, since: number, tries = 0): Promise<void> {
    try {
      await deliver(target.arn, target.input === undefined ? structuredClone(event) : JSON.parse(target.input), rule)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const { maximumRetryAttempts = DEFAULT_RETRIES, maximumEventAgeInSeconds = DEFAULT_AGE_SECONDS } =
        target.retryPolicy ?? {}
      const backoff = Math.min(1000 * 2 ** tries, LONGEST_BACKOFF_MS)
      const tooOld = clock.now() + backoff - since > maximumEventAgeInSeconds * 1000
      const hopeless = error.name === 'ResourceNotFoundException' || error.name === 'AccessDeniedException'
      const exhausted = exhaustedBy(tooOld, tries >= maximumRetryAttempts)
      if (hopeless || exhausted) giveUp({ rule, target, event, error }, tries, hopeless ? undefined : exhausted)
      else clock.timer(backoff, () => void attempt(rule, target, event, since, tries + 1))
    }
  }

  function giveUp(given: Undelivered, retries: number, exhausted: GivenUp['exhausted']): void {
    const { rule, target, event, error } = given
    const letter = {
      ruleArn: arn('events', `rule/${rule}`),
      targetArn: target.arn,
      body: target.input ?? JSON.stringify(event),
      ...{ error, retries, exhausted },
    }
    const { deadLetterArn } = target
    if (deadLetterArn === undefined || bury(letter, queues?.queue(deadLetterArn))) undelivered.push(given)
  }

  function send(event: BusEvent): void {
    for (const rule of rules.values()) if (rule.matches({ ...event })) hand(rule, event)
  }

  function hand({ name, state, targets }: Rule, event: BusEvent): void {
    if (state === 'DISABLED') return
    const message = { kind: event['detail-type'], fate: events.faults(event, name) }
    courierTo(name)(message, () => {
      for (const target of targets) void attempt(name, target, event, clock.now())
    })
  }

  function courierTo(rule: string): Courier {
    const courier = couriers.get(rule) ?? createCourier(clock, LATENCY_MS)
    couriers.set(rule, courier)
    return courier
  }

  const schedules = createSchedules(clock, name => {
    const rule = rules.get(name)
    const resources = [arn('events', `rule/${name}`)]
    const scheduled = { source: 'aws.events', 'detail-type': 'Scheduled Event', resources, detail: {} }
    if (rule) hand(rule, complete(scheduled))
  })

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
      checkRule(rule, [...rules.keys()])
      const matches = rule.pattern === undefined ? () => false : compilePattern(rule.pattern)
      schedules.set(rule.name, rule.schedule)
      rules.set(rule.name, { ...rule, matches })
    },
    deleteRule(name) {
      schedules.set(name, undefined)
      rules.delete(name)
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

function exhaustedBy(tooOld: boolean, triedOften: boolean): GivenUp['exhausted'] {
  if (triedOften) return 'MaximumRetryAttempts'
  return tooOld ? 'MaximumEventAgeInSeconds' : undefined
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

/** As AWS counts an entry: its texts in UTF-8, and 14 for a time. */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: sdk.PutEventsRequestEntry) {
  const texts = [Source, DetailType, Detail, ...Resources]
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time ? 14 : 0)
}
