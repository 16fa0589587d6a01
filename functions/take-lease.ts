import * as z from 'zod'
import type { Lease, StageOf } from '../domain/identity.ts'
import {
  awaited,
  endedMeanwhile,
  freed,
  type Lock,
  leaseState,
  takenOver,
  withoutRequest,
  withRequest,
} from '../domain/lock.ts'
import type { Outcome } from '../domain/outcome.ts'
import { type HandedOver, type PersonalRequest, rollbackRequest, underWay } from '../domain/rollback-request.ts'
import { announce } from './announce.ts'
import { readRelease } from './aws/ledger.ts'
import { changeLock, readLock } from './aws/lock.ts'
import { forgetRollback, type RollbackEntry, readRollback, recordRollback } from './aws/stage-ledger.ts'
import { executionStatus } from './aws/states.ts'
import { executionNameIn } from './aws/waits.ts'
import { type Failed, failed, StepFailure } from './failure.ts'
import {
  announces,
  answersTasks,
  LONGEST_FUNCTION_MS,
  type Needs,
  readsDeployments,
  readsExecutions,
  usesTable,
} from './permissions.ts'
import { readableReason } from './reason.ts'
import { choose, lookUp } from './rollback/choice.ts'
import { type Done, done } from './step.ts'
import { type Moment, type Waiting, waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'DeleteItem'),
    ...readsDeployments(site),
    readsExecutions(site),
    announces(site),
    answersTasks([site.rollbackMachine]),
  ],
  applications: true,
}

/** `taken`: the stage is this rollback's. `reported`: another one had it, and this is how that ended. */
export type Taken =
  | ({ kind: 'taken'; lease: Lease; releaseExecution: string } & Pick<
      RollbackEntry,
      'release' | 'attempt' | 'cause' | 'reason'
    >)
  | { kind: 'reported'; outcome: Outcome; reason: string }
type Looked = Done<Taken> | Failed | Waiting

/**
 * After it: the rollback holds the stage under a higher fence, whatever still runs under the old lease has lost it, and the
 * ledger says what goes back to what. A person's rollback asks a release that holds the stage to give it back, and reports
 * how that ended; it takes a free or blocked stage itself.
 */
export const handler = waitingStep({
  name: 'TakeLease',
  // Whatever a person sent is answered in a sentence.
  input: z.looseObject({ app: z.unknown().optional(), stage: z.unknown().optional() }).catch({}),
  begin: async input => {
    const asked = rollbackRequest(input)
    if (asked.kind === 'refused') throw new StepFailure('Refused', asked.because)
    return []
  },
  check: async (input, moment): Promise<Looked> => {
    const asked = rollbackRequest(input)
    if (asked.kind === 'refused') return failed('Refused', asked.because)
    if (asked.kind === 'handed-over') return takeOver(asked.request, moment)
    const looked = await takeForPerson(asked.request, moment)
    if (looked.kind === 'failed' || (looked.kind === 'done' && looked.output.kind === 'reported'))
      await forgetUntaken(asked.request, moment)
    return looked
  },
})

/** From the release or the rollback that holds it, by one conditional write; never from a release that was seen to serve. */
async function takeOver(request: HandedOver, { execution, now }: Moment): Promise<Looked> {
  const { app, stage, release, attempt, lease, cause, reason, releaseExecution } = request
  const { rollbackRequested } = await readLock(app, stage)
  const wanted: RollbackEntry = {
    ...{ app, stage, release, attempt, cause, at: now, name: executionNameIn(execution) },
    ...{ reason: readableReason(reason), tag: await tagOf(request) },
    ...(rollbackRequested && { isRequested: true }),
    ...(await goingOn(request)),
  }
  const entry = await recordRollback(wanted, lease.fence)
  const { fence, holder } = await changeLock(app, stage, lock => {
    if (lock.held?.holder === execution) return { fence: lock.fence, holder: execution }
    if (lock.held?.holder !== lease.holder || lock.fence !== lease.fence) return { holder: lock.held?.holder }
    if (lock.held.released) return { holder: lease.holder }
    const next = takenOver(lock, { holder: execution, release, attempt }, now)
    return { next, fence: next.fence, holder: execution }
  })
  if (fence === undefined)
    return failed('LeaseLost', `${stage} of ${app} now belongs to ${holder ?? 'nobody'}; nothing was changed`)
  return taken(entry, { holder: execution, fence }, releaseExecution)
}

/** A clean-up goes on with a rollback that was stopped: what a person had asked for still counts, and so does what was begun. */
async function goingOn({
  app,
  stage,
  lease,
}: HandedOver): Promise<Pick<RollbackEntry, 'goesOnWith' | 'chosen' | 'isRequested'>> {
  const stopped = await readRollback(app, stage, executionNameIn(lease.holder))
  if (!stopped) return {}
  const { name, goesOnWith = name, chosen, isRequested } = stopped
  return { goesOnWith, ...(chosen && { chosen }), ...(isRequested && { isRequested }) }
}

async function takeForPerson(request: PersonalRequest, moment: Moment): Promise<Looked> {
  const { execution, now } = moment
  const { app, stage, to } = request
  const lock = await readLock(app, stage)
  const { held } = lock
  const name = executionNameIn(execution)
  if (held?.holder === execution) {
    const mine = await readRollback(app, stage, name)
    if (mine) return taken(mine, { holder: execution, fence: lock.fence }, '')
  }
  const known = await lookUp(request)
  if (known.kind === 'refused') return refused(request, known.because)
  const meanwhile = endedMeanwhile(lock, moment)
  if (meanwhile && to === undefined) return reported(meanwhile)
  if (held && (await executionStatus(held.holder)) === 'RUNNING')
    return held.rollback ? waitFor(held.holder, request, moment) : ask(request, moment)
  // A function that was closing the stage when its execution ended may be at it still.
  if (held?.released && now < held.released.at + LONGEST_FUNCTION_MS)
    return waiting(`release ${held.release}, which is released, to leave ${stage}`)
  // A holder that has ended may have let go of the stage since that was looked at.
  if (held && !sameHolder(await readLock(app, stage), lock)) return takeForPerson(request, moment)
  const ended = held?.rollback && (await readRollback(app, stage, executionNameIn(held.holder)))?.end
  if (held && ended && ended.outcome !== 'failed' && to === undefined)
    return reported({ execution: held.holder, ...ended })
  const first = lock.rollbackRequested?.by
  if (first && first !== execution && (await executionStatus(first)) === 'RUNNING')
    return waiting(`rollback ${executionNameIn(first)}, which was asked for first`)

  const way = await choose(request, lock, known, { name, now })
  if (meanwhile && way.kind === 'already-there') return reported(meanwhile)
  if (way.kind !== 'back') return refused(request, way.because)
  const { of, chosen } = way
  const wanted: RollbackEntry = {
    ...{ ...of, cause: 'person', reason: request.reason, at: now, name, isRequested: true },
    ...(chosen && { chosen }),
  }
  const entry = await recordRollback(wanted, lock.fence)
  const { next } = await changeLock(app, stage, current => ({
    next: sameHolder(current, lock) ? takenOver(current, { ...entry, holder: execution }, now) : undefined,
  }))
  // Somebody was quicker: what is so now is looked at anew.
  if (!next) return takeForPerson(request, moment)
  const lease = { holder: execution, fence: next.fence }
  return taken(entry, lease, '', () => putBack(request, lease, lock))
}

/** Taken for an execution that had ended meanwhile: nobody else would ever let go of it, so the stage is whose it was. */
async function putBack({ app, stage }: PersonalRequest, lease: Lease, { held }: Lock): Promise<void> {
  if ((await executionStatus(lease.holder)) === 'RUNNING') return
  await changeLock(app, stage, lock =>
    leaseState(lock, lease) === 'lost' ? {} : { next: { ...freed(lock), ...(held && { held }) } },
  )
  await forgetRollback(app, stage, executionNameIn(lease.holder))
  await announce('Lock Freed', { app, stage })
}

async function waitFor(rollback: string, request: PersonalRequest, moment: Moment): Promise<Looked> {
  const { isHeld } = await changeLock(request.app, request.stage, lock => {
    const isHeld = lock.held?.holder === rollback
    const isNew = isHeld && !lock.held?.awaitedBy?.includes(moment.execution)
    return { isHeld, next: isNew ? awaited(lock, moment.execution) : undefined }
  })
  return isHeld ? waiting(`rollback ${executionNameIn(rollback)} to end`) : takeForPerson(request, moment)
}

/** It leaves no request behind, for which releases would wait, and no record of what it did not do; unless it has the stage. */
async function forgetUntaken({ app, stage }: PersonalRequest, { execution }: Moment): Promise<void> {
  const { held, next } = await changeLock(app, stage, lock => ({
    held: lock.held,
    next: lock.rollbackRequested?.by === execution ? withoutRequest(lock) : undefined,
  }))
  if (next) await announce('Lock Freed', { app, stage })
  if (held?.holder !== execution) await forgetRollback(app, stage, executionNameIn(execution))
}

function refused({ app, stage }: PersonalRequest, because: string): Failed {
  return failed('Refused', `${stage} of ${app}: ${because}; nothing was changed`)
}

const sameHolder = (a: Lock, b: Lock) => a.fence === b.fence && a.held?.holder === b.held?.holder

/** The release that holds the stage finds the request at its next look, which is at once. */
async function ask({ app, stage, reason }: PersonalRequest, { execution, now }: Moment): Promise<Looked> {
  const { held, next } = await changeLock(app, stage, lock => {
    const isNew = lock.held && !lock.held.rollback && !lock.rollbackRequested
    return { held: lock.held, next: isNew ? withRequest(lock, { reason, at: now, by: execution }) : undefined }
  })
  // Whoever asks waits at the stage himself and is woken by this: once is enough, and more would never end.
  if (next) await announce('Rollback Requested', { app, stage })
  // Whatever cleans up after it may have looked before the request stood.
  if (next && (await executionStatus(execution)) !== 'RUNNING')
    return failed('Refused', `execution ${executionNameIn(execution)} has ended, and asks for nothing any more`)
  return waiting(`release ${held?.release ?? ''} to give ${stage} back`)
}

function taken(
  { release, attempt, cause, reason }: RollbackEntry,
  lease: Lease,
  releaseExecution: string,
  ifGone?: () => Promise<void>,
): Done<Taken> {
  return done({ kind: 'taken', release, attempt, cause, reason, lease, releaseExecution }, ifGone)
}

type EndOf = Pick<NonNullable<Lock['lastRollback']>, 'execution' | 'outcome' | 'reason'>

function reported({ execution, outcome, reason }: EndOf): Done<Taken> {
  return done({
    kind: 'reported',
    outcome,
    reason: `${underWay(executionNameIn(execution))}${reason}`,
  })
}

async function tagOf(of: StageOf): Promise<string> {
  return (await readRelease(of))?.tag ?? of.release
}
