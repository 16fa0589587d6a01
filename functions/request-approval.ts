import * as z from 'zod'
import { type Approval, type ApprovalEnd, expiryOf, type Meanwhile, overtaken } from '../domain/approval.ts'
import { type StageOf, stageOf } from '../domain/identity.ts'
import { atGate, decideGate, type GateDecision, type LockWish, leftGate, roundOf, voided } from '../domain/lock.ts'
import type { ApprovalRule } from '../domain/people.ts'
import { announce } from './announce.ts'
import { newLinkId } from './approval/links.ts'
import { mailLinks } from './approval/mail.ts'
import { questionNow, readsQuestion } from './approval/question.ts'
import { changeApproval, type RoundOf, readApproval, recordApproval } from './aws/approvals.ts'
import { type EndEntry, readEnd } from './aws/ledger.ts'
import { changeLock, readLock } from './aws/lock.ts'
import { endRelease } from './end-release.ts'
import { type FailureName, failed } from './failure.ts'
import { announces, answersTasks, type Needs, SIGNING, signsLinks, TELLING, tells, usesTable } from './permissions.ts'
import { howToUnlock } from './reason.ts'
import { readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { tell } from './tell.ts'
import { tellEnd } from './tell-end.ts'
import { turnOf } from './turn.ts'
import { type Moment, waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'DeleteItem'),
    announces(site),
    ...readsQuestion(site),
    answersTasks([site.releaseMachine]),
    signsLinks(site),
    tells(site),
    { actions: ['sns:Publish'], resources: [site.links] },
  ],
  environment: site => ({ ...SIGNING(site), ...TELLING(site), LINKS: site.links }),
}

const input = stageOf.extend({ order: z.number() })
type Input = z.infer<typeof input>

/**
 * After it: so many approvers as the application file asks for have agreed to exactly what would change now (`approved`), or
 * the stage has changed while they thought, so that they have to be asked again (`void`), or they could be asked only now and
 * are waited for anew (`again`). It holds no lock meanwhile.
 */
export const handler = waitingStep({
  name: 'RequestApproval',
  input,
  begin: async (of: Input, moment) => {
    if (await readEnd(of)) return []
    const wish = await wishOf(of, moment)
    const { older, decision, round } = await changeLock(of.app, of.stage, lock => {
      const decision = decideGate(lock, wish)
      const older = Object.values({ ...lock.gate, ...lock.waiters }).some(other => other.order < wish.order)
      const isNew = !(wish.holder in lock.gate) && (decision.kind === 'ask' || decision.kind === 'wait')
      return { older, decision, round: roundOf(lock, wish.holder), next: isNew ? atGate(lock, wish) : undefined }
    })
    // Those who wait here and are older look at once, and find that they were superseded; in a queue they were not.
    if (older && !wish.turn) await announce('Release Arrived', { app: of.app, stage: of.stage })
    // Whoever comes again sends what an interruption has left unsent.
    if (decision.kind === 'ask') await send((await ask({ ...of, round }, moment)).standing)
    return []
  },
  check: async (of: Input, moment) => {
    const lock = await readLock(of.app, of.stage)
    const wish = await wishOf(of, moment)
    const decision = decideGate(lock, wish)
    const round = { ...of, round: roundOf(lock, wish.holder) }
    const known = await readApproval(round)
    const isToAsk = !known && decision.kind === 'ask'
    const { standing: asked = known, isNew } = isToAsk ? await ask(round, moment) : { isNew: false }
    // Of two who are woken at once, one sends.
    if (isNew) await send(asked)
    const over = await readEnd(of)
    if (over) return withdraw(of, over, wish.holder)
    if (decision.kind === 'blocked')
      return failed(
        'StageBlocked',
        `${of.stage} is blocked since the rollback of release ${decision.release} failed: ${decision.reason} ${howToUnlock(of.app, of.stage)}`,
      )
    if (!asked && decision.kind === 'wait')
      return waiting(`${of.stage}: ${decision.for}; approvers are asked when that is over`)
    if (!asked) return failed('Superseded', `${supersededBy(decision, of)}; nothing was changed`)
    await tellDecisions(asked)
    // While somebody changes the stage, nothing can be said of what it will be.
    const isChanged = decision.kind === 'ask' && !asked.end && (await questionNow(of)).hash !== asked.hash
    const ended = await end(round, {
      now: moment.now,
      supersededBy: supersededBy(decision, of),
      changed: isChanged ? `${of.stage} has changed since the question was asked` : undefined,
    })
    if (ended) return conclude(round, ended, wish.holder)
    if (asked.askedAt - moment.entered > LATE_MS) return done({ kind: 'again', round: round.round })
    return waiting(`${asked.required - asked.decisions.length} more to approve ${of.stage}`)
  },
})

/** People who were asked so long after the state was entered are waited for in a new entry: its heartbeats end with their time. */
const LATE_MS = 60_000

/** The question of this round, which is asked once; nothing where the release has ended. `isNew`: it was asked by this. */
async function ask(of: RoundOf, { now }: Moment): Promise<{ standing?: Approval; isNew: boolean }> {
  if (await readEnd(of)) return { isNew: false }
  return recordApproval((await readApproval(of)) ?? (await approvalOf(of, now)))
}

/** Sends every approver the link, and tells everybody that they are asked. */
async function send(asked: Approval | undefined): Promise<void> {
  if (!asked || asked.end) return
  await mailLinks(asked)
  await tell(about(asked), { kind: 'approval-requested', stage: asked.stage, round: asked.round })
}

async function approvalOf({ app, release, attempt, stage, round }: RoundOf, now: number): Promise<Approval> {
  const of = { app, release, attempt, stage }
  const rule = await ruleOf(of)
  return {
    ...{ ...of, round, ...(await questionNow(of)), required: rule.required },
    ...{ askedAt: now, expiresAt: expiryOf(rule, now), decisions: [] },
    approvers: rule.approvers.map(approver => ({ ...approver, link: newLinkId() })),
  }
}

async function ruleOf(of: StageOf): Promise<ApprovalRule> {
  const { stage } = await readStagePlan(of)
  if (!stage.approval) throw new Error(`the plan asks nobody to approve ${of.stage}`)
  return stage.approval
}

/** Whoever ended the release found nothing of what was written here since: it is taken back as well. */
async function withdraw(of: Input, { outcome, reason }: EndEntry, execution: string) {
  await endRelease({ ...of, execution, outcome, reason })
  await tellEnd(of)
  return failed('Refused', `${of.stage}: ${reason}; nothing was changed`)
}

/** How this round has ended by now; written once. Undefined while it is open. */
async function end(of: RoundOf, meanwhile: Meanwhile): Promise<ApprovalEnd | undefined> {
  const { end } = await changeApproval(of, approval => {
    const end = overtaken(approval, meanwhile)
    return { end, next: end && !approval.end ? { ...approval, end } : undefined }
  })
  return end
}

const FAILURES: Record<Exclude<ApprovalEnd['kind'], 'approved' | 'void'>, FailureName> = {
  rejected: 'Rejected',
  expired: 'ApprovalExpired',
  superseded: 'Superseded',
  // Only an execution that somebody set going again after its end finds its question so.
  ended: 'Refused',
}

async function conclude(of: RoundOf, ended: ApprovalEnd, execution: string) {
  const standing = await readApproval(of)
  if (standing) {
    await tellDecisions(standing)
    await tellAnswer(standing, ended)
  }
  if (ended.kind === 'void') {
    // It keeps its place at the gate. After the record, so that no round is left that people could still answer in vain.
    await changeLock(of.app, of.stage, lock => ({ next: voided(lock, execution, of.round) }))
    return done({ kind: 'void', round: of.round })
  }
  await changeLock(of.app, of.stage, lock => ({ next: execution in lock.gate ? leftGate(lock, execution) : undefined }))
  return ended.kind === 'approved'
    ? done({ kind: 'approved', round: of.round })
    : failed(FAILURES[ended.kind], `${of.stage}: ${ended.because}; nothing was changed`)
}

async function tellDecisions(approval: Approval): Promise<void> {
  for (const { approver, decision, comment } of approval.decisions)
    await tell(about(approval), {
      kind: 'approval-decided',
      ...{ stage: approval.stage, round: approval.round, approver, decision, comment },
    })
}

async function tellAnswer(approval: Approval, end: ApprovalEnd): Promise<void> {
  await tell(about(approval), { kind: 'approval-ended', stage: approval.stage, round: approval.round, end })
}

function about({ app, release, attempt, question }: Approval) {
  return { app, release, attempt, tag: question.tag }
}

function supersededBy(decision: GateDecision, { stage }: Input): string | undefined {
  return decision.kind === 'superseded' ? `${decision.by} came first at ${stage}` : undefined
}

async function wishOf(of: Input, { execution }: Moment): Promise<LockWish> {
  const { release, attempt, order } = of
  return { holder: execution, release, attempt, order, turn: await turnOf(of) }
}
