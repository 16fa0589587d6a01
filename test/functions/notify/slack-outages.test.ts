import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Reception } from '../../../rehearsal/receivers/receiver.ts'
import { ANA, answerWith, CHANGING, direct, listening, posts, REQUESTED, replies, STARTED, seen } from './telling.ts'

describe('Slack', () => {
  test('says 429: the message stays in the queue for as long as Slack asks', async () => {
    const told = await listening()
    told.slack.answers = (method, call) =>
      method === 'chat.postMessage' && call === 1 ? { status: 429, retryAfter: 90 } : 'normal'
    await told.hears(STARTED)
    await told.world.pass(89_000)
    await told.poll()
    expect(posts(told)).toEqual([])
    expect(told.left()).toBe(1)
    await told.world.pass(1_000)
    await told.poll()
    expect(posts(told)).toHaveLength(1)
    expect(told.left()).toBe(0)
  })

  test.each<[string, Reception]>([
    ['is down', { status: 500 }],
    ['asks for a second each time', { status: 429, retryAfter: 1 }],
  ])('%s: the message comes again, later each time', async (_, answer) => {
    const told = await listening()
    told.slack.answers = () => answer
    await told.hears(STARTED)
    for (const seconds of [5, 10, 20]) {
      await told.world.pass((seconds - 1) * 1_000)
      const before = told.world.logged.length
      await told.poll()
      expect(told.world.logged).toHaveLength(before)
      await told.world.pass(1_000)
      await told.poll()
      expect(told.world.logged.length).toBeGreaterThan(before)
    }
    told.slack.answers = () => 'normal'
    await told.world.pass(40_000)
    await told.poll()
    expect(posts(told)).toHaveLength(1)
  })

  describe.each(['silence', 'silence-after'] as const)('answers a posting with %s', silence => {
    const silentOnce = async () => {
      const told = await listening()
      answerWith(told.slack, (method, call) => (method === 'chat.postMessage' && call === 1 ? silence : 'normal'))
      return told
    }

    test('and the channel has one message in the end', async () => {
      const told = await silentOnce()
      await told.hears(STARTED)
      expect(told.left()).toBe(1)
      await told.world.pass(5_000)
      await told.poll()
      expect(told.left()).toBe(0)
      expect(posts(told)).toHaveLength(1)
      expect(replies(told)).toHaveLength(1)
      expect(told.slack.problems).toEqual([])
    })

    test('and the approver has one message in the end, which says what is true then', async () => {
      const told = await silentOnce()
      await told.asks()
      await told.hears(REQUESTED)
      expect(told.left()).toBe(1)
      await told.decides('Ana')
      await told.world.pass(5_000)
      await told.poll()
      expect(direct(told, ANA)).toHaveLength(1)
      expect(seen(direct(told, ANA)[0])).toContain('`approved by Ana`')
      expect(told.slack.problems).toEqual([])
    })
  })

  test('tells the id of a channel that only has a name, by which an unanswered message is found', async () => {
    const told = await listening({ slack: { channel: '#deploys', secret: 'sluice/slack' } })
    await told.hears(STARTED)
    answerWith(told.slack, (method, call) => (method === 'chat.postMessage' && call === 3 ? 'silence-after' : 'normal'))
    const about = { rollback: 'demo-rollback-7' }
    await told.hears({ kind: 'rolling-back', stage: 'production', reason: 'r' }, { about, id: 'a' })
    expect(told.left()).toBe(1)
    await told.world.pass(5_000)
    await told.poll()
    expect(posts(told)).toHaveLength(2)
    expect(told.slack.problems).toEqual([])
  })

  describe.each(['silence', 'silence-after'] as const)('answers with %s', silence => {
    const silentAt = async (silentCall: number) => {
      const told = await listening({ slack: { channel: '#deploys', secret: 'sluice/slack' } })
      answerWith(told.slack, (method, call) =>
        method === 'chat.postMessage' && call === silentCall ? silence : 'normal',
      )
      return told
    }

    test('the first message ever in a channel that only has a name: there is one in the end, with its thread', async () => {
      const told = await silentAt(1)
      await told.hears(STARTED)
      expect(told.left()).toBe(1)
      await told.world.pass(5_000)
      await told.poll()
      expect(told.left()).toBe(0)
      const [message, ...others] = posts(told)
      expect(others).toEqual([])
      expect(replies(told)).toMatchObject([{ text: 'The release started.', threadTs: message?.ts }])
      await told.holds()
      await told.hears(CHANGING)
      expect(posts(told).map(({ text }) => text)).toEqual(['◐ demo `v2` is being released to production'])
      expect(told.slack.problems).toEqual([])
    })

    test('a reply in the thread: there is one in the end', async () => {
      const told = await silentAt(2)
      await told.hears(STARTED)
      expect(posts(told)).toHaveLength(1)
      expect(told.left()).toBe(1)
      await told.world.pass(5_000)
      await told.poll()
      expect(told.left()).toBe(0)
      expect(posts(told)).toHaveLength(1)
      expect(replies(told).map(({ text }) => text)).toEqual(['The release started.'])
      expect(told.slack.problems).toEqual([])
    })
  })

  describe('took the first message ever in a channel that only has a name, without an answer', () => {
    const takenOnce = async (trouble: string) => {
      const told = await listening({ slack: { channel: '#deploys', secret: 'sluice/slack' } })
      answerWith(told.slack, (method, call) => {
        if (method === 'chat.postMessage' && call === 1) return 'silence-after'
        return method === trouble && call === 1 ? { status: 429, retryAfter: 10 } : 'normal'
      })
      await told.hears(STARTED)
      await told.world.pass(5_000)
      await told.poll()
      return told
    }

    test.each([
      ['cannot be looked for at once', 'conversations.history'],
      ['cannot be taken away at once', 'chat.delete'],
    ])('and the second one %s: it is, later', async (_what, method) => {
      const told = await takenOnce(method)
      expect(told.left()).toBe(1)
      expect(posts(told)).toHaveLength(2)
      const [first] = posts(told)
      await told.world.pass(10_000)
      await told.poll()
      expect(told.left()).toBe(0)
      expect(posts(told).map(({ ts }) => ts)).toEqual([first?.ts])
      expect(replies(told)).toMatchObject([{ text: 'The release started.', threadTs: first?.ts }])
      expect(told.slack.problems).toEqual([])
    })
  })

  test('refuses the token: the message waits until somebody has put the secret right', async () => {
    const told = await listening({ secrets: { 'sluice/slack': '{"token": "xoxb-old"}' } })
    const { world, slack } = told
    const put = (token: string) =>
      world.ask(world.services.secrets, 'PutSecretValue', {
        ClientRequestToken: randomUUID(),
        SecretId: 'sluice/slack',
        SecretString: JSON.stringify({ token, url: `http://127.0.0.1:${slack.port}/api` }),
      })
    await put('xoxb-old')
    await told.hears(STARTED)
    expect(told.left()).toBe(1)
    expect(world.logged).toContainEqual(
      expect.objectContaining({
        level: 'ERROR',
        message: 'not told yet: Slack says invalid_auth',
        todo: 'put the token of an installed Slack app into the secret',
      }),
    )
    await put(slack.workspace.token)
    await world.pass(5 * 60_000)
    await told.poll()
    expect(posts(told)).toHaveLength(1)
  })

  test('has a secret that says something else: what is missing is told, not what it says', async () => {
    const told = await listening({ secrets: { 'sluice/slack': '{"tokn": "xoxb-secret"}' } })
    await told.hears(STARTED)
    expect(told.left()).toBe(1)
    const said = JSON.stringify(told.world.logged)
    expect(said).toContain('secret sluice/slack cannot be used: \\"token\\" is missing')
    expect(said).not.toContain('xoxb-secret')
  })
})
