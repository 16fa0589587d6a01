import {
  changePosting,
  type Place,
  type Posting,
  type PostingKey,
  readChannelId,
  recordChannelId,
} from '../aws/told.ts'
import { logger } from '../step.ts'
import type { NotDone, Verdict } from './answers.ts'
import type { Delivered } from './deliver.ts'
import type { SlackMessage } from './message.ts'
import type { Found, Slack } from './slack.ts'

/** A message that one of two invocations posts, and that is looked for before it is posted again. */

/** Longer than the function may run: whoever claimed it this long ago is no more. */
const CLAIM_MS = 30_000
const BUSY_SECONDS = 5

export type Claim =
  | { kind: 'posted'; place: Place; next?: undefined }
  | { kind: 'busy'; next?: undefined }
  | { kind: 'mine'; next: Posting & { kind: 'claimed' } }

/** Who posts a message that stands like this. `isFirst`: nobody can have posted it before. */
export function claimOf(posting: Posting, now: number): Claim {
  if (posting.kind === 'posted') return { kind: 'posted', place: { channel: posting.channel, ts: posting.ts } }
  if (posting.kind === 'claimed' && now < posting.until) return { kind: 'busy' }
  const isFirst = posting.kind === 'free'
  const since = posting.kind === 'free' ? now : posting.since
  return { kind: 'mine', next: { kind: 'claimed', since, until: now + CLAIM_MS, isFirst } }
}

/** How it stands once its claimer could not post it. */
export function afterFailure({ since, isFirst }: Posting & { kind: 'claimed' }, failure: NotDone): Posting {
  return isFirst && failure.kind !== 'unknown' ? { kind: 'free' } : { kind: 'unknown', since }
}

export const BUSY: NotDone = { kind: 'slow-down', because: 'it is being posted right now', seconds: BUSY_SECONDS }

export interface Addressee {
  /** Id of the channel, or its `#name`. */
  channel: string
  thread?: string
}

type Once = { kind: 'posted'; place: Place; isNew: boolean } | NotDone

/** Posts it, unless it was posted; each reader sees it once in the end. `secret`: whose workspace it is. */
export async function postOnce(
  slack: Slack,
  key: PostingKey,
  { to, message, secret }: { to: Addressee; message: () => Promise<SlackMessage>; secret: string },
): Promise<Once> {
  const claim = await changePosting(key, posting => claimOf(posting, Date.now()))
  if (claim.kind === 'posted') return { ...claim, isNew: false }
  if (claim.kind === 'busy') return BUSY
  const posted = await lookAndPost(slack, claim.next, { key: keyText(key), to, message, secret })
  await changePosting(key, () => ({
    next: posted.kind === 'posted' ? { kind: 'posted', ...posted.place } : afterFailure(claim.next, posted),
  }))
  return posted
}

const keyText = ({ subject, message }: PostingKey) => `${subject}#${message}`

interface Wanted {
  key: string
  to: Addressee
  message: () => Promise<SlackMessage>
  secret: string
}

async function lookAndPost(slack: Slack, claim: Posting & { kind: 'claimed' }, wanted: Wanted): Promise<Once> {
  const { key, to, message, secret } = wanted
  const id = isId(to.channel) ? to.channel : await readChannelId(secret, to.channel)
  const look = async (channel: string): Promise<Found> => {
    const found = await slack.find({ channel, thread: to.thread, key, since: claim.since })
    if (found.kind !== 'refused') return found
    // Twice is better than never.
    logger.error(`not known whether it was posted: ${found.because}`, { todo: found.todo })
    return { kind: 'none' }
  }
  const earlier = claim.isFirst || id === undefined ? { kind: 'none' as const } : await look(id)
  if (earlier.kind === 'found') return keepFirst(slack, earlier)
  if (earlier.kind !== 'none') return earlier
  const posted = await slack.post(await message(), { ...to, channel: id ?? to.channel, key })
  if (posted.kind !== 'posted') return posted
  const asNew: Once = { ...posted, isNew: true }
  if (id !== undefined) return asNew
  await recordChannelId(secret, to.channel, posted.place.channel)
  if (claim.isFirst) return asNew
  // The first message ever in a channel of which only the name was known: now it can be looked at.
  const all = await look(posted.place.channel)
  if (all.kind === 'none') return asNew
  return all.kind === 'found' ? keepFirst(slack, all) : all
}

/** Takes away what says the same as the first; ends at what has to wait, to be found again. */
async function keepFirst(slack: Slack, { first, others }: Found & { kind: 'found' }): Promise<Once> {
  for (const other of others) {
    const removed = await slack.remove(other)
    if (removed.kind === 'refused')
      logger.error(`a message stands there twice: ${removed.because}`, { todo: removed.todo })
    else if (removed.kind !== 'done') return removed
  }
  return { kind: 'posted', place: first, isNew: false }
}

/** Sends what cannot be looked for afterwards: an answer that never came means that it is sent again. */
export async function sendOnce(key: PostingKey, send: () => Promise<Verdict>): Promise<Delivered> {
  const claim = await changePosting(key, posting => claimOf(posting, Date.now()))
  if (claim.kind === 'posted') return { kind: 'told' }
  if (claim.kind === 'busy') return BUSY
  const verdict = await send()
  const { to = 'slack', message } = key
  await changePosting(key, () => ({
    next: verdict.kind === 'done' ? { kind: 'posted', channel: to, ts: message } : afterFailure(claim.next, verdict),
  }))
  return verdict.kind === 'done' ? { kind: 'told' } : verdict
}

const isId = (channel: string) => !channel.startsWith('#')

/** Looks after which somebody else sees to it. */
const LOOKS = 4

/** Edits the message until it says what is true. `shown`: what it is known to say. */
export async function keepCurrent(
  slack: Slack,
  place: Place,
  message: () => Promise<SlackMessage>,
  shown?: SlackMessage,
): Promise<{ kind: 'told' } | NotDone> {
  let last = shown && JSON.stringify(shown)
  for (let look = 0; look < LOOKS; look++) {
    const next = await message()
    if (JSON.stringify(next) === last) return { kind: 'told' }
    const updated = await slack.update(place, next)
    if (updated.kind !== 'done') return updated
    last = JSON.stringify(next)
  }
  return { kind: 'slow-down', because: 'it changes faster than it can be told', seconds: BUSY_SECONDS }
}
