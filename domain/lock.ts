import * as z from 'zod'
import { type Lease, releaseId } from './identity.ts'
import { outcome } from './outcome.ts'
import { isOlder, type Place } from './queue.ts'

/** Who waits, by order. */
const waiting = z.object({ order: z.number(), release: releaseId })

/** The lock of one stage. A stage belongs to one release at a time; the fence only grows and outlives every holder. */
export const lock = z.object({
  fence: z.int().default(0),
  /** Execution that holds it, for which release, since when (ms), and whether it is a rollback; absent: free. */
  held: z
    .object({
      holder: z.string(),
      release: releaseId,
      attempt: z.int(),
      since: z.number(),
      rollback: z.literal(true).optional(),
      /** It was seen to serve here, so nothing takes the stage from it but a person: why, and when it was last being closed. */
      released: z.object({ reason: z.string(), at: z.number() }).optional(),
      /** Rollbacks (executions) that wait to report how this one ends. */
      awaitedBy: z.array(z.string()).optional(),
    })
    .optional(),
  /** When a rollback last took the stage from somebody, in ms. */
  takenOverAt: z.number().optional(),
  /** Order of the newest release that ever took this lock. */
  newest: z.number().optional(),
  /** Which one that was; absent where it was not written down yet. */
  newestRelease: releaseId.optional(),
  /** Who waits for it: execution → its release and order. */
  waiters: z.record(z.string(), waiting).default({}),
  /** Whose approvers are being asked: execution → its release and order. They hold nothing. */
  gate: z.record(z.string(), waiting).default({}),
  /** Execution → the round in which its approvers are asked; 1 where it is absent. */
  rounds: z.record(z.string(), z.int()).default({}),
  /** A rollback could not prove what the stage serves: nobody but a person's rollback takes it until it is unlocked. */
  blocked: z.object({ release: releaseId, attempt: z.int(), reason: z.string(), at: z.number() }).optional(),
  /** A person's rollback wants the stage from the release that holds it; it goes before whoever waits. */
  rollbackRequested: z.object({ reason: z.string(), at: z.number(), by: z.string() }).optional(),
  /** How the last rollback of this stage ended, when it left the stage, and who waited for that. */
  lastRollback: z
    .object({
      ...{ execution: z.string(), outcome, reason: z.string(), at: z.number() },
      awaitedBy: z.array(z.string()).default([]),
    })
    .optional(),
})
export type Lock = z.infer<typeof lock>
type Release = { release: NonNullable<Lock['held']>['release']; attempt: number }

export interface LockWish extends Release {
  /** Execution that wants the stage. */
  holder: string
  /** Event time of the release's first push, ms. */
  order: number
  /** Absent: of releases that wait at a stage, the newest goes on and ends the others. Else each has its turn, and `after` is who goes before it. */
  turn?: { after?: Place['release'] } | undefined
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
  const hindrance = hindranceOf(lock, wish, lock.waiters)
  if (hindrance) return hindrance
  if (wish.turn?.after) return itsTurn(wish.turn.after)
  if (lock.held) return { kind: 'wait', for: `it belongs to release ${lock.held.release}` }
  if (lock.rollbackRequested) return { kind: 'wait', for: 'a rollback that was asked for goes first' }
  return { kind: 'take' }
}

export type GateDecision = Exclude<LockDecision, { kind: 'mine' } | { kind: 'take' }> | { kind: 'ask' }

/** What a release whose approvers are to be asked does: they are asked about a stage that nobody is changing. */
export function decideGate(lock: Lock, wish: LockWish): GateDecision {
  const hindrance = hindranceOf(lock, wish, { ...lock.waiters, ...lock.gate })
  if (hindrance) return hindrance
  if (wish.turn?.after) return itsTurn(wish.turn.after)
  return lock.held ? { kind: 'wait', for: `release ${lock.held.release} is changing it` } : { kind: 'ask' }
}

const itsTurn = (release: string) =>
  ({ kind: 'wait', for: `release ${release} was pushed first and goes first` }) as const

type Hindrance = Extract<LockDecision, { kind: 'superseded' } | { kind: 'blocked' }>

function hindranceOf(lock: Lock, wish: LockWish, others: Lock['waiters']): Hindrance | undefined {
  if (lock.blocked) return { kind: 'blocked', reason: lock.blocked.reason, release: lock.blocked.release }
  if (isBehindNewest(lock, wish))
    return { kind: 'superseded', by: lock.newestRelease ? `release ${lock.newestRelease}` : 'a newer release' }
  const newer = wish.turn ? undefined : Object.values(others).find(other => isOlder(wish, other))
  return newer && { kind: 'superseded', by: `release ${newer.release}` }
}

function isBehindNewest({ newest, newestRelease }: Lock, wish: LockWish): boolean {
  if (newest === undefined) return false
  return newestRelease ? isOlder(wish, { order: newest, release: newestRelease }) : wish.order < newest
}

/** Whether a lease still gives the right to change the stage. */
export function leaseState(lock: Lock, lease: Lease): 'held' | 'lost' | 'rollback-requested' {
  if (lock.held?.holder !== lease.holder || lock.fence !== lease.fence) return 'lost'
  return lock.rollbackRequested ? 'rollback-requested' : 'held'
}

export function taken(lock: Lock, { holder, release, attempt, order }: LockWish, now: number): Lock {
  const isNewest = !isBehindNewest(lock, { holder, release, attempt, order })
  const newest = isNewest ? { newest: order, newestRelease: release } : {}
  return { ...left(lock, holder), fence: lock.fence + 1, ...newest, held: { holder, release, attempt, since: now } }
}

export function queued(lock: Lock, { holder, release, order }: LockWish): Lock {
  return { ...lock, waiters: { ...lock.waiters, [holder]: { order, release } } }
}

export function atGate(lock: Lock, { holder, release, order }: LockWish): Lock {
  return { ...lock, gate: { ...lock.gate, [holder]: { order, release } } }
}

/** Without this execution among those that wait for the lock. */
export function left(lock: Lock, holder: string): Lock {
  return { ...lock, waiters: without(lock.waiters, holder) }
}

/** Its approvers have answered. */
export function leftGate(lock: Lock, holder: string): Lock {
  return { ...lock, gate: without(lock.gate, holder) }
}

/** Without a trace of this execution in any queue. */
export function gone(lock: Lock, holder: string): Lock {
  return { ...leftGate(left(lock, holder), holder), rounds: without(lock.rounds, holder) }
}

export function isKnown({ waiters, gate, rounds }: Lock, holder: string): boolean {
  return holder in waiters || holder in gate || holder in rounds
}

/** Every execution that has something of the stage or wants something there, each once. */
export function executionsAt({ held, waiters, gate, rounds, rollbackRequested }: Lock): string[] {
  const one = [held?.holder, rollbackRequested?.by].flatMap(execution => execution ?? [])
  const queues = [waiters, gate, rounds].flatMap(queue => Object.keys(queue))
  return [...new Set([...one, ...(held?.awaitedBy ?? []), ...queues])]
}

function without<T>(all: Record<string, T>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = all
  return rest
}

/** The round in which this execution's approvers are asked. */
export const roundOf = ({ rounds }: Lock, execution: string): number => rounds[execution] ?? 1

/** What was approved in `round` holds no more: the next round asks anew. Raised once, however often it is said. */
export function voided(lock: Lock, execution: string, round: number): Lock {
  return { ...lock, rounds: { ...lock.rounds, [execution]: Math.max(roundOf(lock, execution), round + 1) } }
}

/** Its holder has the stage closed as released; whoever goes on with that closes it so, too. */
export function closing(lock: Lock, released: { reason: string; at: number }): Lock {
  return lock.held ? { ...lock, held: { ...lock.held, released } } : lock
}

type Taker = Release & { holder: string }

/** A rollback takes the stage over: the fence rises, and whatever still runs under the old lease finds it lost. */
export function takenOver(lock: Lock, { holder, release, attempt }: Taker, now: number): Lock {
  const { rollbackRequested: _, takenOverAt: __, ...rest } = lock
  const held = { holder, release, attempt, since: now, rollback: true as const }
  return { ...rest, fence: lock.fence + 1, ...(lock.held && { takenOverAt: now }), held }
}

/** Whoever asks while a rollback has the stage learns how that one ends. */
export function awaited(lock: Lock, execution: string): Lock {
  const { held } = lock
  return held ? { ...lock, held: { ...held, awaitedBy: [...(held.awaitedBy ?? []), execution] } } : lock
}

type Ended = Omit<NonNullable<Lock['lastRollback']>, 'awaitedBy'>

/** The rollback that has the stage has ended so; said before it lets go: those who wait for it are known by its hold. */
export function rollbackEnded(lock: Lock, ended: Ended): Lock {
  return { ...lock, lastRollback: { ...ended, awaitedBy: lock.held?.awaitedBy ?? [] } }
}

/**
 * How the rollback ended that this execution waited for, or that had the stage since it began (ms); undefined: none, or one
 * that found nothing to take back.
 */
export function endedMeanwhile(
  { lastRollback: last }: Lock,
  { execution, entered }: { execution: string; entered: number },
): Lock['lastRollback'] {
  if (last?.outcome === 'failed') return undefined
  return last && (last.at > entered || last.awaitedBy.includes(execution)) ? last : undefined
}

/** Free; a rollback that was asked for meanwhile is still to come. */
export function freed(lock: Lock): Lock {
  const { held: _, ...rest } = lock
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

/** A person's rollback waits for the stage; the first who asks is remembered. */
export function withRequest(lock: Lock, request: NonNullable<Lock['rollbackRequested']>): Lock {
  return { ...lock, rollbackRequested: lock.rollbackRequested ?? request }
}

export function withoutRequest(lock: Lock): Lock {
  const { rollbackRequested: _, ...rest } = lock
  return rest
}
