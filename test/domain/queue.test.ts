import { describe, expect, test } from 'vitest'
import { releaseId } from '../../domain/identity.ts'
import {
  atGate,
  blockedBy,
  decideGate,
  decideLock,
  freed,
  type Lock,
  type LockWish,
  lock as lockSchema,
  queued,
  taken,
  withRequest,
} from '../../domain/lock.ts'
import { isOlder, orderOf, type Place, queueMode, wentBefore, whyNotBeside } from '../../domain/queue.ts'

const [FIRST, SECOND, THIRD] = ['1', '2', '3'].map(digit => releaseId.parse(digit.repeat(12))) as [
  Place['release'],
  Place['release'],
  Place['release'],
]
const place = (release: Place['release'], order: number): Place => ({ release, order })
const [A, B, C] = [place(FIRST, 100), place(SECOND, 200), place(THIRD, 300)]

describe('of releases of one application', () => {
  test.each<[string, Place, Place, boolean]>([
    ['the one that was pushed first is older', A, B, true],
    ['the one that was pushed later is not', B, A, false],
    ['of one moment, one is older', place(FIRST, 200), B, true],
    ['of one moment, the other is not', B, place(FIRST, 200), false],
    ['none is older than itself', B, B, false],
  ])('%s', (_, one, other, isIt) => {
    expect(isOlder(one, other)).toBe(isIt)
  })

  test.each<[string, Place[], Place, Place | undefined]>([
    ['the third follows the second', [A, B, C], C, B],
    ['the third follows the second, in whatever order they are known', [B, C, A], C, B],
    ['the second follows the first, whoever comes later', [C, A], B, A],
    ['the third follows the first once the second is gone', [A, C], C, A],
    ['the first follows nobody', [A, B, C], A, undefined],
    ['of two of one moment one follows the other', [B, place(FIRST, 200)], B, place(FIRST, 200)],
  ])('%s', (_, others, own, before) => {
    expect(wentBefore(others, own)).toEqual(before)
  })
})

describe('the order of a release [P1.4b]', () => {
  test.each<[string, number, Place[], number]>([
    ['is the time of its first push', 5_000, [], 5_000],
    ['is not changed by who came in another second', 5_000, [place(SECOND, 4_000), place(THIRD, 6_000)], 5_000],
    ['is after whoever was heard of before in the same second', 5_000, [place(SECOND, 5_000)], 5_001],
    ['is after both of the same second', 5_000, [place(SECOND, 5_000), place(THIRD, 5_001)], 5_002],
    ['is after none of its own attempts', 5_000, [place(FIRST, 5_000)], 5_000],
    ['stays in its second', 5_000, [place(SECOND, 5_999)], 5_000],
  ])('%s', (_, pushedAt, known, order) => {
    expect(orderOf(pushedAt, FIRST, known)).toBe(order)
  })
})

/** The second of three, without a word on the others; and as the mode of its plan has it. */
const WISH: LockWish = { holder: 'second', release: SECOND, attempt: 1, order: 200 }
const inTurn = (before?: Place['release']): LockWish => ({ ...WISH, turn: before ? { after: before } : {} })
const wishOf = ({ release, order }: Place): LockWish => ({
  holder: `execution of ${release}`,
  release,
  attempt: 1,
  order,
})
const FREE: Lock = lockSchema.parse({})
const FIRST_HAS_IT = taken(FREE, wishOf(A), 0)
const superseded = (by: string) => ({ kind: 'superseded', by: `release ${by}` })
const lets = (release: string) => ({ kind: 'wait', for: `release ${release} was pushed first and goes first` })

describe('the second of three releases at the lock [P1.4c, P1.4e, P1.4f]', () => {
  const third = (lock: Lock) => queued(lock, wishOf(C))
  const took = freed(taken(FREE, wishOf(C), 0))
  test.each<[string, Lock, LockWish, object]>([
    ['supersede: gives way to the third that waits', third(FREE), WISH, superseded(THIRD)],
    [
      'supersede: gives way to the third that waits, though the first has it',
      third(FIRST_HAS_IT),
      WISH,
      superseded(THIRD),
    ],
    ['supersede: overtakes the first that waits', queued(FREE, wishOf(A)), WISH, { kind: 'take' }],
    ['supersede: gives way to the third that had it', took, WISH, superseded(THIRD)],
    ['queue: takes it before the third that waits', third(FREE), inTurn(), { kind: 'take' }],
    ['queue: waits for the first that has it', third(FIRST_HAS_IT), inTurn(FIRST), lets(FIRST)],
    ['queue: waits for the first that is still on its way there', third(FREE), inTurn(FIRST), lets(FIRST)],
    ['queue: waits for the first that waits', queued(FREE, wishOf(A)), inTurn(FIRST), lets(FIRST)],
    ['queue: never goes backwards', took, inTurn(), superseded(THIRD)],
    ['queue: never goes backwards, whoever goes before it', took, inTurn(FIRST), superseded(THIRD)],
    [
      'queue: waits for whoever else has it',
      FIRST_HAS_IT,
      inTurn(),
      { kind: 'wait', for: `it belongs to release ${FIRST}` },
    ],
    ['queue: keeps what it has', taken(FREE, WISH, 0), inTurn(FIRST), { kind: 'mine', fence: 1 }],
    [
      'queue: hears of the block first',
      blockedBy(FIRST_HAS_IT, wishOf(A), 'two revisions run', 0),
      inTurn(FIRST),
      { kind: 'blocked', reason: 'two revisions run', release: FIRST },
    ],
    [
      'queue: lets a rollback go first',
      withRequest(FREE, { reason: 'errors', at: 0, by: 'a rollback' }),
      inTurn(),
      { kind: 'wait', for: 'a rollback that was asked for goes first' },
    ],
  ])('%s', (_, lock, wish, decision) => {
    expect(decideLock(lock, wish)).toEqual(decision)
  })
})

describe('the second of three releases at the gate [P1.4c, P1.4e, P1.4f]', () => {
  const third = (lock: Lock) => atGate(lock, wishOf(C))
  test.each<[string, Lock, LockWish, object]>([
    ['supersede: gives way to the third that asks', third(FREE), WISH, superseded(THIRD)],
    ['supersede: gives way to the third that waits for the lock', queued(FREE, wishOf(C)), WISH, superseded(THIRD)],
    ['supersede: asks beside the first', atGate(FREE, wishOf(A)), WISH, { kind: 'ask' }],
    ['queue: asks though the third stands there', third(FREE), inTurn(), { kind: 'ask' }],
    ['queue: asks nobody while the first asks', atGate(FREE, wishOf(A)), inTurn(FIRST), lets(FIRST)],
    ['queue: asks nobody while the first has the stage', FIRST_HAS_IT, inTurn(FIRST), lets(FIRST)],
    ['queue: never goes backwards', freed(taken(FREE, wishOf(C), 0)), inTurn(), superseded(THIRD)],
    [
      'queue: asks nobody while somebody changes the stage',
      FIRST_HAS_IT,
      inTurn(),
      { kind: 'wait', for: `release ${FIRST} is changing it` },
    ],
  ])('%s', (_, lock, wish, decision) => {
    expect(decideGate(lock, wish)).toEqual(decision)
  })
})

describe('two releases of one moment at one stage', () => {
  const twin = { ...wishOf(place(FIRST, 200)) }
  test('do not both go on: one ends the other', () => {
    expect(decideLock(queued(FREE, WISH), twin)).toEqual(superseded(SECOND))
    expect(decideLock(queued(FREE, twin), WISH)).toEqual({ kind: 'take' })
  })

  test('keep that order once one of them had the stage', () => {
    expect(decideLock(freed(taken(FREE, WISH, 0)), twin)).toEqual(superseded(SECOND))
    const both = taken(freed(taken(FREE, twin, 0)), WISH, 0)
    expect(both).toMatchObject({ newest: 200, newestRelease: SECOND })
  })

  test('leave the newest what it is when an older one is deployed again', () => {
    const lock = taken(freed(taken(FREE, wishOf(C), 0)), WISH, 0)
    expect(lock).toMatchObject({ newest: 300, newestRelease: THIRD })
  })
})

describe('an application that takes one release at a time', () => {
  const of = { app: 'demo', release: FIRST, attempt: 2 }
  test('names the one under way, and what to type', () => {
    expect(whyNotBeside(of, true, 'sluice push demo v3')).toBe(
      `release ${FIRST} is under way, and demo takes one at a time (trigger.queue: reject); ` +
        `to see it: sluice watch demo ${FIRST}-2; once it has ended: sluice push demo v3`,
    )
  })

  test('says how to start the one that was registered and never ran', () => {
    expect(whyNotBeside(of, false, 'sluice push demo v3')).toContain(`if it does not: sluice retry demo ${FIRST}`)
  })
})

test('a mode that there is not is refused with those that there are', () => {
  expect(queueMode.safeParse('fifo').error?.issues[0]?.message).toBe('must be "supersede" or "queue" or "reject"')
})
