import type { HeldStage } from '../domain/identity.ts'
import type { About } from '../events/notification.ts'
import { claimTelling, type RollbackEntry, readRollback } from './aws/stage-ledger.ts'
import { executionNameIn } from './aws/waits.ts'
import { tell } from './tell.ts'

/** Tells that services go back, once per way back. */
export async function tellRollingBack(held: HeldStage): Promise<void> {
  const entry = await readRollback(held.app, held.stage, executionNameIn(held.lease.holder))
  if (!entry || !(await claimTelling(entry))) return
  await tell(aboutRollback(entry), { kind: 'rolling-back', stage: entry.stage, reason: entry.reason })
}

/** A release that is taken back is told of under its own name; what a person asked for has one of its own. */
export function aboutRollback({ app, release, attempt, tag, chosen }: RollbackEntry): About {
  return { app, release, attempt, tag, ...(chosen && { rollback: chosen.asked }) }
}
