import { decideGate, decideLock, type LockWish } from '../../domain/lock.ts'
import type { ReleaseEntry } from '../aws/ledger.ts'
import { readLock } from '../aws/lock.ts'
import { turnOf } from '../turn.ts'

const DECISIONS = { RequestApproval: decideGate, LockStage: decideLock } as const

/** What a release waits for at the gate or the lock of a stage, before anybody is asked or it is its turn; undefined elsewhere, and where it goes on. */
export async function readTurn(of: ReleaseEntry & { stage: string }, state: string): Promise<string | undefined> {
  const decide = DECISIONS[state as keyof typeof DECISIONS]
  if (!decide || !of.started) return undefined
  const { release, attempt, order } = of
  const wish: LockWish = { holder: of.started.executionArn, release, attempt, order, turn: await turnOf(of) }
  const decision = decide(await readLock(of.app, of.stage), wish)
  return decision.kind === 'wait' ? decision.for : undefined
}
