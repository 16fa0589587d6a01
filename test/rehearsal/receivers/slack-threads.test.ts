import { afterEach, describe, expect, test } from 'vitest'
import { createSlack, type Slack } from '../../../rehearsal/receivers/slack.ts'
import { closeHosts, json, jumpClock, post, started } from './receivers-for-tests.ts'

afterEach(closeHosts)

const WORKSPACE = { token: 'xoxb-1', webhookPath: '/services/T1/B1/secret', users: [] }
const call = async (slack: Slack, method: string, body: object) =>
  (await post(slack, `/api/${method}`, json(body, WORKSPACE.token))).body
const say = async (slack: Slack, body: object) => {
  const { channel, ts } = await call(slack, 'chat.postMessage', { channel: '#deploys', ...body })
  return { channel: String(channel), ts: String(ts) }
}
const texts = ({ messages }: Record<string, unknown>) => (messages as { text: string }[]).map(({ text }) => text)

/** A message with two replies, a minute between each. */
async function thread() {
  const clock = jumpClock()
  const slack = await started(createSlack({ clock, workspace: WORKSPACE }))
  const { channel, ts } = await say(slack, { text: 'releasing' })
  await say(slack, { text: 'another release' })
  const replies: string[] = []
  for (const text of ['one', 'two']) {
    await clock.sleep(60_000)
    const metadata = { event_type: 'reply', event_payload: { of: text } }
    replies.push((await say(slack, { text, thread_ts: ts, metadata })).ts)
  }
  return { slack, channel, ts, replies }
}

describe('a thread', () => {
  test('is its first message and then the replies in order, with the metadata that finds them again', async () => {
    const { slack, channel, ts } = await thread()
    const whole = await call(slack, 'conversations.replies', { channel, ts, include_all_metadata: true })
    expect(texts(whole)).toEqual(['releasing', 'one', 'two'])
    expect(whole).toMatchObject({
      has_more: false,
      messages: [{ ts }, { thread_ts: ts }, { metadata: { event_payload: { of: 'two' } } }],
    })
    const brief = await call(slack, 'conversations.replies', { channel, ts })
    expect(brief).toMatchObject({ messages: [{}, { metadata: { event_type: 'reply' } }, {}] })
    expect(JSON.stringify(brief)).not.toContain('event_payload')
  })

  test('can be asked for by a form, from a time on and to a limit; its first message always comes along', async () => {
    const { slack, channel, ts, replies } = await thread()
    const ask = async (more: Record<string, string>) => {
      const body = new URLSearchParams({ token: WORKSPACE.token, channel, ts, ...more })
      return (await post(slack, '/api/conversations.replies', { body })).body
    }
    expect(texts(await ask({ oldest: replies[0] ?? '' }))).toEqual(['releasing', 'two'])
    expect(texts(await ask({ limit: '2' }))).toEqual(['releasing', 'one'])
    expect((await ask({ limit: '2' })).has_more).toBe(true)
    expect(slack.problems).toEqual([])
  })

  test('of which there is no first message, or only a reply is named, is refused', async () => {
    const { slack, channel, ts, replies } = await thread()
    const error = async (body: object) => (await call(slack, 'conversations.replies', body)).error
    expect(await error({ channel: '#deploys', ts })).toBe('channel_not_found')
    expect(await error({ channel })).toBe('thread_not_found')
    expect(await error({ channel, ts: replies[0] })).toBe('not_rehearsed')
    expect(slack.problems).toHaveLength(3)
  })
})

describe('a message that is taken away', () => {
  test('is nowhere any more, and its ts is no other message’s', async () => {
    const { slack, channel, ts, replies } = await thread()
    const [, last = ''] = replies
    expect(await call(slack, 'chat.delete', { channel, ts: last })).toEqual({ ok: true, channel, ts: last })
    expect(texts(await call(slack, 'conversations.replies', { channel, ts }))).toEqual(['releasing', 'one'])
    expect(slack.messages().map(({ text }) => text)).toEqual(['releasing', 'another release', 'one'])
    expect((await say(slack, { text: 'next' })).ts).not.toBe(last)
    expect(slack.problems).toEqual([])
  })

  test('has to be there, be ours and have no replies', async () => {
    const { slack, channel, ts, replies } = await thread()
    await post(slack, WORKSPACE.webhookPath, json({ text: 'by the webhook' }))
    const webhookTs = slack.messages().at(-1)?.ts
    const error = async (body: object) => (await call(slack, 'chat.delete', body)).error
    expect(await error({ channel: '#deploys', ts: replies[0] })).toBe('channel_not_found')
    expect(await error({ channel, ts: '1763720800.000900' })).toBe('message_not_found')
    expect(await error({ channel: 'C0WEBHOOK00', ts: webhookTs })).toBe('cant_delete_message')
    expect(await error({ channel, ts })).toBe('not_rehearsed')
    expect(slack.messages()).toHaveLength(5)
  })
})
