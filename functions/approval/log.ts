import { html } from 'hono/html'
import { type Approval, type ApprovalEnd, type Decision, overtaken } from '../../domain/approval.ts'
import { readableReason } from '../reason.ts'
import type { Step } from '../view/history.ts'
import type { ReleaseView, StageView } from '../view/release-view.ts'
import { detailOf, inSmall } from '../view/sentences.ts'
import { moment } from './moment.ts'
import { type Html, quoted, sentence } from './page.ts'
import { choiceTold } from './parts.ts'
import { listed } from './standing.ts'

interface Entry {
  at: number
  told: Html
}

/** What happened, in sentences and in order. */
export function log(view: ReleaseView, approvals: Approval[], now: number): Html {
  const isSettled = (name: string) => approvals.some(({ stage, end }) => stage === name && end)
  const steps = view.stages.flatMap(stage => stepEntries(stage, view, isSettled(stage.name)))
  const entries = [...started(view), ...steps, ...outside(view)]
  const asked = approvals.flatMap(approval => approvalEntries(approval, now))
  const inOrder = [...entries, ...asked].sort((a, b) => a.at - b.at)
  return html`<section aria-labelledby="log">
<h2 id="log">What happened</h2>
<p class="quiet">Times are those of <span data-zone>UTC</span>.</p>
<ol class="log">${inOrder.map(({ at, told }) => html`<li>${moment(at, 'log')} <span>${told}</span></li>`)}</ol>
</section>`
}

function started({ startedAt, tag, attempt }: ReleaseView): Entry[] {
  if (startedAt === undefined) return []
  return [{ at: startedAt, told: html`Release ${tag} started${attempt > 1 && ` once more: attempt ${attempt}`}.` }]
}

function stepEntries(stage: StageView, view: ReleaseView, asked: boolean): Entry[] {
  // The questions tell what people said, and the way back is told by its own steps.
  const told = ['RollBackStage', ...(asked ? ['RequestApproval'] : [])]
  return [...stage.steps, ...stage.rollback].flatMap(step =>
    step.to === undefined || told.includes(step.name)
      ? []
      : [{ at: step.to, told: html`${stage.name}: ${stepTold(step, stage, view)}` }],
  )
}

function outside({ outside: steps }: ReleaseView): Entry[] {
  return steps.flatMap(({ name, state, to, because = '' }) =>
    state === 'failed' && to !== undefined
      ? [{ at: to, told: html`${inSmall(name)} failed: ${sentence(readableReason(because))}` }]
      : [],
  )
}

/** What is true once a step is done; a step without a sentence is told by its name. */
const DONE: Record<string, string> = {
  LockStage: 'this release holds the stage',
  CheckPreconditions: 'what runs there was looked at',
  BackUpDatabase: 'the database was backed up',
  RunMigrations: 'the database was migrated',
  DeployNewVersion: 'the new version runs',
  RunSmokeTests: 'the smoke tests passed',
  ShiftTraffic: 'its users came to the new version',
  WatchAlarms: 'the new version was watched',
  CompleteDeployment: 'the old version was given up',
  VerifyDeployment: 'what runs was compared with the plan',
  CloseStage: 'the stage is free again',
  TakeLease: 'the way back took the stage over',
  StopDeployments: 'open deployments were stopped',
  RestorePrevious: 'the previous version was brought back',
  RestoreDatabase: 'the database was seen to',
}

function stepTold(step: Step, stage: StageView, view: ReleaseView): Html {
  const name = inSmall(step.name)
  if (step.state === 'failed') return html`${name} failed: ${sentence(readableReason(step.because ?? ''))}`
  const detail = detailOf(step, stage, view)
  return html`${DONE[step.name] ?? `${name} is done`}${detail && html`: <bdi>${detail}</bdi>`}.`
}

function approvalEntries(approval: Approval, now: number): Entry[] {
  const { stage, round, askedAt, approvers, decisions } = approval
  const again = round > 1 ? ' again' : ''
  const names = listed(approvers.map(({ name }) => name))
  const end = overtaken(approval, { now })
  const isSaid = decisions.some(({ at }) => at === end?.at)
  return [
    { at: askedAt, told: html`${stage}: ${names} ${approvers.length > 1 ? 'were' : 'was'} asked${again}.` },
    ...decisions.map(decision => ({
      at: decision.at,
      told: html`${stage}: ${decision.approver} ${decided(decision)}.`,
    })),
    ...(end && !isSaid ? [{ at: endedAt(approval, end), told: html`${stage}: ${endTold(end)}` }] : []),
  ]
}

const decided = ({ decision, comment, database }: Decision): Html =>
  html`${decision === 'approve' ? 'approved' : 'rejected'}${choiceTold(database)}${comment && html`: ${quoted(comment)}`}`

const endedAt = ({ expiresAt }: Approval, { kind, at }: ApprovalEnd) => (kind === 'expired' ? expiresAt : at)

/** Why a question is over, whoever reads it. */
export function endTold({ kind, because }: ApprovalEnd): Html {
  switch (kind) {
    case 'approved':
      return html`the question was ${sentence(because)}`
    case 'rejected':
    case 'expired':
    case 'superseded':
      return sentence(because)
    case 'void':
      return html`the question is void: ${sentence(because)}`
    case 'ended':
      return html`the release ended: ${sentence(because)}`
  }
}
