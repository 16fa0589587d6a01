import type { StageOf } from '../domain/identity.ts'
import type { LockWish } from '../domain/lock.ts'
import { wentBefore } from '../domain/queue.ts'
import { type ReleaseEntry, readPlanIfAny, readStageEnd, underWay } from './aws/ledger.ts'

/**
 * Whom a release lets go first at a stage: the last that was pushed before it, is under way and has not left the stage. Undefined
 * where its plan lets newer releases end older ones. What counts is the ledger, which forgets nobody who is still on the way there:
 * who has a plan has started, whether that was written down or not.
 */
export async function turnOf(of: StageOf & { order: number }): Promise<LockWish['turn']> {
  const plan = await readPlanIfAny(of)
  if (!plan || plan.queue === 'supersede') return undefined
  const others: ReleaseEntry[] = []
  for (const entry of await underWay(of.app))
    if ((entry.started || (await readPlanIfAny(entry))) && !(await readStageEnd({ ...entry, stage: of.stage })))
      others.push(entry)
  const before = wentBefore(others, of)
  return before ? { after: before.release } : {}
}
