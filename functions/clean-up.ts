import * as z from 'zod'
import { type AttemptOf, attemptOf, type HeldStage, rollbackName } from '../domain/identity.ts'
import { blockedBy, freed, leaseState } from '../domain/lock.ts'
import { executionStatusChange } from '../events/execution-status-change.ts'
import { endRelease } from './aws/end-release.ts'
import { announce } from './aws/events.ts'
import { type EndEntry, readEnd, readPlanIfAny, readStageEnd, recordStageEnd } from './aws/ledger.ts'
import { changeLock, readLock } from './aws/lock.ts'
import { executionStatus, startExecution } from './aws/states.ts'
import { environment } from './environment.ts'
import { announces, type Needs, readsExecutions, startsExecutions, writesTable } from './permissions.ts'
import { logger, wrapped } from './step.ts'

export const needs: Needs = {
  timeoutSeconds: 30,
  permissions: site => [
    writesTable(site),
    announces(site),
    startsExecutions(site.rollbackMachine),
    readsExecutions(site),
  ],
  environment: site => ({ ROLLBACK_MACHINE: site.rollbackVersion }),
}

/** Both machines' inputs; a rollback's names the execution of its release, and says why it was started. */
const inputOfEither = attemptOf.extend({
  releaseExecution: z.string().optional(),
  cause: z.enum(['failed', 'aborted']).optional(),
})

interface Ended {
  of: AttemptOf
  executionArn: string
  /** The release's own execution; this one, or the one that started this rollback. */
  releaseExecution: string
  /** It was itself started to clean up. */
  wasCleanUp: boolean
  reason: string
}

/**
 * After it, for an execution of either machine that has ended: it holds no stage any more, or the rollback machine has taken
 * over and will see to that; and its release has an end in the ledger, unless the release's execution still goes on and will
 * write one. A blocked lock stays blocked, and what was released stays released.
 */
export const handler = wrapped('CleanUp', async (event: unknown): Promise<void> => {
  const parsed = executionStatusChange.safeParse(event)
  const input = parsed.success ? inputOfEither.safeParse(JSON.parse(parsed.data.detail.input ?? 'null')) : undefined
  if (!parsed.success || !input?.success)
    return logger.error('malformed event: nothing settled', {
      problems: parsed.error?.issues ?? input?.error?.issues,
      event,
    })
  const { executionArn } = parsed.data.detail
  const { app, release, attempt, cause, releaseExecution = executionArn } = input.data
  const ended: Ended = {
    of: { app, release, attempt },
    executionArn,
    releaseExecution,
    wasCleanUp: cause === 'aborted',
    reason: reasonOf(parsed.data.detail),
  }
  logger.info('settled', { execution: executionArn, ...(await settle(ended)) })
})

type Settled = { stages: Record<string, string>; end: string }

async function settle(ended: Ended): Promise<Settled> {
  const stages: Record<string, string> = {}
  for (const { name: stage } of (await readPlanIfAny(ended.of))?.stages ?? []) {
    const { held, fence } = await readLock(ended.of.app, stage)
    if (held?.release !== ended.of.release || held.attempt !== ended.of.attempt) continue
    const { holder } = held
    // Whoever holds it for this release and still runs settles it himself.
    if (holder !== ended.executionArn && (await executionStatus(holder)) === 'RUNNING') stages[stage] = 'still held'
    else stages[stage] = await settleStage({ ...ended.of, stage, lease: { holder, fence } }, ended)
  }
  return { stages, end: await settleRelease(ended, Object.values(stages)) }
}

/** The lock of an execution that is no more: free where the stage had come to its end, else the way back takes it over. */
async function settleStage(of: HeldStage, ended: Ended): Promise<string> {
  const end = (await readStageEnd(of)) ?? (await releasedEnd(of))
  if (end) return letGo(of, end)
  if (ended.wasCleanUp) {
    const blocked: EndEntry = { outcome: 'rollback-failed', reason: ended.reason, at: Date.now(), stage: of.stage }
    await recordStageEnd(of, blocked)
    return letGo(of, blocked)
  }
  const { lease, ...stage } = of
  await startExecution(environment('ROLLBACK_MACHINE'), rollbackName(stage, lease.fence, 'clean-up'), {
    ...of,
    cause: 'aborted',
    reason: ended.reason,
    releaseExecution: ended.releaseExecution,
  })
  return 'handed over'
}

/** A release that was released serves in every stage, even where CloseStage could not write that down. */
async function releasedEnd(of: AttemptOf): Promise<EndEntry | undefined> {
  const end = await readEnd(of)
  return end?.outcome === 'released' ? end : undefined
}

async function letGo(of: HeldStage, { outcome, reason }: EndEntry): Promise<string> {
  const blocks = outcome === 'rollback-failed'
  await changeLock(of.app, of.stage, lock => {
    if (leaseState(lock, of.lease) === 'lost') return {}
    return { next: blocks ? blockedBy(lock, of, reason, Date.now()) : freed(lock) }
  })
  await announce('Lock Freed', { app: of.app, stage: of.stage })
  return blocks ? 'blocked' : 'freed'
}

async function settleRelease(ended: Ended, stages: string[]): Promise<string> {
  const known = await readEnd(ended.of)
  if (known) return known.outcome
  if (stages.includes('handed over') || stages.includes('still held')) return 'to come'
  const goesOn =
    ended.releaseExecution !== ended.executionArn && (await executionStatus(ended.releaseExecution)) === 'RUNNING'
  if (goesOn) return 'to come'
  const { outcome, reason } = (await unhappyEnd(ended.of)) ?? { outcome: 'aborted', reason: ended.reason }
  return (await endRelease({ ...ended.of, execution: ended.releaseExecution, outcome, reason })).outcome
}

/** How the release ended at a stage that it did not get past. */
async function unhappyEnd(of: AttemptOf): Promise<EndEntry | undefined> {
  for (const { name: stage } of (await readPlanIfAny(of))?.stages ?? []) {
    const end = await readStageEnd({ ...of, stage })
    if (end && end.outcome !== 'released') return end
  }
  return undefined
}

function reasonOf({ status, cause, name }: z.infer<typeof executionStatusChange>['detail']): string {
  const how = { ABORTED: 'was stopped', TIMED_OUT: 'ran out of time' }[status] ?? 'ended'
  return `execution ${name} ${how}${cause ? `: ${cause}` : ''}`
}
