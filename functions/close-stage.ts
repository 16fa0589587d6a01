import * as z from 'zod'
import { heldStage } from '../domain/identity.ts'
import { blockedBy, freed, type Lock, leaseState, rollbackEnded, unblocked } from '../domain/lock.ts'
import { outcome } from '../domain/outcome.ts'
import type { About } from '../events/notification.ts'
import { giveBackAll, givesBack } from './after/give-back.ts'
import { writeImageParameters, writesImageParameters } from './after/image-parameters.ts'
import { invalidatesCaches, performAfter } from './after/perform.ts'
import { announce } from './announce.ts'
import { type EndEntry, readRelease, readStageEnd, recordStageEnd } from './aws/ledger.ts'
import { changeLock, claimReleased, leaseLost, readLock } from './aws/lock.ts'
import { endRollback, type RollbackEntry, readRollback } from './aws/stage-ledger.ts'
import { executionNameIn, forgetAll, stageResource } from './aws/waits.ts'
import { prunesSnapshots } from './backup/permissions.ts'
import { pruneSnapshots } from './backup/prune.ts'
import { endRelease } from './end-release.ts'
import { announces, type Needs, readsTasks, TELLING, tells, usesTable } from './permissions.ts'
import { howToUnlock, readableReason } from './reason.ts'
import { rememberReleased, rememberWayBack } from './rollback/memory.ts'
import { reasonOf } from './rollback/reason.ts'
import { aboutRollback } from './rollback/telling.ts'
import { readStagePlan } from './stage-plan.ts'
import { done, step } from './step.ts'
import { tell } from './tell.ts'
import { tellEnd } from './tell-end.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    announces(site),
    ...givesBack(site),
    ...readsTasks(site),
    ...invalidatesCaches(site),
    ...writesImageParameters(site),
    ...prunesSnapshots(site),
    tells(site),
  ],
  environment: TELLING,
  applications: true,
  unused: {
    'ecs:DescribeServiceDeployments':
      'pauses stay on a service that somebody else is deploying meanwhile, which no rehearsal does just then',
  },
}

const input = heldStage.extend({
  outcome,
  /** Why the release ended here: a sentence, or the cause of an error as Step Functions gives it. */
  reason: z.string(),
  /** Why the way back could not be proven; empty where it was, or where there was none. */
  trouble: z.string(),
  /** What became of the database on the way back: a sentence, or the cause of an error; empty where there is nothing to say. */
  database: z.string().default(''),
  /** Executions (ARNs) whose waits end with the stage: the release's and, on the way back, the rollback's. */
  executions: z.array(z.string()),
  /** The release's own execution is gone, so its end is written here. */
  endsRelease: z.boolean(),
})
type Input = z.infer<typeof input>

/**
 * After it: the ledger says how the stage ended and what it serves now, the lock is free, and nothing of the release waits here
 * any more; or, after a rollback that could not be proven, the stage is closed to everybody until a person unlocks it. Its
 * services are deployed as their owners had it, and the parameters that the installed file names hold the images that it serves.
 * After a release, what the application file asks for then was begun, and of snapshots it keeps no more than the file says. What
 * could not be done of these is told, and takes nothing back. Whoever has lost the stage before he could close it writes and
 * tells nothing.
 */
export const handler = step({
  name: 'CloseStage',
  input,
  run: async of => {
    const at = Date.now()
    const rollback = of.outcome === 'released' ? undefined : await rollbackOf(of, at)
    const isHeld = rollback ? await stillHolds(of) : await claimReleased(of, readableReason(of.reason))
    if (!isHeld && !(await hasClosed(of, rollback))) return leaseLost(of, await readLock(of.app, of.stage))
    const told = { outcome: of.outcome, reason: await reasonOf(of, rollback), at, stage: of.stage }
    if (rollback) await closeRollback(of, rollback, told)
    else await closeReleased(of, told)
    await forgetAll(stageResource(of.app, of.stage), of.executions)
    const { outcome, reason } = (rollback?.chosen ? undefined : await readStageEnd(of)) ?? told
    return done({ outcome, reason })
  },
})

async function stillHolds({ app, stage, lease }: Input): Promise<boolean> {
  return leaseState(await readLock(app, stage), lease) !== 'lost'
}

/** This is a repetition: the stage was closed, and let go of, by an earlier try. */
async function hasClosed(of: Input, rollback: RollbackEntry | undefined): Promise<boolean> {
  const end = rollback?.chosen ? rollback.end : await readStageEnd(of)
  return rollback ? end !== undefined : end?.outcome === 'released'
}

type Told = EndEntry & { stage: string }

async function closeReleased(of: Input, told: Told): Promise<void> {
  await recordStageEnd(of, told)
  await rememberReleased(of, told.at)
  const { plan, stage } = await readStagePlan(of)
  const isLast = plan.stages.at(-1)?.name === of.stage
  const { app, release, attempt } = of
  const about = { app, release, attempt, tag: plan.tag }
  await tellTrouble(about, of.stage, [...(await giveBackAll(of)), ...(await writeImageParameters(of, told.outcome))])
  await letGo(of, freed)
  await tell(about, { kind: 'stage-released', stage: of.stage, isLast })
  const undone = await performAfter(of, stage)
  const unpruned = await pruneSnapshots(of, stage)
  await tellTrouble(about, of.stage, [...undone, ...(unpruned ? [unpruned] : [])])
}

async function tellTrouble(about: About, stage: string, sentences: string[]): Promise<void> {
  for (const because of sentences) await tell(about, { kind: 'trouble', stage, because })
}

/** One that failed before it could take the stage has left no record: what it was started with stands in for that. */
async function rollbackOf(of: Input, at: number): Promise<RollbackEntry> {
  const { app, stage, release, attempt, lease } = of
  for (const execution of of.executions) {
    const recorded = await readRollback(app, stage, executionNameIn(execution))
    if (recorded) return recorded
  }
  const tag = (await readRelease(of))?.tag ?? release
  const cause = of.endsRelease ? 'aborted' : 'failed'
  const reason = readableReason(of.reason)
  return { ...{ app, stage, release, attempt, tag, cause, reason, at }, name: executionNameIn(lease.holder) }
}

async function closeRollback(of: Input, entry: RollbackEntry, told: Told): Promise<void> {
  // A release that a person takes back had its end here before; what became of the way back is the rollback's own.
  if (!entry.chosen) await recordStageEnd(of, told)
  // A person takes over from a release that holds the stage only where that release's own execution is gone.
  const endsRelease = !entry.chosen && (of.endsRelease || entry.cause === 'person')
  if (endsRelease) await endRelease({ ...of, ...told, execution: await executionOf(of) })
  await rememberWayBack(of, entry, told)
  const { outcome, reason, at } = told
  for (const execution of of.executions)
    await endRollback({ ...entry, name: executionNameIn(execution) }, { outcome, reason, at })
  const unwritten = await writeImageParameters(of, outcome)
  await tellTrouble(aboutRollback(entry), of.stage, [...(await giveBackAll(of)), ...unwritten])
  // Whoever finds the lock blocked says himself how to unlock it.
  const because = reason.replace(` ${howToUnlock(of.app, of.stage)}`, '')
  await letGo(of, lock => {
    // Whoever has asked until this moment has waited for it.
    const left = rollbackEnded(lock, { execution: of.lease.holder, outcome, reason, at: Date.now() })
    return outcome === 'rollback-failed' ? blockedBy(left, of, because, at) : unblocked(freed(left))
  })
  await announce('Rollback Ended', { app: of.app, stage: of.stage })
  if (entry.chosen) await tell(aboutRollback(entry), { kind: 'rollback-ended', stage: of.stage, outcome, reason })
  if (endsRelease) await tellEnd(of)
}

/** The release's own; a person's rollback was not started with it. */
async function executionOf(of: Input): Promise<string> {
  return of.executions[1] || ((await readRelease(of))?.started?.executionArn ?? '')
}

/** Whoever holds the lease decides what becomes of the lock, whatever somebody else has written of the stage before. */
async function letGo({ app, stage, lease }: Input, next: (lock: Lock) => Lock): Promise<void> {
  await changeLock(app, stage, lock => (leaseState(lock, lease) === 'lost' ? {} : { next: next(lock) }))
  await announce('Lock Freed', { app, stage })
}
