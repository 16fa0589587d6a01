import { describe, expect, test } from 'vitest'
import type { Posting } from '../../../functions/aws/told.ts'
import type { NotDone } from '../../../functions/notify/answers.ts'
import { afterFailure, claimOf } from '../../../functions/notify/posting.ts'
import { listening } from './telling.ts'

const NOW = 100_000

describe('a message that is to be posted once', () => {
  test.each<[string, Posting, object]>([
    ['is posted by the first', { kind: 'free' }, { kind: 'mine', next: { since: NOW, isFirst: true } }],
    [
      'is left to whoever is posting it',
      { kind: 'claimed', since: 1, until: NOW + 1, isFirst: true },
      { kind: 'busy' },
    ],
    [
      'is looked for where whoever was posting it is no more',
      { kind: 'claimed', since: 1, until: NOW, isFirst: true },
      { kind: 'mine', next: { since: 1, until: NOW + 30_000, isFirst: false } },
    ],
    [
      'is looked for where nobody knows',
      { kind: 'unknown', since: 7 },
      { kind: 'mine', next: { since: 7, isFirst: false } },
    ],
    [
      'is not posted again',
      { kind: 'posted', channel: 'C1', ts: '1.2' },
      { kind: 'posted', place: { channel: 'C1', ts: '1.2' } },
    ],
  ])('%s', (_what, posting, claim) => {
    expect(claimOf(posting, NOW)).toMatchObject(claim)
  })

  test.each<[string, boolean, NotDone['kind'], Posting]>([
    ['was refused', true, 'refused', { kind: 'free' }],
    ['was to come later', true, 'slow-down', { kind: 'free' }],
    ['may have arrived', true, 'unknown', { kind: 'unknown', since: 5 }],
    ['may have arrived the time before', false, 'slow-down', { kind: 'unknown', since: 5 }],
  ])('is free again or looked for after it %s', (_what, isFirst, kind, posting) => {
    const failure = { kind, because: '', todo: '', seconds: 1 } as NotDone
    expect(afterFailure({ kind: 'claimed', since: 5, until: 9, isFirst }, failure)).toEqual(posting)
  })
})

describe('a message that is kept current', () => {
  const opened = async () => {
    const { slack } = await listening()
    const { keepCurrent } = await import('../../../functions/notify/posting.ts')
    const { Slack } = await import('../../../functions/notify/slack.ts')
    const bot = new Slack({ token: slack.workspace.token, url: `http://127.0.0.1:${slack.port}/api` })
    const posted = await bot.post({ text: 'first', blocks: [] }, { channel: 'C0000DEPLOYS', key: 'k' })
    if (posted.kind !== 'posted') throw new Error(posted.because)
    let asked = 0
    /** What is true at each look. */
    const keeps = (...truths: string[]) => {
      const message = async () => ({ text: truths[Math.min(asked++, truths.length - 1)] ?? '', blocks: [] })
      return keepCurrent(bot, posted.place, message, { text: 'first', blocks: [] })
    }
    return { slack, keeps }
  }

  test('is not edited to what it says already', async () => {
    const { slack, keeps } = await opened()
    expect(await keeps('first')).toEqual({ kind: 'told' })
    expect(slack.messages()).toMatchObject([{ text: 'first', edits: 0 }])
  })

  test('is edited again where the truth has changed meanwhile', async () => {
    const { slack, keeps } = await opened()
    expect(await keeps('second', 'third')).toEqual({ kind: 'told' })
    expect(slack.messages()).toMatchObject([{ text: 'third', edits: 2 }])
  })

  test('is left for later where the truth changes all the time', async () => {
    const { keeps } = await opened()
    expect(await keeps('a', 'b', 'c', 'd', 'e')).toMatchObject({ kind: 'slow-down' })
  })
})
