import type { SlackBot } from '../../domain/secrets.ts'
import type { Place } from '../aws/told.ts'
import { judgeSlack, type NotDone, type Verdict } from './answers.ts'
import { post } from './ask.ts'
import type { SlackMessage } from './message.ts'

export type Posted = { kind: 'posted'; place: Place } | NotDone
export type Found = { kind: 'found'; first: Place; others: Place[] } | { kind: 'none' } | NotDone

/** What a message carries, unseen, so that it can be found again. */
const EVENT_TYPE = 'sluice_message'

/** Slack's clock and ours may differ by so much. */
const MARGIN_MS = 60_000

/** What the bot does in its workspace. */
export class Slack {
  readonly #bot: SlackBot

  constructor(bot: SlackBot) {
    this.#bot = bot
  }

  /** `channel`: its id or, the only call that takes it, its name. */
  async post(
    message: SlackMessage,
    to: { channel: string; thread?: string | undefined; key: string },
  ): Promise<Posted> {
    const verdict = await this.#call('chat.postMessage', {
      ...message,
      channel: to.channel,
      ...(to.thread !== undefined && { thread_ts: to.thread }),
      metadata: { event_type: EVENT_TYPE, event_payload: { key: to.key } },
      unfurl_links: false,
      unfurl_media: false,
    })
    if (verdict.kind !== 'done') return verdict
    const { channel, ts } = JSON.parse(verdict.text) as Place
    return { kind: 'posted', place: { channel, ts } }
  }

  update({ channel, ts }: Place, message: SlackMessage): Promise<Verdict> {
    return this.#call('chat.update', { ...message, channel, ts })
  }

  remove({ channel, ts }: Place): Promise<Verdict> {
    return this.#call('chat.delete', { channel, ts })
  }

  /** The messages with this key that were posted after `since` (ms). */
  async find(in_: { channel: string; thread?: string | undefined; key: string; since: number }): Promise<Found> {
    const { channel, thread, key, since } = in_
    const oldest = String((since - MARGIN_MS) / 1_000)
    // Methods that read take no JSON.
    const asked = new URLSearchParams({ channel, oldest, limit: '200', include_all_metadata: 'true' })
    if (thread !== undefined) asked.set('ts', thread)
    const verdict = await this.#call(thread === undefined ? 'conversations.history' : 'conversations.replies', asked)
    if (verdict.kind !== 'done') return verdict
    const { messages } = JSON.parse(verdict.text) as { messages: Listed[] }
    const ours = messages.filter(({ metadata }) => metadata?.event_type === EVENT_TYPE)
    const times = ours.flatMap(({ ts, metadata }) => (metadata?.event_payload?.key === key ? [ts] : [])).toSorted()
    const [first, ...others] = times.map(ts => ({ channel, ts }))
    return first ? { kind: 'found', first, others } : { kind: 'none' }
  }

  /** Id of the conversation with one person. */
  async direct(user: string): Promise<{ kind: 'channel'; id: string } | NotDone> {
    const verdict = await this.#call('conversations.open', { users: user })
    if (verdict.kind !== 'done') return verdict
    const { channel } = JSON.parse(verdict.text) as { channel: { id: string } }
    return { kind: 'channel', id: channel.id }
  }

  async #call(method: string, body: object): Promise<Verdict> {
    const { token, url } = this.#bot
    return judgeSlack(await post(`${url}/${method}`, body, { authorization: `Bearer ${token}` }))
  }
}

interface Listed {
  ts: string
  metadata?: { event_type: string; event_payload?: { key?: string } }
}
