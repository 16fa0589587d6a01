import { afterEach, describe, expect, test } from 'vitest'
import { createSlack, type Slack } from '../../../rehearsal/receivers/slack.ts'
import { closeHosts, json, jumpClock, post, START, started } from './receivers-for-tests.ts'

afterEach(closeHosts)

const WORKSPACE = { token: 'xoxb-1', webhookPath: '/services/T1/B1/secret', users: ['U01', 'U02'] }
const clock = jumpClock
const slackAt = (at = clock()) => started(createSlack({ clock: at, workspace: WORKSPACE }))
const call = (slack: Slack, method: string, body: unknown) => post(slack, `/api/${method}`, json(body, WORKSPACE.token))
const say = async (slack: Slack, body: object) => {
  const { body: said } = await call(slack, 'chat.postMessage', { channel: '#deploys', ...body })
  return { channel: String(said.channel), ts: String(said.ts), error: said.error }
}
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })

describe('a message', () => {
  test('is posted by name, edited in place by the id and ts that came back, and answered in its thread', async () => {
    const slack = await slackAt()
    const { channel, ts } = await say(slack, { text: 'releasing', blocks: [section('*releasing*')] })
    expect(ts).toBe('1763720800.000100')
    await call(slack, 'chat.update', { channel, ts, text: 'released' })
    const { ts: replied } = await say(slack, { text: 'all of it', thread_ts: ts })
    expect(slack.messages()).toEqual([
      { channel: '#deploys', ts, text: 'released', edits: 1, at: START },
      { channel: '#deploys', ts: replied, text: 'all of it', threadTs: ts, edits: 0, at: START },
    ])
    expect(slack.problems).toEqual([])
  })

  test('of one moment has a ts of its own, and of a later moment a later one', async () => {
    const time = clock()
    const slack = await slackAt(time)
    const stamps = [(await say(slack, { text: '1' })).ts, (await say(slack, { text: '2' })).ts]
    await time.sleep(2500)
    stamps.push((await say(slack, { text: '3' })).ts)
    expect(stamps).toEqual(['1763720800.000100', '1763720800.000200', '1763720802.000100'])
  })

  test('may come as a form whose structures are JSON, with the token as an argument', async () => {
    const slack = await slackAt()
    const blocks = [section('hello')]
    const form = new URLSearchParams({
      ...{ token: WORKSPACE.token, channel: '#deploys', text: 'hello' },
      blocks: JSON.stringify(blocks),
    })
    const { body } = await post(slack, '/api/chat.postMessage', { body: form })
    expect(body).toMatchObject({ ok: true, message: { text: 'hello', blocks } })
  })

  test('to a person arrives in the direct message with them, opened before or not', async () => {
    const slack = await slackAt()
    const { body } = await call(slack, 'conversations.open', { users: 'U01' })
    const { id } = body.channel as { id: string }
    expect(id).toMatch(/^D[A-Z0-9]{8,}$/)
    expect((await say(slack, { channel: id, text: 'your decision?' })).channel).toBe(id)
    expect((await say(slack, { channel: 'U01', text: 'still open' })).channel).toBe(id)
    expect((await say(slack, { channel: 'U02', text: 'yours too' })).channel).not.toBe(id)
    expect(slack.messages().map(({ user, text }) => [user, text])).toEqual([
      ['U01', 'your decision?'],
      ['U01', 'still open'],
      ['U02', 'yours too'],
    ])
  })

  test('by the webhook is answered with a bare ok, and the app cannot edit it', async () => {
    const slack = await slackAt()
    expect(await post(slack, WORKSPACE.webhookPath, json({ text: 'hi' }))).toMatchObject({ body: { text: 'ok' } })
    const [{ channel, ts } = { channel: '', ts: '' }] = slack.messages()
    expect(channel).toBe('#incoming-webhook')
    const edited = await call(slack, 'chat.update', { channel: 'C0WEBHOOK00', ts, text: 'no' })
    expect(edited.body).toEqual({ ok: false, error: 'cant_update_message' })
  })
})

describe('the history of a channel', () => {
  const event = (release: string) => ({ metadata: { event_type: 'release', event_payload: { release } } })
  const texts = (body: Record<string, unknown>) => (body.messages as { text: string }[]).map(({ text }) => text)

  test('gives messages newest first, with the metadata that finds them again, and leaves replies out', async () => {
    const slack = await slackAt()
    const { channel, ts } = await say(slack, { text: 'one', ...event('r1') })
    await say(slack, { text: 'two' })
    await say(slack, { text: 'a reply', thread_ts: ts })
    const whole = await call(slack, 'conversations.history', { channel, include_all_metadata: true })
    expect(whole.body).toMatchObject({ has_more: false, messages: [{ text: 'two' }, { text: 'one', ...event('r1') }] })
    const brief = await call(slack, 'conversations.history', { channel })
    expect(brief.body).toMatchObject({ messages: [{}, { metadata: { event_type: 'release' } }] })
    expect(JSON.stringify(brief.body)).not.toContain('r1')
  })

  test('is cut to the newest, or, from a time on, to the nearest to it', async () => {
    const slack = await slackAt()
    const { channel, ts } = await say(slack, { text: '0' })
    for (const text of ['1', '2', '3']) await say(slack, { text })
    const ask = async (more: object) => (await call(slack, 'conversations.history', { channel, ...more })).body
    expect(texts(await ask({ limit: 2 }))).toEqual(['3', '2'])
    expect(texts(await ask({ limit: 2, oldest: ts }))).toEqual(['2', '1'])
    expect((await ask({ limit: 2, oldest: ts })).has_more).toBe(true)
    expect(texts(await ask({ oldest: ts }))).toEqual(['3', '2', '1'])
  })

  test('can be read by its id before anything is posted there', async () => {
    const slack = await slackAt()
    const { body } = await call(slack, 'conversations.history', { channel: 'C012345678', oldest: '0' })
    expect(body).toEqual({ ok: true, messages: [], has_more: false })
    expect((await say(slack, { channel: 'C012345678', text: 'x' })).channel).toBe('C012345678')
  })

  test('keeps the metadata of a message that is edited without any, and drops it by an empty one', async () => {
    const slack = await slackAt()
    const { channel, ts } = await say(slack, { text: 'one', ...event('r1') })
    const kept = await call(slack, 'chat.update', { channel, ts, text: 'two' })
    expect(kept.body.message).toMatchObject(event('r1'))
    const dropped = await call(slack, 'chat.update', { channel, ts, text: 'three', metadata: {} })
    expect(dropped.body.message).not.toHaveProperty('metadata')
  })
})

describe('what Slack would not take is refused in its words, and remembered', () => {
  const long = (characters: number) => 'x'.repeat(characters)
  const plain = (text: string) => ({ type: 'plain_text', text })
  const button = (more: object = {}) => ({ type: 'button', text: plain('Go'), ...more })
  const actions = (...elements: object[]) => ({ type: 'actions', elements })
  const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

  test.each([
    ['no channel of that name', { channel: '#Not A Channel', text: 'x' }, 'channel_not_found'],
    ['nobody of that id', { channel: 'U99', text: 'x' }, 'channel_not_found'],
    ['nothing to say', {}, 'no_text'],
    ['more text than fits', { text: long(40_001) }, 'msg_too_long'],
    ['blocks that are no list', { blocks: '{"type":"divider"}' }, 'invalid_blocks_format'],
    ['metadata without an event type', { text: 'x', metadata: { event_payload: {} } }, 'invalid_metadata_format'],
    ['a thread that is not there', { text: 'x', thread_ts: '1763720800.000900' }, 'thread_not_found'],
    ['a ts that became a number', { text: 'x', thread_ts: 1763720800.0009 }, 'invalid_thread_ts'],
    ['what is not rehearsed', { text: 'x', attachments: [] }, 'not_rehearsed'],
  ])('%s', async (_, body, error) => {
    const slack = await slackAt()
    expect((await say(slack, body)).error).toBe(error)
    expect(slack.problems).toEqual([expect.stringContaining(`chat.postMessage: ${error}`)])
    expect(slack.messages()).toEqual([])
  })

  test.each([
    ['51 blocks', many(51, { type: 'divider' }), '/blocks'],
    ['an empty section', [section('')], '/blocks/0/text/text'],
    ['a section of 3001 characters', [section(long(3001))], '/blocks/0/text/text'],
    ['a section without text', [{ type: 'section' }], '/blocks/0'],
    ['text of no type', [{ type: 'section', text: { text: 'x' } }], '/blocks/0/text/type'],
    ['11 fields', [{ type: 'section', fields: many(11, plain('x')) }], '/blocks/0/fields'],
    ['a field of 2001 characters', [{ type: 'section', fields: [plain(long(2001))] }], '/blocks/0/fields/0/text'],
    ['a header of 151 characters', [{ type: 'header', text: plain(long(151)) }], '/blocks/0/text/text'],
    ['a header in markdown', [{ ...section('x'), type: 'header' }], '/blocks/0/text/type'],
    ['11 notes', [{ type: 'context', elements: many(11, plain('x')) }], '/blocks/0/elements'],
    ['26 buttons', [actions(...many(26, button()))], '/blocks/0/elements'],
    ['a button of 76 characters', [actions(button({ text: plain(long(76)) }))], '/blocks/0/elements/0/text/text'],
    ['a link that is too long', [actions(button({ url: `https://x.test/${long(3000)}` }))], '/blocks/0/elements/0/url'],
    ['a value that is too long', [actions(button({ value: long(2001) }))], '/blocks/0/elements/0/value'],
    ['an action id that is too long', [actions(button({ action_id: long(256) }))], '/blocks/0/elements/0/action_id'],
    ['two buttons of one id', [actions(button({ action_id: 'a' }), button({ action_id: 'a' }))], '/blocks/0/elements'],
    ['a block id that is too long', [{ type: 'divider', block_id: long(256) }], '/blocks/0/block_id'],
    ['two blocks of one id', many(2, { type: 'divider', block_id: 'a' }), '/blocks'],
    ['a property that Slack has not', [actions(button({ disabled: true }))], '/blocks/0/elements/0'],
    ['a block that is not rehearsed', [{ type: 'video' }], '/blocks/0/type'],
  ])('%s', async (_, blocks, place) => {
    const slack = await slackAt()
    const { body } = await call(slack, 'chat.postMessage', { channel: '#deploys', text: 'x', blocks })
    expect(body.error).toBe('invalid_blocks')
    expect(JSON.stringify(body.response_metadata)).toContain(`[json-pointer:${place}]`)
    expect(slack.problems).toEqual([expect.stringContaining(place)])
  })

  test('but a message at every limit is taken', async () => {
    const slack = await slackAt()
    const links = many(25, 0).map((_, at) => button({ action_id: `a${at}`, url: 'https://x.test/', value: long(2000) }))
    const blocks = [
      { type: 'header', text: plain(long(150)), block_id: long(255) },
      section(long(3000)),
      { type: 'section', fields: many(10, plain(long(2000))) },
      { type: 'context', elements: many(10, { type: 'mrkdwn', text: 'x', verbatim: true }) },
      actions(...links),
      ...many(45, { type: 'divider' }),
    ]
    expect((await say(slack, { text: long(40_000), blocks })).error).toBeUndefined()
    expect(slack.problems).toEqual([])
  })

  test('calls without the right token, of an unknown method, or of an unknown person', async () => {
    const slack = await slackAt()
    const error = async (method: string, body: object, token?: string) =>
      (await post(slack, `/api/${method}`, json(body, token))).body.error
    expect(await error('chat.postMessage', {})).toBe('not_authed')
    expect(await error('chat.postMessage', {}, 'xoxb-2')).toBe('invalid_auth')
    expect(await error('chat.meMessage', {}, WORKSPACE.token)).toBe('unknown_method')
    expect(await error('constructor', {}, WORKSPACE.token)).toBe('unknown_method')
    expect(await error('conversations.open', { users: 'U99' }, WORKSPACE.token)).toBe('user_not_found')
    expect(await error('conversations.open', {}, WORKSPACE.token)).toBe('users_list_not_supplied')
    expect(await error('conversations.history', { channel: '#deploys' }, WORKSPACE.token)).toBe('channel_not_found')
    expect((await post(slack, '/chat.postMessage', json({}, WORKSPACE.token))).body.error).toBe('unknown_method')
    expect(slack.problems).toHaveLength(8)
  })

  test('a conversation of several, and pages that cannot be', async () => {
    const slack = await slackAt()
    const { channel, ts } = await say(slack, { text: 'x' })
    const error = async (method: string, body: object) => (await call(slack, method, body)).body.error
    expect(await error('conversations.open', { users: 'U01,U02' })).toBe('not_rehearsed')
    expect(await error('conversations.history', { channel, limit: 0 })).toBe('invalid_limit')
    expect(await error('conversations.history', { channel, oldest: 'yesterday' })).toBe('invalid_ts_oldest')
    expect(await error('conversations.history', { channel, cursor: 'x' })).toBe('not_rehearsed')
    expect(await error('conversations.replies', { channel, ts, limit: 0 })).toBe('invalid_limit')
  })

  test('calls that nobody can read', async () => {
    const slack = await slackAt()
    const send = async (body: string, type: string) =>
      (await post(slack, '/api/chat.postMessage', { body, headers: { 'content-type': type } })).body.error
    expect(await send('{', 'application/json')).toBe('invalid_json')
    expect(await send('[]', 'application/json')).toBe('json_not_object')
    expect(await send('{}', 'text/plain')).toBe('invalid_post_type')
  })

  test('an edit of what is not there, in a channel by name, or of more than 4,000 characters', async () => {
    const slack = await slackAt()
    const { channel, ts } = await say(slack, { text: 'x' })
    const edit = async (body: object) => (await call(slack, 'chat.update', { channel, ts, ...body })).body.error
    expect(await edit({ ts: '1763720800.000900', text: 'y' })).toBe('message_not_found')
    expect(await edit({ channel: '#deploys', text: 'y' })).toBe('channel_not_found')
    expect(await edit({ text: long(4001) })).toBe('msg_too_long')
    expect(await edit({})).toBe('no_text')
    expect(slack.messages()).toMatchObject([{ text: 'x', edits: 0 }])
  })

  test('what the webhook is sent in vain, by status', async () => {
    const slack = await slackAt()
    const answers = [
      await post(slack, '/services/T1/B1/wrong', json({ text: 'x' })),
      await post(slack, WORKSPACE.webhookPath, json({})),
      await post(slack, WORKSPACE.webhookPath, json({ payload: 'null' })),
    ]
    expect(answers.map(({ status, body }) => [status, body.text])).toEqual([
      [404, 'no_service'],
      [400, 'no_text'],
      [400, 'invalid_payload'],
    ])
  })

  test('a reply to a reply is put into the thread of the first, and noted', async () => {
    const slack = await slackAt()
    const { ts } = await say(slack, { text: 'x' })
    const { ts: reply } = await say(slack, { text: 'y', thread_ts: ts })
    await say(slack, { text: 'z', thread_ts: reply })
    expect(slack.messages().map(({ threadTs }) => threadTs)).toEqual([undefined, ts, ts])
    expect(slack.problems).toEqual([expect.stringContaining('is a reply')])
  })
})

test('a channel takes a burst of five messages, then one a second; another channel is not slowed down', async () => {
  const time = clock()
  const slack = await slackAt(time)
  const status = async (channel: string) => {
    const { status, retryAfter } = await call(slack, 'chat.postMessage', { channel, text: 'x' })
    return retryAfter === null ? status : [status, retryAfter]
  }
  for (let sent = 0; sent < 5; sent++) expect(await status('#deploys')).toBe(200)
  expect(await status('#deploys')).toEqual([429, '1'])
  expect(await status('#other')).toBe(200)
  await time.sleep(999)
  expect(await status('#deploys')).toEqual([429, '1'])
  await time.sleep(1)
  expect(await status('#deploys')).toBe(200)
  expect(await status('#deploys')).toEqual([429, '1'])
  await time.sleep(60_000)
  for (let sent = 0; sent < 5; sent++) expect(await status('#deploys')).toBe(200)
  expect(await status('#deploys')).toEqual([429, '1'])
  expect(slack.problems).toEqual([])
})

describe('an outage', () => {
  test('can be staged by method and call: told to wait, broken, then well again', async () => {
    const slack = await slackAt()
    const asked: string[] = []
    slack.answers = (method, count) => {
      asked.push(`${method} ${count}`)
      return method === 'chat.postMessage' && count === 1 ? { status: 429, retryAfter: 30 } : { status: 500 }
    }
    const body = { channel: '#deploys', text: 'x' }
    expect(await call(slack, 'chat.postMessage', body)).toMatchObject({ status: 429, retryAfter: '30' })
    expect(await call(slack, 'chat.postMessage', body)).toMatchObject({ status: 500 })
    await call(slack, 'chat.update', body)
    slack.answers = () => 'normal'
    expect(await call(slack, 'chat.postMessage', body)).toMatchObject({ body: { ok: true } })
    expect(asked).toEqual(['chat.postMessage 1', 'chat.postMessage 2', 'chat.update 1'])
    expect(slack.messages()).toHaveLength(1)
    expect(slack.problems).toEqual([])
  })

  test.each([
    ['silence', []],
    ['silence-after', ['x']],
  ] as const)('of %s leaves the caller without an answer while the clock goes on', async (silence, posted) => {
    const time = clock()
    const slack = await slackAt(time)
    const asked = new Promise<string[]>(resolve => {
      slack.answers = () => {
        resolve(time.inFlight())
        return silence
      }
    })
    const caller = say(slack, { text: 'x' }).catch(() => 'given up')
    expect(await asked).toEqual([expect.stringContaining('request to')])
    await time.sleep(60_000)
    expect(slack.messages().map(({ text }) => text)).toEqual(posted)
    await slack.close()
    expect(await caller).toBe('given up')
  })
})
