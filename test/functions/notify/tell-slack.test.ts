import { describe, expect, test } from 'vitest'
import { RELEASE } from '../release.ts'
import { CHANGING, CHANNEL, ENDED, listening, posts, replies, STARTED, seen } from './telling.ts'

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

  test('tells once what comes twice [P7.1c]', async () => {
    const told = await listening()
    await told.hears(STARTED)
    await told.hears(STARTED)
    expect(posts(told)).toHaveLength(1)
    expect(replies(told)).toHaveLength(1)
    expect(told.left()).toBe(0)
  })

  test('tells a trouble however long its sentence is, and ends with it', async () => {
    const told = await listening()
    const { tell } = await import('../../../functions/tell.ts')
    await tell(
      { app: 'demo', release: RELEASE, attempt: 1, tag: 'v2' },
      { kind: 'trouble', stage: 'production', because: 'a snapshot is left; '.repeat(100) },
    )
    const [{ id, transition } = { id: '', transition: STARTED }] = told.world.told()
    await told.hears(transition, { id })
    expect(replies(told)).toMatchObject([{ text: expect.stringContaining('a snapshot is left') }])
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
