import { describe, expect, test } from 'vitest'
import { decideSettle, type SettleDecision, type SettleFacts } from '../../domain/settle.ts'

/** A tag that every image carries is pushed again, and heard of a second later. */
const AGAIN: SettleFacts = { pushedAt: 60_000, now: 61_000, settle: 120_000, wasComplete: true, isBack: false }
const SETTLED: SettleDecision = { kind: 'settled' }

describe('a push of a complete set [P1.5a, P1.5c]', () => {
  test.each<[string, Partial<SettleFacts>, SettleDecision]>([
    ['waits where every image had the tag before', {}, { kind: 'wait', seconds: 119, until: 180_000 }],
    ['waits for nothing where it is the one that completes it', { wasComplete: false }, SETTLED],
    [
      'completes it even where an older push of the tag waits, which then finds it started',
      { wasComplete: false, newestWaiting: 90_000 },
      SETTLED,
    ],
    ['is settled once it comes back', { now: 180_000, isBack: true }, SETTLED],
    ['is settled when it comes back by a clock that is slow', { now: 178_000, isBack: true }, SETTLED],
    ['is settled though nobody heard of it for long', { now: 180_000 }, SETTLED],
    ['gives way to a newer one that waits', { newestWaiting: 60_001 }, { kind: 'overtaken', by: 60_001 }],
    [
      'gives way to a newer one also when it comes back',
      { now: 180_000, isBack: true, newestWaiting: 170_000 },
      { kind: 'overtaken', by: 170_000 },
    ],
    ['does not give way to itself', { now: 180_000, isBack: true, newestWaiting: 60_000 }, SETTLED],
    ['does not give way to an older one', { now: 180_000, isBack: true, newestWaiting: 59_000 }, SETTLED],
    ['waits for whole seconds, and not too few', { now: 61_001 }, { kind: 'wait', seconds: 119, until: 180_000 }],
    [
      'waits no longer than it is to, by whatever clock it was pushed',
      { now: 0 },
      { kind: 'wait', seconds: 120, until: 180_000 },
    ],
    ['waits for nothing where nothing is to be waited for', { settle: 0 }, SETTLED],
  ])('%s', (_, facts, decision) => {
    expect(decideSettle({ ...AGAIN, ...facts })).toEqual(decision)
  })
})
