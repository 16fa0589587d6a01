import * as z from 'zod'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { blockedBy, freed } from '../domain/lock.ts'
import { type Outcome, outcome } from '../domain/outcome.ts'
import { readServing } from './aws/ecs.ts'
import { announce } from './aws/events.ts'
import { readBefore, readStageEnd, recordEnd, recordStageEnd } from './aws/ledger.ts'
import { changeLock } from './aws/lock.ts'
import { forgetAll, stageResource } from './aws/waits.ts'
import { announces, type Needs, readsServices, readsTasks, writesTable } from './permissions.ts'
import { howToUnlock, readableReason } from './reason.ts'
import { readStagePlan } from './stage-plan.ts'
import { done, logger, step } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [writesTable(site), announces(site), readsServices(site), ...readsTasks(site)],
}

const input = heldStage.extend({
  outcome,
  /** Why the release ended here: a sentence, or the cause of an error as Step Functions gives it. */
  reason: z.string(),
  /** Why the way back could not be proven; empty where it was, or where there was none. */
  trouble: z.string(),
  /** Executions (ARNs) whose waits end with the stage: the release's and, on the way back, the rollback's. */
  executions: z.array(z.string()),
  /** The release's own execution is gone, so its end is written here. */
  endsRelease: z.boolean(),
})
type Input = z.infer<typeof input>

/**
 * After it: the ledger says how the release ended at this stage, the lock is free, and nothing of the release waits here any
 * more; or, after a rollback that could not be proven, the stage is closed to everybody until a person unlocks it.
 */
export const handler = step({
  name: 'CloseStage',
  input,
  run: async of => {
    const told = { outcome: of.outcome, reason: await reasonOf(of), at: Date.now(), stage: of.stage }
    await recordStageEnd(of, told)
    if (of.endsRelease) await recordEnd(of, told)
    await letGo(of, told)
    const services = Object.values((await readBefore(of))?.services ?? {}).map(({ serviceArn }) => serviceArn)
    await forgetAll([stageResource(of.app, of.stage), ...services], of.executions)
    const { outcome, reason } = (await readStageEnd(of)) ?? told
    return done({ outcome, reason })
  },
})

/** Whoever holds the lease decides what becomes of the lock, whatever somebody else has written of the stage before. */
async function letGo(of: Input, { outcome, reason }: { outcome: Outcome; reason: string }): Promise<void> {
  // Whoever finds the lock blocked says himself how to unlock it.
  const because = reason.replace(` ${howToUnlock(of.app, of.stage)}`, '')
  await changeLock(of.app, of.stage, lock => {
    if (lock.held?.holder !== of.lease.holder || lock.fence !== of.lease.fence) return {}
    return { next: outcome === 'rollback-failed' ? blockedBy(lock, of, because, Date.now()) : freed(lock) }
  })
  const announced = await announce('Lock Freed', { app: of.app, stage: of.stage })
  if (announced.kind === 'lost') logger.warn(`nobody was told that the lock is free: ${announced.because}`)
}

async function reasonOf(of: Input): Promise<string> {
  const reason = readableReason(of.reason)
  if (of.outcome !== 'rollback-failed') return reason
  return (
    `${reason}. It could not be proven that ${of.stage} serves what it served before: ${readableReason(of.trouble)}. ` +
    `${await whatRuns(of)} ${howToUnlock(of.app, of.stage)}`
  )
}

/** What ECS says of the services now. Read for the message only: a stage that cannot be read is closed all the same. */
async function whatRuns(of: HeldStage): Promise<string> {
  try {
    const { stage } = await readStagePlan(of)
    const seen = await Promise.all(
      stage.services.map(async ({ service }) => {
        const { revision, running } = await readServing(stage.cluster, service)
        const definition = revision.taskDefinition.slice(revision.taskDefinition.lastIndexOf('/') + 1)
        return `${service} serves ${definition} with ${running.length} running tasks`
      }),
    )
    return `By ECS's record ${seen.join(', ')}.`
  } catch (error) {
    return `What runs could not be read: ${(error as Error).message}.`
  }
}
