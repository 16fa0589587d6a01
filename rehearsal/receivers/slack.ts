import type { Clock } from '../clock.ts'
import type { Answer, Exchange } from '../fleet/container.ts'
import { plainAnswer } from '../fleet/http.ts'
import { jsonAnswer, Receiver, type ReceivingHost } from './receiver.ts'
import { type Channel, Channels, WEBHOOK_CHANNEL } from './slack/channels.ts'
import { isSince, pageOf } from './slack/page.ts'
import {
  type Arguments,
  argumentsOf,
  type Content,
  contentOf,
  isObject,
  type Refusal,
  refused,
  structureOf,
  textOf,
  tokenOf,
} from './slack/request.ts'

export interface Workspace {
  /** Of the one app that may speak here. */
  token: string
  webhookPath: string
  users: string[]
}

/** A message as it stands now. */
export interface SlackMessage {
  /** `#name`, or the id where it has none. */
  channel: string
  ts: string
  text: string
  blocks?: unknown[] | undefined
  threadTs?: string | undefined
  edits: number
  /** AWS milliseconds of its posting. */
  at: number
  /** With whom, in a direct message. */
  user?: string | undefined
}

export interface Slack extends ReceivingHost {
  readonly workspace: Workspace
  /** In order of posting. */
  messages(): SlackMessage[]
}

/** Who is in it has to be said; the one app may speak by this token. */
export const WORKSPACE: Workspace = {
  token: 'xoxb-rehearsal',
  webhookPath: '/services/T00000000/B00000000/rehearsal',
  users: [],
}

/** slack.com and hooks.slack.com: what our calls need of them, by Slack's documented rules, refused in its own words. */
export function createSlack({ clock, workspace = WORKSPACE }: { clock: Clock; workspace?: Workspace }): Slack {
  return new SlackReceiver(clock, workspace)
}

type Outcome = { ok: true; with: object } | Refusal | { ok: 'later'; seconds: number }

interface Posted extends Content {
  readonly ts: string
  readonly at: number
  readonly channel: Channel
  readonly threadTs: string | undefined
  readonly byWebhook: boolean
  edits: number
}

const WEBHOOK = 'incoming-webhook'
const LONGEST_TEXT = 40_000
const LONGEST_EDITED_TEXT = 4000
/** Slack takes one message a second and channel, and lets short bursts pass: here of five. Its other rates are not rehearsed. */
const MESSAGE_EVERY_MS = 1000
const BURST = 5

class SlackReceiver extends Receiver implements Slack {
  readonly workspace: Workspace
  readonly #channels: Channels
  readonly #posted: Posted[] = []
  #lastTs = ''
  /** Channel id → until when its messages so far would have taken at an even pace. */
  readonly #spentUntil = new Map<string, number>()
  readonly #methods = new Map<string, (given: Arguments) => Outcome>([
    ['chat.postMessage', given => this.#post(this.#channels.addressed(given.channel), given)],
    ['chat.update', given => this.#update(given)],
    ['conversations.open', given => this.#open(given)],
    ['chat.delete', given => this.#remove(given)],
    ['conversations.history', given => this.#history(given)],
    ['conversations.replies', given => this.#replies(given)],
  ])

  constructor(clock: Clock, workspace: Workspace) {
    super(clock)
    this.workspace = workspace
    this.#channels = new Channels(workspace.users)
  }

  messages(): SlackMessage[] {
    return this.#posted.map(({ channel: { name, user }, ts, text, blocks, threadTs, edits, at }) => {
      return { channel: name, ts, text, blocks, threadTs, edits, at, user }
    })
  }

  protected methodOf(path: string): string {
    return path.startsWith('/services/') ? WEBHOOK : path.replace(/^\/api\//, '')
  }

  protected answer(method: string, request: Exchange): Answer {
    const outcome = method === WEBHOOK ? this.#webhook(request) : this.#call(method, request)
    if (outcome.ok === 'later') return this.slowDown(outcome.seconds)
    if (outcome.ok) return method === WEBHOOK ? plainAnswer(200, 'ok') : jsonAnswer(200, { ok: true, ...outcome.with })
    const { error, response_metadata } = outcome
    this.problems.push([`${method}: ${error}`, ...(response_metadata?.messages ?? [])].join('; '))
    if (method !== WEBHOOK) return jsonAnswer(200, outcome)
    return plainAnswer(error === 'no_service' ? 404 : 400, error)
  }

  protected slowDown(seconds: number): Answer {
    return jsonAnswer(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(seconds) })
  }

  #call(method: string, request: Exchange): Outcome {
    const call = this.#methods.get(method)
    if (!call) return refused('unknown_method')
    const given = argumentsOf(request)
    if (typeof given === 'string') return refused(given)
    const token = tokenOf(request, given)
    if (!token) return refused('not_authed')
    return token === this.workspace.token ? call(given) : refused('invalid_auth')
  }

  #webhook(request: Exchange): Outcome {
    if (request.path !== this.workspace.webhookPath) return refused('no_service')
    const given = argumentsOf(request)
    const payload = typeof given === 'string' ? given : structureOf(given.payload ?? given)
    return isObject(payload) ? this.#post(WEBHOOK_CHANNEL, payload, true) : refused('invalid_payload')
  }

  #post(channel: Channel | undefined, given: Arguments, byWebhook = false): Outcome {
    if (!channel) return refused('channel_not_found')
    const now = this.clock.now()
    const spentUntil = Math.max(this.#spentUntil.get(channel.id) ?? 0, now)
    const tooSoonBy = spentUntil - now - (BURST - 1) * MESSAGE_EVERY_MS
    if (tooSoonBy > 0) return { ok: 'later', seconds: Math.ceil(tooSoonBy / 1000) }
    this.#spentUntil.set(channel.id, spentUntil + MESSAGE_EVERY_MS)
    const content = contentOf(given, LONGEST_TEXT)
    if ('error' in content) return content
    const threadTs = this.#threadOf(channel, given.thread_ts ?? undefined)
    if (typeof threadTs === 'object') return threadTs
    const posted = { ...content, ts: this.#nextTs(now), at: now, channel, threadTs, byWebhook, edits: 0 }
    this.#posted.push(posted)
    return { ok: true, with: { channel: channel.id, ts: posted.ts, message: asEvent(posted) } }
  }

  #update(given: Arguments): Outcome {
    const channel = this.#channels.withId(given.channel)
    if (!channel) return refused('channel_not_found')
    const posted = this.#find(channel, given.ts)
    if (!posted) return refused('message_not_found')
    if (posted.byWebhook) return refused('cant_update_message')
    const content = contentOf(given, LONGEST_EDITED_TEXT, posted)
    if ('error' in content) return content
    Object.assign(posted, content, { edits: posted.edits + 1 })
    return { ok: true, with: { channel: channel.id, ts: posted.ts, text: posted.text, message: asEvent(posted) } }
  }

  #open(given: Arguments): Outcome {
    const [user, ...further] = textOf(given.users)?.split(',') ?? []
    if (!user) return refused('users_list_not_supplied')
    if (further.length > 0) return refused('not_rehearsed', ['a conversation of several'])
    const channel = this.#channels.direct(user)
    return channel ? { ok: true, with: { channel: { id: channel.id } } } : refused('user_not_found')
  }

  #remove(given: Arguments): Outcome {
    const channel = this.#channels.withId(given.channel)
    if (!channel) return refused('channel_not_found')
    const posted = this.#find(channel, given.ts)
    if (!posted) return refused('message_not_found')
    if (posted.byWebhook) return refused('cant_delete_message')
    if (this.#thread(posted).length > 0) return refused('not_rehearsed', ['what becomes of the replies'])
    this.#posted.splice(this.#posted.indexOf(posted), 1)
    return { ok: true, with: { channel: channel.id, ts: posted.ts } }
  }

  /** Replies are not part of it. With `oldest`, the page is the one closest to that time; newest first all the same. */
  #history(given: Arguments): Outcome {
    const channel = this.#channels.withId(given.channel)
    if (!channel) return refused('channel_not_found')
    const page = pageOf(given, { usual: 100, most: 999 })
    if ('error' in page) return page
    const told = this.#posted.filter(({ channel: { id }, threadTs }) => id === channel.id && !threadTs)
    const found = told.filter(isSince(page))
    const shown = page.oldest === undefined ? found.slice(-page.limit) : found.slice(0, page.limit)
    const messages = shown.toReversed().map(posted => asEvent(posted, page.isWhole))
    return { ok: true, with: { messages, has_more: shown.length < found.length } }
  }

  /** The thread's first message, however old, and its replies in order. */
  #replies(given: Arguments): Outcome {
    const channel = this.#channels.withId(given.channel)
    if (!channel) return refused('channel_not_found')
    const parent = this.#find(channel, given.ts)
    if (!parent) return refused('thread_not_found')
    if (parent.threadTs) return refused('not_rehearsed', ['the thread of a reply'])
    const page = pageOf(given, { usual: 1000, most: 1000 })
    if ('error' in page) return page
    const found = [parent, ...this.#thread(parent).filter(isSince(page))]
    const shown = found.slice(0, page.limit)
    const messages = shown.map(posted => asEvent(posted, page.isWhole))
    return { ok: true, with: { messages, has_more: shown.length < found.length } }
  }

  #thread({ channel, ts }: Posted): Posted[] {
    return this.#posted.filter(({ channel: { id }, threadTs }) => id === channel.id && threadTs === ts)
  }

  #threadOf(channel: Channel, given: unknown): string | undefined | Refusal {
    if (given === undefined) return undefined
    // A number has lost digits on its way: Slack would say `ok` and show the message to nobody.
    if (typeof given !== 'string' || !/^\d{10}\.\d{6}$/.test(given)) return refused('invalid_thread_ts')
    const parent = this.#find(channel, given)
    if (!parent) return refused('thread_not_found')
    if (parent.threadTs) this.problems.push(`thread_ts ${given} is a reply: Slack takes the thread it is in`)
    return parent.threadTs ?? given
  }

  #find({ id }: Channel, ts: unknown): Posted | undefined {
    return this.#posted.find(posted => posted.ts === ts && posted.channel.id === id)
  }

  #nextTs(now: number): string {
    const second = String(Math.floor(now / 1000))
    const [lastSecond, lastFraction] = this.#lastTs.split('.')
    const fraction = lastSecond === second ? Number(lastFraction) + 100 : 100
    this.#lastTs = `${second}.${String(fraction).padStart(6, '0')}`
    return this.#lastTs
  }
}

/** The message as Slack tells it; its metadata by type alone where the rest is not asked for. */
function asEvent({ ts, text, blocks, threadTs, metadata }: Posted, isWhole = true): object {
  const told = metadata && !isWhole ? { event_type: metadata.event_type } : metadata
  return { type: 'message', bot_id: 'B0REHEARSAL', ts, text, blocks, thread_ts: threadTs, metadata: told }
}
