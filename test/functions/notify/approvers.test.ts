import { describe, expect, test } from 'vitest'
import { ANA, BO, direct, listening, posts, REQUESTED, replies, seen } from './telling.ts'

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

  test('sends each approver one personal link, and none to the channel [P7.1e]', async () => {
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
    expect(seen(posts(told)[0])).toContain('Ana: may it go to production?')
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
