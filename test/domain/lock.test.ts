import { describe, expect, test } from 'vitest'
import { releaseId } from '../../domain/identity.ts'
import {
  atGate,
  awaited,
  blockedBy,
  closing,
  decideGate,
  decideLock,
  endedMeanwhile,
  freed,
  gone,
  isKnown,
  type Lock,
  type LockWish,
  leaseState,
  left,
  leftGate,
  lock as lockSchema,
  queued,
  rollbackEnded,
  roundOf,
  taken,
  takenOver,
  unblocked,
  voided,
  withoutRequest,
  withRequest,
} from '../../domain/lock.ts'

const [OURS, OTHER] = [releaseId.parse('aaaaaaaaaaaa'), releaseId.parse('bbbbbbbbbbbb')]
const FREE: Lock = lockSchema.parse({})
const WISH: LockWish = { holder: 'our execution', release: OURS, attempt: 1, order: 200 }
const ANOTHER: LockWish = { holder: 'other execution', release: OTHER, attempt: 1, order: 100 }
const HELD_BY_ANOTHER = taken(FREE, ANOTHER, 1_000)
const REQUEST = { reason: 'errors', at: 5, by: 'a rollback' }
const BLOCKED = blockedBy(HELD_BY_ANOTHER, ANOTHER, 'two revisions run', 2_000)

describe('a release that wants a stage [P1.4c, P1.4e]', () => {
  test.each<[string, Lock, ReturnType<typeof decideLock>]>([
    ['takes a lock that was never taken', FREE, { kind: 'take' }],
    ['takes a lock that an older release has freed', freed(HELD_BY_ANOTHER), { kind: 'take' }],
    ['keeps what it has', taken(HELD_BY_ANOTHER, WISH, 3_000), { kind: 'mine', fence: 2 }],
    [
      'keeps what it has of a stage that is blocked',
      { ...BLOCKED, ...taken(BLOCKED, WISH, 3_000) },
      { kind: 'mine', fence: 2 },
    ],
    [
      'waits for an older release that holds it',
      HELD_BY_ANOTHER,
      { kind: 'wait', for: `it belongs to release ${OTHER}` },
    ],
    [
      'lets a rollback go first that was asked for of the release before it',
      withRequest(freed(HELD_BY_ANOTHER), REQUEST),
      { kind: 'wait', for: 'a rollback that was asked for goes first' },
    ],
    ['does not mind who is still asking its approvers', atGate(FREE, { ...ANOTHER, order: 201 }), { kind: 'take' }],
    [
      'is superseded where a newer release once held it',
      { ...FREE, newest: 201, newestRelease: OTHER },
      { kind: 'superseded', by: `release ${OTHER}` },
    ],
    [
      'is superseded where a newer release once held it that nobody wrote down',
      { ...FREE, newest: 201 },
      { kind: 'superseded', by: 'a newer release' },
    ],
    ['is not superseded by a release of the same time', { ...FREE, newest: 200 }, { kind: 'take' }],
    [
      'is superseded by a newer release that waits',
      queued(FREE, { ...ANOTHER, order: 201 }),
      { kind: 'superseded', by: `release ${OTHER}` },
    ],
    ['overtakes an older release that waits', queued(FREE, ANOTHER), { kind: 'take' }],
    ['finds it blocked', BLOCKED, { kind: 'blocked', reason: 'two revisions run', release: OTHER }],
    ['takes it once it is unblocked', unblocked(BLOCKED), { kind: 'take' }],
  ])('%s', (_, lock, decision) => {
    expect(decideLock(lock, WISH)).toEqual(decision)
  })
})

describe('a release whose approvers are to be asked [P1.4c, P1.4e]', () => {
  const blocked = { kind: 'blocked', reason: 'two revisions run', release: OTHER } as const
  const superseded = { kind: 'superseded', by: `release ${OTHER}` } as const
  test.each<[string, Lock, ReturnType<typeof decideGate>]>([
    ['asks them about a stage that is free', FREE, { kind: 'ask' }],
    ['asks them though an older release is asking its own', atGate(FREE, ANOTHER), { kind: 'ask' }],
    ['asks them though it is at the gate already', atGate(FREE, WISH), { kind: 'ask' }],
    [
      'asks nobody while another release changes the stage',
      HELD_BY_ANOTHER,
      { kind: 'wait', for: `release ${OTHER} is changing it` },
    ],
    ['asks nobody about a stage that is blocked', BLOCKED, blocked],
    ['is superseded by a newer one at the gate', atGate(FREE, { ...ANOTHER, order: 201 }), superseded],
    ['is superseded by a newer one that waits for the lock', queued(FREE, { ...ANOTHER, order: 201 }), superseded],
    [
      'is superseded by a newer one that took the lock, though it is free again',
      freed(taken(FREE, { ...ANOTHER, order: 201 }, 1_000)),
      superseded,
    ],
    [
      'is superseded at once while a newer one holds the stage',
      taken(FREE, { ...ANOTHER, order: 201 }, 1_000),
      superseded,
    ],
    ['hears of the block before anything else', { ...BLOCKED, newest: 201 }, blocked],
  ])('%s', (_, lock, decision) => {
    expect(decideGate(lock, WISH)).toEqual(decision)
  })

  test('stands at the gate once, and leaves it without leaving the queue or its round', () => {
    const lock = atGate(queued(voided(FREE, WISH.holder, 1), WISH), WISH)
    expect(atGate(lock, WISH)).toEqual(lock)
    expect(lock.gate).toEqual({ 'our execution': { order: 200, release: OURS } })
    expect(leftGate(lock, WISH.holder)).toEqual({ ...lock, gate: {} })
  })
})

describe('the round in which approvers are asked', () => {
  test('is the first until one is void', () => {
    expect(roundOf(FREE, WISH.holder)).toBe(1)
    expect(roundOf(voided(FREE, WISH.holder, 1), WISH.holder)).toBe(2)
  })

  test('rises once, however often the same round is said to be void', () => {
    const raised = voided(voided(FREE, WISH.holder, 1), WISH.holder, 2)
    expect(roundOf(raised, WISH.holder)).toBe(3)
    expect(voided(raised, WISH.holder, 1)).toEqual(raised)
    expect(voided(raised, WISH.holder, 2)).toEqual(raised)
  })

  test("is each execution's own", () => {
    expect(roundOf(voided(FREE, WISH.holder, 1), ANOTHER.holder)).toBe(1)
  })
})

test.each<[string, Lock]>([
  ['queue', queued(FREE, WISH)],
  ['gate', atGate(FREE, WISH)],
  ['rounds', voided(FREE, WISH.holder, 1)],
])('an execution that stands in the %s alone is known there, and leaves no trace', (_, lock) => {
  expect(isKnown(lock, WISH.holder)).toBe(true)
  expect(isKnown(lock, ANOTHER.holder)).toBe(false)
  expect(gone(lock, WISH.holder)).toEqual(FREE)
})

describe('a lease [P4.1a, P4.1b]', () => {
  const mine = taken(FREE, WISH, 1_000)
  const lease = { holder: WISH.holder, fence: 1 }
  test.each<[string, Lock, ReturnType<typeof leaseState>]>([
    ['is held under the fence of its taking', mine, 'held'],
    ['is lost once the lock is free', freed(mine), 'lost'],
    ['is lost to another holder', taken(freed(mine), ANOTHER, 2_000), 'lost'],
    ['is lost under a higher fence, though the holder is the same', taken(freed(mine), WISH, 2_000), 'lost'],
    ['is lost to a rollback', takenOver(mine, { ...WISH, holder: 'rollback' }, 2_000), 'lost'],
    ['is told of a request for a rollback', withRequest(mine, REQUEST), 'rollback-requested'],
    ['that is lost hears of no request', withRequest(freed(mine), REQUEST), 'lost'],
  ])('%s', (_, lock, state) => {
    expect(leaseState(lock, lease)).toBe(state)
  })
})

describe('the lock', () => {
  test('is free, under fence 0, where nobody ever took it', () => {
    expect(FREE).toEqual({ fence: 0, waiters: {}, gate: {}, rounds: {} })
  })

  test('raises its fence with every taking and remembers the newest release [P2.3c]', () => {
    const first = taken(FREE, WISH, 1_000)
    const second = taken(freed(first), ANOTHER, 2_000)
    expect([first.fence, second.fence]).toEqual([1, 2])
    expect(second).toMatchObject({ newest: 200, held: { holder: 'other execution', release: OTHER, since: 2_000 } })
  })

  test('lets who takes it out of the queue, and nobody else', () => {
    const lock = taken(queued(queued(FREE, WISH), ANOTHER), WISH, 1_000)
    expect(lock.waiters).toEqual({ 'other execution': { order: 100, release: OTHER } })
  })

  test('queues an execution once, however often it asks', () => {
    expect(queued(queued(FREE, WISH), WISH)).toEqual(queued(FREE, WISH))
    expect(left(queued(FREE, WISH), WISH.holder)).toEqual(FREE)
    expect(left(FREE, 'a stranger')).toEqual(FREE)
  })

  test('keeps all but its holder when it is freed, above all the request for a rollback', () => {
    const lock = withRequest(atGate(queued(taken(FREE, WISH, 1_000), ANOTHER), ANOTHER), REQUEST)
    const { held: _, ...rest } = lock
    expect(freed(lock)).toEqual({ ...rest, fence: 1, newest: 200, rollbackRequested: REQUEST })
  })

  test('remembers the first who asks for a rollback, until the request is taken back', () => {
    const asked = withRequest(withRequest(FREE, REQUEST), { ...REQUEST, by: 'another rollback' })
    expect(asked.rollbackRequested).toEqual(REQUEST)
    expect(withoutRequest(asked)).toEqual(FREE)
  })

  test('says when a rollback took it over, for which release', () => {
    const lock = takenOver(taken(FREE, WISH, 1_000), { ...WISH, holder: 'rollback' }, 2_000)
    expect(lock).toMatchObject({ fence: 2, takenOverAt: 2_000, held: { holder: 'rollback', release: OURS } })
    expect(lock.held?.rollback).toBe(true)
  })

  test('that was free when a rollback took it was taken from nobody', () => {
    const once = takenOver(taken(FREE, WISH, 1_000), { ...WISH, holder: 'rollback' }, 2_000)
    expect(takenOver(freed(once), { ...WISH, holder: 'a later one' }, 3_000)).not.toHaveProperty('takenOverAt')
  })

  test('of a release that was seen to serve says so, until it is freed or a person takes it back', () => {
    const released = { reason: 'it serves', at: 2_000 }
    const lock = closing(taken(FREE, WISH, 1_000), released)
    expect(leaseState(lock, { holder: WISH.holder, fence: 1 })).toBe('held')
    expect(lockSchema.parse(JSON.parse(JSON.stringify(lock))).held).toMatchObject({ holder: WISH.holder, released })
    expect(closing(FREE, released)).toEqual(FREE)
    expect(freed(lock)).toEqual(freed(taken(FREE, WISH, 1_000)))
    expect(takenOver(lock, { ...WISH, holder: 'rollback' }, 3_000).held).not.toHaveProperty('released')
  })

  test('forgets the request for a rollback once a rollback has it', () => {
    const asked = withRequest(taken(FREE, WISH, 1_000), REQUEST)
    const lock = takenOver(asked, { ...WISH, holder: 'rollback' }, 2_000)
    expect(leaseState(lock, { holder: 'rollback', fence: 2 })).toBe('held')
  })

  test('that is blocked has no holder and says why [P2.3a]', () => {
    expect(BLOCKED).toEqual({
      fence: 1,
      newest: 100,
      newestRelease: OTHER,
      waiters: {},
      gate: {},
      rounds: {},
      blocked: { release: OTHER, attempt: 1, reason: 'two revisions run', at: 2_000 },
    })
    expect(unblocked(BLOCKED)).toEqual(freed(HELD_BY_ANOTHER))
  })

  test('stays what it is through the table [P2.3a]', () => {
    const stored = JSON.parse(JSON.stringify({ pk: 'x', sk: 'LOCK', version: 3, ...BLOCKED }))
    expect(lockSchema.parse(stored)).toEqual(BLOCKED)
  })
})

describe('a rollback that ended while another one waited is known', () => {
  const HELD = takenOver(FREE, { ...WISH, holder: 'rollback' }, 1_000)
  const ENDED = { execution: 'rollback', outcome: 'rolled-back', reason: 'errors since noon', at: 2_000 } as const
  const known = (lock: Lock, entered: number) => endedMeanwhile(lock, { execution: 'second', entered })?.execution

  test('to whoever saw it hold the stage, whatever the clocks say', () => {
    const lock = freed(rollbackEnded(awaited(HELD, 'second'), ENDED))
    expect([known(lock, 1_500), known(lock, 2_500)]).toEqual(['rollback', 'rollback'])
  })

  test('to whoever began before it let go, and to nobody who came later', () => {
    const lock = freed(rollbackEnded(HELD, ENDED))
    expect([known(lock, 1_500), known(lock, 2_000)]).toEqual(['rollback', undefined])
  })

  test('to nobody where it found nothing to take back', () => {
    expect(known(freed(rollbackEnded(awaited(HELD, 'second'), { ...ENDED, outcome: 'failed' })), 1_500)).toBeUndefined()
  })

  test('and the next one is waited for anew', () => {
    const again = takenOver(freed(rollbackEnded(awaited(HELD, 'second'), ENDED)), { ...WISH, holder: 'third' }, 3_000)
    expect(rollbackEnded(again, { ...ENDED, execution: 'third' }).lastRollback?.awaitedBy).toEqual([])
  })
})
