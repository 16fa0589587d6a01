import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ANA, answerWith, BO, CHANNEL, listening, seen } from './telling.ts'

type Listening = Awaited<ReturnType<typeof listening>>

const posts = ({ slack }: Listening) => slack.messages().filter(({ user, threadTs }) => !user && !threadTs)
const replies = ({ slack }: Listening) => slack.messages().filter(({ threadTs }) => threadTs !== undefined)
const direct = ({ slack }: Listening, user: string) => slack.messages().filter(message => message.user === user)

const REQUESTED = { kind: 'approval-requested', stage: 'production', round: 1 } as const
const STARTED = { kind: 'release-started' } as const
const CHANGING = { kind: 'stage-started', stage: 'production' } as const
const ENDED = { kind: 'release-ended', outcome: 'released', reason: 'every stage serves it' } as const

describe('the message of a release', () => {
  test('is one that is edited as the release goes, with the details in its thread', async () => {
    const told = await listening()
    await told.hears(STARTED)
    expect(posts(told)).toMatchObject([{ channel: CHANNEL, text: '◐ demo `v2` is about to be released' }])
    await told.holds()
    await told.hears(CHANGING)
    expect(posts(told)[0]?.text).toBe('◐ demo `v2` is being released to production')
    await told.ends('released')
    await told.hears(ENDED)
    const [message, ...others] = posts(told)
    expect(others).toEqual([])
    expect(seen(message)).toContain('✓ demo `v2` is released')
    expect(seen(message)).toContain('✓ production')
    expect(replies(told).map(({ text, threadTs }) => [threadTs, text])).toEqual([
      [message?.ts, 'The release started.'],
      [message?.ts, 'production is being changed.'],
      [message?.ts, 'The release ended: released. `every stage serves it`'],
    ])
    expect(told.slack.problems).toEqual([])
  })

  test('tells once what comes twice', async () => {
    const told = await listening()
    await told.hears(STARTED)
    await told.hears(STARTED)
    expect(posts(told)).toHaveLength(1)
    expect(replies(told)).toHaveLength(1)
    expect(told.left()).toBe(0)
  })

  test('says what is true, whichever message comes last', async () => {
    const told = await listening()
    await told.ends('rolled-back', 'GET / answered 500')
    await told.hears({ kind: 'release-ended', outcome: 'rolled-back', reason: 'GET / answered 500' })
    await told.hears(CHANGING)
    await told.hears(STARTED)
    expect(posts(told)).toHaveLength(1)
    expect(posts(told)[0]?.text).toBe('↩ demo `v2` was rolled back at production')
    expect(seen(posts(told)[0])).toContain('`GET / answered 500`')
  })

  test('is posted once by two that come at once: the other one comes again', async () => {
    const told = await listening()
    told.put(STARTED)
    told.put(CHANGING)
    await told.poll()
    expect(told.left()).toBe(1)
    await told.world.pass(5_000)
    await told.poll()
    expect(told.left()).toBe(0)
    expect(posts(told)).toHaveLength(1)
    expect(
      replies(told)
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual(['The release started.', 'production is being changed.'])
  })

  test('shows markup in a tag and a comment, and interprets none', async () => {
    const told = await listening()
    await told.release.records.registerRelease({
      ...{ app: 'demo', release: told.release.plan.release, attempt: 2, digests: {}, order: 0 },
      tag: '<!channel>&*v2*',
    })
    const about = { attempt: 2, tag: '<!channel>&*v2*' }
    await told.hears(STARTED, { about })
    const decision = {
      approver: 'Ana',
      decision: 'approve',
      comment: '<@U1> `x` <https://evil.example|click>',
    } as const
    await told.hears({ kind: 'approval-decided', stage: 'production', round: 1, ...decision }, { about, id: 'decided' })
    const all = told.slack.messages().map(seen).join()
    expect(all).toContain('`&lt;!channel&gt;&amp;*v2*`')
    expect(all).toContain("`&lt;@U1&gt; 'x' &lt;https://evil.example|click&gt;`")
    expect(all).not.toMatch(/<!channel>|<@|<https:..evil/)
    expect(told.slack.problems).toEqual([])
  })

  test('that nobody knows of is not made up', async () => {
    const told = await listening()
    await told.hears(STARTED, { about: { attempt: 7 } })
    told.putText('{"id": 3}')
    await told.poll()
    expect(told.slack.messages()).toEqual([])
    expect(told.left()).toBe(0)
    expect(told.world.logged).toContainEqual(expect.objectContaining({ message: 'malformed message: nobody told' }))
  })

  test('is of another application, which tells nothing to Slack', async () => {
    const told = await listening()
    await told.hears(STARTED, { about: { app: 'other' } })
    expect(told.slack.messages()).toEqual([])
    expect(told.left()).toBe(0)
  })
})

describe('a rollback that a person started', () => {
  const about = { rollback: 'demo-rollback-7' }

  test('has a message of its own', async () => {
    const told = await listening()
    await told.hears(STARTED)
    await told.hears({ kind: 'rolling-back', stage: 'production', reason: 'it feels wrong' }, { about, id: 'a' })
    expect(posts(told)[1]?.text).toBe('↩ demo: the rollback of `v2` is under way at production')
    const reason = 'every task runs the previous digests'
    await told.hears(
      { kind: 'rollback-ended', stage: 'production', outcome: 'rolled-back', reason },
      { about, id: 'b' },
    )
    expect(posts(told)).toHaveLength(2)
    expect(posts(told)[1]?.text).toBe('↩ demo: the rollback of `v2` is done at production')
    expect(told.slack.problems).toEqual([])
  })

  test('that ended is not under way again when the beginning is heard after the end', async () => {
    const told = await listening()
    const end = { kind: 'rollback-ended', stage: 'production', outcome: 'rollback-failed', reason: 'r' } as const
    await told.hears(end, { about, id: 'b' })
    await told.hears({ kind: 'rolling-back', stage: 'production', reason: 'it feels wrong' }, { about, id: 'a' })
    expect(posts(told).map(({ text }) => text)).toEqual([
      '✗ demo: the rollback of `v2` failed at production: the stage is closed',
    ])
  })
})

describe('an approval', () => {
  const both = [
    { name: 'Ana', slack: ANA },
    { name: 'Bo', slack: BO },
  ]

  test('mentions who is asked and has a button for as long as there is something to decide', async () => {
    const told = await listening()
    await told.asks()
    await told.hears(REQUESTED)
    expect(seen(posts(told)[0])).toContain(`<@${ANA}>`)
    expect(seen(posts(told)[0])).toContain('"Decide"')
    await told.decides('Ana')
    await told.hears({
      kind: 'approval-ended',
      stage: 'production',
      round: 1,
      end: { kind: 'approved', because: 'approved by Ana', at: 0 },
    })
    expect(seen(posts(told)[0])).not.toMatch(/<@|"Decide"/)
  })

  test('sends each approver one personal link, and none to the channel', async () => {
    const told = await listening({ approvers: both })
    await told.asks()
    await told.hears(REQUESTED)
    await told.hears(REQUESTED)
    for (const [user, name] of [
      [ANA, 'Ana'],
      [BO, 'Bo'],
    ] as const) {
      expect(direct(told, user)).toHaveLength(1)
      expect(seen(direct(told, user)[0])).toContain(await told.link(name))
    }
    const public_ = [...posts(told), ...replies(told)].map(seen).join()
    expect(public_).not.toContain('/approvals/')
    expect(public_).toContain('/releases/demo/')
    expect(told.slack.problems).toEqual([])
  })

  test('gives no link to somebody who is no approver, nor to one who is asked by e-mail', async () => {
    const told = await listening({ approvers: [{ name: 'Ana', email: 'ana@example.org' }] })
    await told.asks()
    await told.hears(REQUESTED)
    expect(told.slack.messages().filter(({ user }) => user)).toEqual([])
    expect(seen(posts(told)[0])).toContain('Ana: may production have it?')
  })

  test('takes the button from whoever has decided, and from all when it is settled', async () => {
    const told = await listening({ approvers: both })
    await told.asks(2)
    await told.hears(REQUESTED)
    await told.decides('Ana')
    const decided = {
      kind: 'approval-decided',
      stage: 'production',
      round: 1,
      decision: 'approve',
      comment: '',
    } as const
    await told.hears({ ...decided, approver: 'Ana' }, { id: 'ana' })
    expect(seen(direct(told, ANA)[0])).toContain('You approved; others are still asked.')
    expect(seen(direct(told, ANA)[0])).not.toMatch(/"Decide"|\/approvals\//)
    expect(seen(direct(told, BO)[0])).toContain('"Decide"')
    await told.decides('Bo', 'reject', 'not on a Friday')
    await told.hears({ ...decided, approver: 'Bo', decision: 'reject' }, { id: 'bo' })
    for (const user of [ANA, BO]) {
      expect(direct(told, user)).toHaveLength(1)
      expect(seen(direct(told, user)[0])).toContain('`Bo rejected it: not on a Friday`')
      expect(seen(direct(told, user)[0])).not.toContain('"Decide"')
    }
    expect(told.slack.problems).toEqual([])
  })

  test('that is over before anybody was asked bothers nobody', async () => {
    const told = await listening()
    await told.asks()
    await told.overtakes({ kind: 'superseded', because: 'v3 came', at: 0 })
    await told.hears(REQUESTED)
    expect(direct(told, ANA)).toEqual([])
  })

  test('is told to the channel even where Slack knows no such approver', async () => {
    const told = await listening({ approvers: [{ name: 'Ana', slack: 'U00NOBODY' }] })
    await told.asks()
    await told.hears(REQUESTED)
    expect(posts(told)).toHaveLength(1)
    expect(told.left()).toBe(0)
    expect(told.world.logged).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: 'never told: Slack says user_not_found' }),
    )
  })

  test('reaches its approvers even where the channel is gone', async () => {
    const told = await listening({ slack: { channel: 'G0000GONE', secret: 'sluice/slack' } })
    await told.asks()
    await told.hears(REQUESTED)
    expect(direct(told, ANA)).toHaveLength(1)
    expect(told.left()).toBe(0)
    expect(told.world.logged).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: 'never told: Slack says channel_not_found' }),
    )
  })
})

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

  test('is down: the message comes again, later each time', async () => {
    const told = await listening()
    told.slack.answers = () => ({ status: 500 })
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

describe('a webhook', () => {
  const slack = { mode: 'webhook', secret: 'sluice/webhook' }
  const approvers = [{ name: 'Ana', email: 'ana@example.org' }]

  test('posts what people would want to know, once each', async () => {
    const told = await listening({ slack, approvers })
    await told.hears(STARTED)
    await told.hears(STARTED)
    await told.hears(CHANGING)
    await told.hears(ENDED)
    const texts = told.slack.messages().map(({ text }) => text)
    expect(texts).toEqual([
      expect.stringMatching(/^\*demo `v2`\*: The release started\. <https:\/\/pages\.example\/releases\/demo\//),
      expect.stringContaining('The release ended: released.'),
    ])
    expect(told.slack.problems).toEqual([])
  })

  test('that answers 500 is tried again', async () => {
    const told = await listening({ slack, approvers })
    told.slack.answers = (_method, call) => (call === 1 ? { status: 500 } : 'normal')
    await told.hears(STARTED)
    expect(told.left()).toBe(1)
    await told.world.pass(5_000)
    await told.poll()
    expect(told.slack.messages()).toHaveLength(1)
  })
})
