import type { HeldStage } from '../../domain/identity.ts'
import type { About } from '../../events/notification.ts'
import { type RollbackEntry, readRollback } from '../aws/stage-ledger.ts'
import { executionNameIn } from '../aws/waits.ts'
import { tellUntilSent } from '../tell.ts'

/** Tells that services go back: once, however often it is said and whoever takes over the way back. */
export async function tellRollingBack(held: HeldStage): Promise<void> {
  const entry = await readRollback(held.app, held.stage, executionNameIn(held.lease.holder))
  if (entry)
    await tellUntilSent(aboutRollback(entry), { kind: 'rolling-back', stage: entry.stage, reason: entry.reason })
}

/** Tells what went otherwise than people expect of a way back, once. */
export async function tellTroubleBack(held: HeldStage, because: string): Promise<void> {
  const entry = await readRollback(held.app, held.stage, executionNameIn(held.lease.holder))
  if (entry) await tellUntilSent(aboutRollback(entry), { kind: 'trouble', stage: entry.stage, because })
}

/** A release that is taken back is told of under its own name; what a person asked for has one of its own. */
export function aboutRollback({ app, release, attempt, tag, chosen }: RollbackEntry): About {
  return { app, release, attempt, tag, ...(chosen && { rollback: chosen.asked }) }
}
