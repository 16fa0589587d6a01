import type * as z from 'zod'
import { type AttemptOf, attemptOf, type HeldStage, rollbackName } from '../../domain/identity.ts'
import { blockedBy, freed, type Lock, leaseState, rollbackEnded, unblocked, withoutRequest } from '../../domain/lock.ts'
import { type PersonalRequest, type RollbackRequest, rollbackRequest } from '../../domain/rollback-request.ts'
import type { executionStatusChange } from '../../events/execution-status-change.ts'
import { giveBackAll } from '../after/give-back.ts'
import { writeImageParameters } from '../after/image-parameters.ts'
import { performAfter } from '../after/perform.ts'
import { announce } from '../announce.ts'
import { type EndEntry, readEnd, readPlanIfAny, readRelease, readStageEnd, recordStageEnd } from '../aws/ledger.ts'
import { changeLock, readLock } from '../aws/lock.ts'
import { endRollback, type RollbackEntry, readRollback } from '../aws/stage-ledger.ts'
import { executionStatus, startExecution } from '../aws/states.ts'
import { executionNameIn, forgetAll, stageResource } from '../aws/waits.ts'
import { endRelease } from '../end-release.ts'
import { environment } from '../environment.ts'
import { rememberReleased, rememberWayBack } from '../rollback/memory.ts'
import { aboutRollback } from '../rollback/telling.ts'
import { readStagePlan } from '../stage-plan.ts'
import { tell } from '../tell.ts'
import { tellEnd } from '../tell-end.ts'

type Detail = z.infer<typeof executionStatusChange>['detail']

/**
 * After it, for an execution of either machine that has ended: it holds no stage any more, or the rollback machine has taken
 * over and will see to that; and its release has an end in the ledger, unless the release's execution still goes on and will
 * write one. A blocked lock stays blocked, and what was released stays released. Undefined: its input says nothing of ours.
 */
export async function settleExecution(detail: Detail): Promise<Record<string, unknown> | undefined> {
  const given: unknown = JSON.parse(detail.input ?? 'null')
  const isRollback = environment('ROLLBACK_MACHINE').startsWith(`${detail.stateMachineArn}:`)
  if (isRollback && detail.input !== null) return settleRollback(rollbackRequest(given), detail)
  const input = attemptOf.safeParse(given)
  if (!input.success) return undefined
  const { executionArn } = detail
  const ended = { executionArn, releaseExecution: executionArn, wasCleanUp: false, reason: reasonOf(detail) }
  return settle({ ...ended, of: input.data })
}

interface Ended {
  of: AttemptOf
  executionArn: string
  /** The release's own execution; this one, or the one that started this rollback. */
  releaseExecution: string
  /** It was itself started to clean up. */
  wasCleanUp: boolean
  reason: string
}

async function settleRollback(asked: RollbackRequest, detail: Detail): Promise<Record<string, unknown>> {
  const { executionArn } = detail
  if (asked.kind === 'refused') return { refused: 'it never had anything' }
  if (asked.kind === 'personal') return settlePersonal(asked.request, detail)
  const { app, stage, release, attempt, cause, releaseExecution } = asked.request
  const of = { app, release, attempt }
  const ended = { of, executionArn, releaseExecution, wasCleanUp: cause === 'aborted', reason: reasonOf(detail) }
  const isOfPerson = await isChosen(app, stage, [executionArn, releaseExecution])
  return isOfPerson ? { stages: await settleStages(ended) } : settle(ended)
}

/** Whether a person chose what these executions go back to: what they take back has its end, which is not theirs to write. */
async function isChosen(app: string, stage: string, executions: string[]): Promise<boolean> {
  for (const execution of executions)
    if ((await readRollback(app, stage, executionNameIn(execution)))?.chosen) return true
  return false
}

/** A person's rollback that ended before its time: what it asked for is asked no more, and what it held is handed over. */
async function settlePersonal({ app, stage }: PersonalRequest, detail: Detail): Promise<Record<string, unknown>> {
  const { executionArn } = detail
  await forgetAll(stageResource(app, stage), [executionArn])
  const { held, dropped } = await changeLock(app, stage, lock => {
    const dropped = lock.rollbackRequested?.by === executionArn
    return { held: lock.held, dropped, next: dropped ? withoutRequest(lock) : undefined }
  })
  if (dropped) await announce('Lock Freed', { app, stage })
  if (held?.holder !== executionArn) return { dropped }
  const of = { app, release: held.release, attempt: held.attempt }
  const ended: Ended = { of, executionArn, releaseExecution: executionArn, wasCleanUp: false, reason: reasonOf(detail) }
  return (await isChosen(app, stage, [executionArn])) ? { stages: await settleStages(ended) } : settle(ended)
}

type Settled = { stages: Record<string, string>; end: string }

async function settle(ended: Ended): Promise<Settled> {
  const stages = await settleStages(ended)
  return { stages, end: await settleRelease(ended, Object.values(stages)) }
}

/** Stage → what became of its lock. */
async function settleStages(ended: Ended): Promise<Settled['stages']> {
  const stages: Record<string, string> = {}
  for (const { name: stage } of (await readPlanIfAny(ended.of))?.stages ?? []) {
    const { held, fence } = await readLock(ended.of.app, stage)
    if (held?.release !== ended.of.release || held.attempt !== ended.of.attempt) continue
    const { holder } = held
    // Whoever holds it for this release and still runs settles it himself.
    const settled =
      holder !== ended.executionArn && (await executionStatus(holder)) === 'RUNNING'
        ? 'still held'
        : await settleStage({ ...ended.of, stage, lease: { holder, fence } }, ended, held.released)
    stages[stage] = (await isChosen(ended.of.app, stage, [holder])) ? `${settled}, by a person's choice` : settled
  }
  return stages
}

/**
 * The lock of an execution that is no more: free where the stage had come to its end, or was about to as `released`; else the
 * way back takes it over.
 */
async function settleStage(of: HeldStage, ended: Ended, released: Released): Promise<string> {
  const rollback = await readRollback(of.app, of.stage, executionNameIn(of.lease.holder))
  const end = rollback ? rollback.end : ((await readStageEnd(of)) ?? (await releasedEnd(of, released)))
  if (end?.outcome === 'released') {
    await recordStageEnd(of, end)
    await rememberReleased(of, end.at)
  }
  if (end) return letGo(of, end, rollback)
  if (ended.wasCleanUp || !(await isHandedOver(of, ended))) {
    const blocked: EndEntry = { outcome: 'rollback-failed', reason: ended.reason, at: Date.now(), stage: of.stage }
    await recordStageEnd(of, blocked)
    if (rollback) await closeRollback(of, rollback, blocked)
    return letGo(of, blocked, rollback)
  }
  return 'handed over'
}

/** False where the way back that was to take the stage over has come to its end without having taken it. */
async function isHandedOver(of: HeldStage, ended: Ended): Promise<boolean> {
  const { lease, ...stage } = of
  const started = await startExecution(environment('ROLLBACK_MACHINE'), rollbackName(stage, lease.fence, 'clean-up'), {
    ...of,
    cause: 'aborted',
    reason: ended.reason,
    releaseExecution: ended.releaseExecution,
  })
  if (started.kind === 'started' || (await executionStatus(started.executionArn)) === 'RUNNING') return true
  return leaseState(await readLock(of.app, of.stage), lease) === 'lost'
}

type Released = NonNullable<Lock['held']>['released']

/** A release that was released, or was seen to serve here, is that, even where CloseStage could not write it down. */
async function releasedEnd(of: HeldStage, released: Released): Promise<EndEntry | undefined> {
  if (released) return { outcome: 'released', ...released, stage: of.stage }
  const end = await readEnd(of)
  return end?.outcome === 'released' ? end : undefined
}

/** The way back ended with the clean-up that was to finish it. */
async function closeRollback(of: HeldStage, rollback: RollbackEntry, blocked: EndEntry): Promise<void> {
  const { outcome, reason, at } = blocked
  await rememberWayBack(of, rollback, blocked)
  await endRollback(rollback, { outcome, reason, at })
}

/** The lock is freed last: as long as it is held, whoever repeats this comes here again. */
async function letGo(
  of: HeldStage,
  { outcome, reason }: Pick<EndEntry, 'outcome' | 'reason'>,
  rollback: RollbackEntry | undefined,
): Promise<string> {
  const blocks = outcome === 'rollback-failed'
  await tellTrouble(of, [...(await giveBackAll(of)), ...(await writeImageParameters(of, outcome))])
  if (rollback?.chosen)
    await tell(aboutRollback(rollback), { kind: 'rollback-ended', stage: of.stage, outcome, reason })
  if (outcome === 'released') await finish(of)
  // Who waits for this way back reports it, as after any other.
  await changeLock(of.app, of.stage, lock => {
    if (leaseState(lock, of.lease) === 'lost') return {}
    const at = Date.now()
    const ended = rollback ? rollbackEnded(lock, { execution: of.lease.holder, outcome, reason, at }) : lock
    return { next: blocks ? blockedBy(ended, of, reason, at) : unblocked(freed(ended)) }
  })
  await announce('Lock Freed', { app: of.app, stage: of.stage })
  return blocks ? 'blocked' : 'freed'
}

/** The stage is released; only what comes after that was left undone. */
async function finish(of: HeldStage): Promise<void> {
  const { plan, stage } = await readStagePlan(of)
  const { app, release, attempt } = of
  const isLast = plan.stages.at(-1)?.name === of.stage
  await tell({ app, release, attempt, tag: plan.tag }, { kind: 'stage-released', stage: of.stage, isLast })
  const undone = await performAfter(of, stage)
  const left = 'CloseStage could not finish; the lock is freed for it, and the stage serves the release'
  await tellTrouble(of, [left, ...undone])
}

async function tellTrouble(of: HeldStage, sentences: string[]): Promise<void> {
  const { app, release, attempt, stage } = of
  const tag = (await readRelease(of))?.tag ?? release
  for (const because of sentences) await tell({ app, release, attempt, tag }, { kind: 'trouble', stage, because })
}

async function settleRelease(ended: Ended, stages: string[]): Promise<string> {
  const known = await readEnd(ended.of)
  if (known && !known.isUntold) return known.outcome
  // A person's way back from what the release had left there writes no end of it.
  if (stages.includes('handed over') || stages.includes('still held')) return 'to come'
  const goesOn =
    ended.releaseExecution !== ended.executionArn && (await executionStatus(ended.releaseExecution)) === 'RUNNING'
  if (goesOn) return 'to come'
  const { outcome, reason } = known ?? (await endByStages(ended.of)) ?? { outcome: 'aborted', reason: ended.reason }
  const told = await endRelease({ ...ended.of, execution: ended.releaseExecution, outcome, reason })
  await tellEnd(ended.of)
  return told.outcome
}

/** How the release ended at the stage that it did not get past, or well in each. Undefined: it was on its way. */
async function endByStages(of: AttemptOf): Promise<EndEntry | undefined> {
  const stages = (await readPlanIfAny(of))?.stages ?? []
  const ends = await Promise.all(stages.map(({ name: stage }) => readStageEnd({ ...of, stage })))
  return ends.find(end => end && end.outcome !== 'released') ?? (ends.includes(undefined) ? undefined : ends.at(-1))
}

function reasonOf({ status, cause, name }: Detail): string {
  const how = { ABORTED: 'was stopped', TIMED_OUT: 'ran out of time' }[status] ?? 'ended'
  return `execution ${name} ${how}${cause ? `: ${cause}` : ''}`
}
