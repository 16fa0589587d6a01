import * as z from 'zod'
import { outcome } from '../../domain/outcome.ts'
import { notification } from '../../events/notification.ts'
import { change, get, putNew } from './dynamodb.ts'

/** What has been told, and where: whatever is told twice, at once or in another order is told once and ends with the truth. */

const sentKey = (id: string) => ({ pk: `TOLD#${id}`, sk: 'SENT' })

/** Whether this notification was sent to the topic. */
export async function isTold(id: string): Promise<boolean> {
  return (await get(sentKey(id))) !== undefined
}

export async function recordTold(id: string): Promise<void> {
  await putNew(sentKey(id))
}

/** Where a message of ours stands in Slack. */
const place = z.object({ channel: z.string(), ts: z.string() })
export type Place = z.infer<typeof place>

/**
 * One message on its way. `claimed`: somebody is posting it, who is given up at `until`; `unknown`: it was sent, and nobody
 * knows whether it arrived. `since`: when it was first sent, ms.
 */
const posting = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('claimed'), since: z.number(), until: z.number(), isFirst: z.boolean() }),
  z.object({ kind: z.literal('unknown'), since: z.number() }),
  z.object({ kind: z.literal('free') }),
  place.extend({ kind: z.literal('posted') }),
])
export type Posting = z.infer<typeof posting>

/** Which message: of what it tells, and which one of those that tell it. */
export interface PostingKey {
  /** Default: slack. */
  to?: 'slack' | 'pagerduty'
  subject: string
  message: string
}

const postingKey = ({ to = 'slack', subject, message }: PostingKey) => ({ pk: `TOLD#${to}#${subject}`, sk: message })

/** Changes how the message stands; decided anew for as long as somebody else writes in between. */
export function changePosting<T extends { next?: Posting | undefined }>(
  key: PostingKey,
  decide: (posting: Posting) => T,
): Promise<T> {
  return change(postingKey(key), item => decide(item ? posting.parse(item) : { kind: 'free' }))
}

export async function readPosting(key: PostingKey): Promise<Posting> {
  const item = await get(postingKey(key))
  return item ? posting.parse(item) : { kind: 'free' }
}

const channelKey = (secret: string, name: string) => ({ pk: 'TOLD#slack', sk: `CHANNEL#${secret}#${name}` })

/** The id of a channel that is known by its name; Slack tells it with the first message there. */
export async function readChannelId(secret: string, name: string): Promise<string | undefined> {
  return z
    .string()
    .optional()
    .parse((await get(channelKey(secret, name)))?.id)
}

export async function recordChannelId(secret: string, name: string, id: string): Promise<void> {
  await putNew({ ...channelKey(secret, name), id })
}

/** How a rollback that a person started ended, as it was told; the first word stands. */
const rollbackEnd = z.object({ outcome, reason: z.string() })
export type RollbackEnd = z.infer<typeof rollbackEnd>

const rollbackKey = (rollback: string) => ({ pk: `TOLD#slack#${rollback}`, sk: 'END' })

export async function recordRollbackEnd(rollback: string, { outcome, reason }: RollbackEnd): Promise<void> {
  await putNew({ ...rollbackKey(rollback), outcome, reason })
}

export async function readRollbackEnd(rollback: string): Promise<RollbackEnd | undefined> {
  const item = await get(rollbackKey(rollback))
  return item && rollbackEnd.parse(item)
}

const { about } = notification.shape

const alarm = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('open'),
    severity: z.enum(['critical', 'error']),
    summary: z.string(),
    /** What it was opened for. */
    for: z.object({ about, stage: z.string().optional(), at: z.number() }),
  }),
  z.object({ kind: z.literal('closed') }),
])
export type Alarm = z.infer<typeof alarm>

/** What PagerDuty is to show under one key. */
const incident = z.object({
  /** Time of the newest transition that was counted, ms. */
  at: z.number(),
  alarm,
  /** Grows with every transition that was counted. */
  revision: z.int(),
  /** The revision that PagerDuty knows; where there is nothing to tell it, the same. */
  accepted: z.int(),
  /** Transitions that were counted, by their ids; the last ones. */
  counted: z.array(z.string()),
})
export type Incident = z.infer<typeof incident>

const incidentKey = (key: string) => ({ pk: `TOLD#pagerduty#${key}`, sk: 'INCIDENT' })

/** Changes what PagerDuty is to show; decided anew for as long as somebody else writes in between. */
export function changeIncident<T extends { next?: Incident | undefined }>(
  key: string,
  decide: (incident: Incident | undefined) => T,
): Promise<T> {
  return change(incidentKey(key), item => decide(item && incident.parse(item)))
}
