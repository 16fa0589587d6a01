import { describe, expect, test } from 'vitest'
import { releaseId } from '../../domain/identity.ts'
import {
  blockedBy,
  decideLock,
  freed,
  type Lock,
  type LockWish,
  leaseState,
  left,
  lock as lockSchema,
  queued,
  taken,
  takenOver,
  unblocked,
} from '../../domain/lock.ts'

const [OURS, OTHER] = [releaseId.parse('aaaaaaaaaaaa'), releaseId.parse('bbbbbbbbbbbb')]
const FREE: Lock = lockSchema.parse({})
const WISH: LockWish = { holder: 'our execution', release: OURS, attempt: 1, order: 200 }
const ANOTHER: LockWish = { holder: 'other execution', release: OTHER, attempt: 1, order: 100 }
const HELD_BY_ANOTHER = taken(FREE, ANOTHER, 1_000)
const BLOCKED = blockedBy(HELD_BY_ANOTHER, ANOTHER, 'two revisions run', 2_000)

describe('a release that wants a stage', () => {
  test.each<[string, Lock, ReturnType<typeof decideLock>]>([
    ['takes a lock that was never taken', FREE, { kind: 'take' }],
    ['takes a lock that an older release has freed', freed(HELD_BY_ANOTHER), { kind: 'take' }],
    ['keeps what it has', taken(HELD_BY_ANOTHER, WISH, 3_000), { kind: 'mine', fence: 2 }],
    [
      'keeps what it has of a stage that is blocked',
      { ...BLOCKED, ...taken(BLOCKED, WISH, 3_000) },
      { kind: 'mine', fence: 2 },
    ],
    ['waits for an older release that holds it', HELD_BY_ANOTHER, { kind: 'wait', for: OTHER }],
    [
      'is superseded where a newer release once held it',
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

describe('a lease', () => {
  const mine = taken(FREE, WISH, 1_000)
  const lease = { holder: WISH.holder, fence: 1 }
  test.each<[string, Lock, ReturnType<typeof leaseState>]>([
    ['is held under the fence of its taking', mine, 'held'],
    ['is lost once the lock is free', freed(mine), 'lost'],
    ['is lost to another holder', taken(freed(mine), ANOTHER, 2_000), 'lost'],
    ['is lost under a higher fence, though the holder is the same', taken(freed(mine), WISH, 2_000), 'lost'],
    ['is lost to a rollback', takenOver(mine, { ...WISH, holder: 'rollback' }, 2_000), 'lost'],
    [
      'is told of a request for a rollback',
      { ...mine, rollbackRequested: { reason: 'errors', at: 5 } },
      'rollback-requested',
    ],
    ['that is lost hears of no request', { ...freed(mine), rollbackRequested: { reason: 'errors', at: 5 } }, 'lost'],
  ])('%s', (_, lock, state) => {
    expect(leaseState(lock, lease)).toBe(state)
  })
})

describe('the lock', () => {
  test('is free, under fence 0, where nobody ever took it', () => {
    expect(FREE).toEqual({ fence: 0, waiters: {} })
  })

  test('raises its fence with every taking and remembers the newest release', () => {
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

  test('keeps fence, queue and newest release when it is freed, and forgets the request for a rollback', () => {
    const lock = { ...queued(taken(FREE, WISH, 1_000), ANOTHER), rollbackRequested: { reason: 'errors', at: 5 } }
    expect(freed(lock)).toEqual({ fence: 1, newest: 200, waiters: lock.waiters })
  })

  test('says when a rollback took it over, for which release', () => {
    const lock = takenOver(taken(FREE, WISH, 1_000), { ...WISH, holder: 'rollback' }, 2_000)
    expect(lock).toMatchObject({ fence: 2, takenOverAt: 2_000, held: { holder: 'rollback', release: OURS } })
  })

  test('forgets the request for a rollback once a rollback has it', () => {
    const asked = { ...taken(FREE, WISH, 1_000), rollbackRequested: { reason: 'errors', at: 5 } }
    const lock = takenOver(asked, { ...WISH, holder: 'rollback' }, 2_000)
    expect(leaseState(lock, { holder: 'rollback', fence: 2 })).toBe('held')
  })

  test('that is blocked has no holder and says why', () => {
    expect(BLOCKED).toEqual({
      fence: 1,
      newest: 100,
      waiters: {},
      blocked: { release: OTHER, attempt: 1, reason: 'two revisions run', at: 2_000 },
    })
    expect(unblocked(BLOCKED)).toEqual(freed(HELD_BY_ANOTHER))
  })

  test('stays what it is through the table', () => {
    const stored = JSON.parse(JSON.stringify({ pk: 'x', sk: 'LOCK', version: 3, ...BLOCKED }))
    expect(lockSchema.parse(stored)).toEqual(BLOCKED)
  })
})
