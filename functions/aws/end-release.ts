import type { AttemptOf } from '../../domain/identity.ts'
import { left } from '../../domain/lock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { readEnd, readPlanIfAny, recordEnd } from './ledger.ts'
import { changeLock } from './lock.ts'
import { forgetAll, stageResource } from './waits.ts'

/**
 * Writes how a release ended and takes it out of every queue. The first word on its end stands and is returned.
 * `execution` is the ARN of the execution that may still stand in a queue.
 */
export async function endRelease(
  of: AttemptOf & { execution: string; outcome: Outcome; reason: string },
): Promise<{ outcome: Outcome; reason: string }> {
  await recordEnd(of, { outcome: of.outcome, reason: of.reason, at: Date.now() })
  for (const { name } of (await readPlanIfAny(of))?.stages ?? []) {
    await forgetAll([stageResource(of.app, name)], [of.execution])
    await changeLock(of.app, name, lock => (of.execution in lock.waiters ? { next: left(lock, of.execution) } : {}))
  }
  const { outcome, reason } = (await readEnd(of)) ?? of
  return { outcome, reason }
}
