import type { Stage } from '../domain/application.ts'
import type { AttemptOf, StageOf } from '../domain/identity.ts'
import { gone, isKnown } from '../domain/lock.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Plan } from '../domain/plan.ts'
import { announce } from './announce.ts'
import { applications } from './applications.ts'
import { approvalsOf, changeApproval } from './aws/approvals.ts'
import { readEnd, readPlanIfAny, readStageEnd, recordEnd } from './aws/ledger.ts'
import { changeLock } from './aws/lock.ts'
import { forgetAll, stageResource } from './aws/waits.ts'

/**
 * Writes how a release ended and takes it out of every queue; what people were still asked is over, and who let it go first
 * looks again. The first word on its end stands and is returned; until `tellEnd` has told it, a clean-up comes back to it.
 * `execution`: ARN of the execution that may still stand in a queue.
 */
export async function endRelease(
  of: AttemptOf & { execution: string; outcome: Outcome; reason: string },
): Promise<{ outcome: Outcome; reason: string }> {
  const stage = await unhappyStage(of)
  const end = { outcome: of.outcome, reason: of.reason, at: Date.now(), ...(stage && { stage }) }
  await recordEnd(of, { ...end, isUntold: true })
  const { queue, stages } = (await readPlanIfAny(of)) ?? unplanned(of)
  for (const { name } of stages) {
    await forgetAll(stageResource(of.app, name), [of.execution])
    await changeLock(of.app, name, lock => (isKnown(lock, of.execution) ? { next: gone(lock, of.execution) } : {}))
    await endQuestions({ ...of, stage: name }, of.reason)
    if (queue !== 'supersede') await announce('Release Left', { app: of.app, stage: name })
  }
  const { outcome, reason } = (await readEnd(of)) ?? of
  return { outcome, reason }
}

/** What would have been planned: others have let this release go first at all of these stages. */
function unplanned({ app }: AttemptOf): Pick<Plan, 'queue'> & { stages: Pick<Stage, 'name'>[] } {
  const installed = applications().find(one => one.app === app)
  return { queue: installed?.trigger.queue ?? 'supersede', stages: installed?.stages ?? [] }
}

/** The stage that the release did not get past, if it got so far as to hold it. */
async function unhappyStage(of: AttemptOf): Promise<string | undefined> {
  for (const { name } of (await readPlanIfAny(of))?.stages ?? []) {
    const end = await readStageEnd({ ...of, stage: name })
    if (end && end.outcome !== 'released') return name
  }
  return undefined
}

async function endQuestions(of: StageOf, because: string): Promise<void> {
  for (const { round } of await approvalsOf(of))
    await changeApproval({ ...of, round }, approval => ({
      next: approval.end ? undefined : { ...approval, end: { kind: 'ended', because, at: Date.now() } },
    }))
}
