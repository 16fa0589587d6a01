import type { HeldStage } from '../../domain/identity.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { ServedBy } from '../../domain/stage-history.ts'
import { readService, servingRevision } from '../aws/ecs.ts'
import { readBefore } from '../aws/ledger.ts'
import { putInQuarantine, type RollbackEntry, recordHistory } from '../aws/stage-ledger.ts'
import { servedBefore } from '../deploying/new-version.ts'
import { plannedDigests, readStagePlan } from '../stage-plan.ts'

/** After it: the stage's history says what this release left there: a person can go back to it, or to what was before. */
export async function rememberReleased(held: HeldStage, at: number): Promise<void> {
  const { app, release, attempt, stage: name, lease } = held
  const { plan, stage } = await readStagePlan(held)
  const before = await readBefore(held)
  if (!before) throw new Error(`the ledger does not say what ${name} served before release ${release}`)
  const after: ServedBy = {}
  for (const service of stage.services) {
    const found = await readService(stage.cluster, service.service)
    const serving = await servingRevision(found)
    const { base, serviceArn } = servedBefore(before, service.service)
    after[service.service] = {
      ...{ serviceArn, base, proof: plannedDigests(plan, service) },
      ...{ revisionArn: serving?.arn ?? '', digests: serving?.digests ?? {} },
      taskDefinition: serving?.taskDefinition ?? found.taskDefinition ?? '',
    }
  }
  const entry = { kind: 'released', at, release, attempt, tag: plan.tag, before: before.services, after } as const
  await recordHistory(app, name, lease.fence, entry)
}

/**
 * After it: the stage remembers what became of it on the way back, and refuses what was taken back. Where a person's choice
 * was served already, that is remembered too: the next way back leads further.
 */
export async function rememberWayBack(held: HeldStage, entry: RollbackEntry, ended: Ended): Promise<void> {
  const { app, stage, lease } = held
  const { release, attempt, tag, chosen, reason } = entry
  const isBack = ended.outcome === 'rolled-back' || (ended.outcome === 'aborted' && chosen !== undefined)
  if (isBack && chosen?.takesBack !== false) await putInQuarantine(app, stage, { release, tag, reason, at: ended.at })
  if (chosen && ended.outcome !== 'rollback-failed') {
    const { restores, target } = chosen
    const change = restores
      ? ({ kind: 'restored', at: ended.at, ...restores, after: target } as const)
      : ({ kind: 'taken-back', at: ended.at, release, attempt, tag } as const)
    await recordHistory(app, stage, lease.fence, change)
  }
  const before = await readBefore(held)
  if (ended.outcome === 'rollback-failed' && !chosen && before)
    await recordHistory(app, stage, lease.fence, {
      ...{ kind: 'unproven', at: ended.at, release, attempt, tag },
      before: before.services,
    })
}

interface Ended {
  outcome: Outcome
  at: number
}
