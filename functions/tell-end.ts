import type { AttemptOf } from '../domain/identity.ts'
import type { About } from '../events/notification.ts'
import { approvalsOf } from './aws/approvals.ts'
import { readEnd, readPlanIfAny, readRelease, recordEndTold } from './aws/ledger.ts'
import { tell } from './tell.ts'

/** Tells how a release ended, as the ledger has it, and that nobody is asked about it any more. */
export async function tellEnd(of: AttemptOf): Promise<void> {
  const end = await readEnd(of)
  if (!end) return
  const { app, release, attempt } = of
  const about = { app, release, attempt, tag: (await readRelease(of))?.tag ?? release }
  await tellQuestions(about)
  const { outcome, reason, stage } = end
  await tell(about, { kind: 'release-ended', outcome, reason, ...(stage && { stage }) })
  if (end.isUntold) await recordEndTold(of, end)
}

/** A question that ended with its release: whoever was asked has it before them still. */
async function tellQuestions(about: About): Promise<void> {
  for (const { name: stage } of (await readPlanIfAny(about))?.stages ?? [])
    for (const { round, end } of await approvalsOf({ ...about, stage }))
      if (end?.kind === 'ended') await tell(about, { kind: 'approval-ended', stage, round, end })
}
