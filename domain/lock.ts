import * as z from 'zod'
import { type Lease, releaseId } from './identity.ts'

/** The lock of one stage. A stage belongs to one release at a time; the fence only grows and outlives every holder. */
export const lock = z.object({
  fence: z.int().default(0),
  /** Execution that holds it, for which release, since when (ms); absent: free. */
  held: z.object({ holder: z.string(), release: releaseId, attempt: z.int(), since: z.number() }).optional(),
  /** When a rollback last raised the fence, in ms. */
  takenOverAt: z.number().optional(),
  /** Order of the newest release that ever took this lock. */
  newest: z.number().optional(),
  /** Who waits for it: execution → its release and order. */
  waiters: z.record(z.string(), z.object({ order: z.number(), release: releaseId })).default({}),
  /** A rollback could not prove what the stage serves: nobody takes it until a person unlocks it. */
  blocked: z.object({ release: releaseId, attempt: z.int(), reason: z.string(), at: z.number() }).optional(),
  /** A person asked for a rollback while a release holds the lock. */
  rollbackRequested: z.object({ reason: z.string(), at: z.number() }).optional(),
})
export type Lock = z.infer<typeof lock>
type Release = { release: NonNullable<Lock['held']>['release']; attempt: number }

export interface LockWish extends Release {
  /** Execution that wants the stage. */
  holder: string
  /** Event time of the release's first push, ms. */
  order: number
}

export type LockDecision =
  | { kind: 'mine'; fence: number }
  | { kind: 'take' }
  | { kind: 'wait'; for: string }
  | { kind: 'superseded'; by: string }
  | { kind: 'blocked'; reason: string; release: string }

/** What a release that wants the stage does. */
export function decideLock(lock: Lock, wish: LockWish): LockDecision {
  if (lock.held?.holder === wish.holder) return { kind: 'mine', fence: lock.fence }
  if (lock.blocked) return { kind: 'blocked', reason: lock.blocked.reason, release: lock.blocked.release }
  if (lock.newest !== undefined && wish.order < lock.newest) return { kind: 'superseded', by: 'a newer release' }
  const newer = Object.values(lock.waiters).find(waiter => waiter.order > wish.order)
  if (newer) return { kind: 'superseded', by: `release ${newer.release}` }
  return lock.held ? { kind: 'wait', for: lock.held.release } : { kind: 'take' }
}

/** Whether a lease still gives the right to change the stage. */
export function leaseState(lock: Lock, lease: Lease): 'held' | 'lost' | 'rollback-requested' {
  if (lock.held?.holder !== lease.holder || lock.fence !== lease.fence) return 'lost'
  return lock.rollbackRequested ? 'rollback-requested' : 'held'
}

export function taken(lock: Lock, { holder, release, attempt, order }: LockWish, now: number): Lock {
  const newest = Math.max(order, lock.newest ?? order)
  return { ...left(lock, holder), fence: lock.fence + 1, newest, held: { holder, release, attempt, since: now } }
}

export function queued(lock: Lock, { holder, release, order }: LockWish): Lock {
  return { ...lock, waiters: { ...lock.waiters, [holder]: { order, release } } }
}

/** Without this execution among those that wait. */
export function left(lock: Lock, holder: string): Lock {
  const { [holder]: _, ...waiters } = lock.waiters
  return { ...lock, waiters }
}

/** A rollback takes the stage over: the fence rises, and whatever still runs under the old lease finds it lost. */
export function takenOver(lock: Lock, { holder, release, attempt }: Release & { holder: string }, now: number): Lock {
  const { rollbackRequested: _, ...rest } = lock
  return { ...rest, fence: lock.fence + 1, takenOverAt: now, held: { holder, release, attempt, since: now } }
}

export function freed(lock: Lock): Lock {
  const { held: _, rollbackRequested: __, ...rest } = lock
  return rest
}

/** Free of its holder, and closed to everybody until a person has looked. */
export function blockedBy(lock: Lock, { release, attempt }: Release, reason: string, now: number): Lock {
  return { ...freed(lock), blocked: { release, attempt, reason, at: now } }
}

export function unblocked(lock: Lock): Lock {
  const { blocked: _, ...rest } = lock
  return rest
}
