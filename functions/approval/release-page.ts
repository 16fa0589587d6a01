import { html } from 'hono/html'
import type { Approval, ApprovalEnd, Decision } from '../../domain/approval.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { readableReason } from '../reason.ts'
import type { Step } from '../view/history.ts'
import type { ReleaseView, StageView } from '../view/release-view.ts'
import { detailOf, inSmall, lasted } from '../view/sentences.ts'
import { endTold, log } from './log.ts'
import { moment, timeLeft } from './moment.ts'
import { type Html, layout, type Mark, mark, sentence } from './page.ts'
import { agreement, changes, markOf, saidSo } from './parts.ts'
import { headline, listed, missing, openQuestion, type Standing, silent } from './standing.ts'
import { trafficBars } from './traffic.ts'

/** A release and every question that it asked, as they stand. */
export interface Told {
  view: ReleaseView
  /** By stage and round. */
  approvals: Approval[]
}

/** How a release goes: nothing to decide, its stages, what people said, and what happened. */
export function releasePage({ view, approvals }: Told, lead: Html, over: string[], now: number, footer: Html): Html {
  const waitsFor = view.end ? undefined : openQuestion(approvals, now)
  const says = headline(view, approvals, now)
  const lastOf = approvals.filter(({ stage, round }) => !approvals.some(a => a.stage === stage && a.round > round))
  return layout({
    title: says,
    over,
    live: !isOver(view, approvals, now),
    main: html`<h1>${says}</h1>
${lead}
${waitsFor && changes(waitsFor)}
${lanes(view, waitsFor, now)}
${lastOf.map(approval => agreement(approval, approval !== waitsFor))}
${log(view, approvals, now)}
${end(view)}`,
    footer,
  })
}

/** Nothing on the page will change any more. */
function isOver({ end, executionArn, stoppedAt }: ReleaseView, approvals: Approval[], now: number): boolean {
  if (executionArn === undefined) return !openQuestion(approvals, now)
  return end !== undefined && stoppedAt !== undefined
}

/** One sentence on what became of the question that a personal link asked. */
export function leadOf(standing: Exclude<Standing, { kind: 'asked' }>, approval: Approval, isEnded: boolean): Html {
  if (standing.kind === 'waiting') {
    const more = missing(approval)
    const others = `${more} more ${more === 1 ? 'approval is' : 'approvals are'} needed, from ${listed(silent(approval), 'or')}.`
    return lead(html`You ${saidSo(standing.own)}. ${others}`)
  }
  const { own, end } = standing
  return lead(own ? html`You ${saidSo(own)}. ${then(own, end, approval, isEnded)}` : nothingLeft(end, approval))
}

const lead = (told: Html): Html => html`<p class="lead">${told}</p>`

/** What came after the reader had decided. */
function then({ decision }: Decision, end: ApprovalEnd, approval: Approval, isEnded: boolean): Html {
  const { stage } = approval
  if (end.kind === 'approved') return isEnded ? html`` : html`Nothing else has to be done: ${stage} goes on by itself.`
  if (decision === 'reject') return html`It ends before ${stage}.`
  return nothingLeft(end, approval)
}

function nothingLeft(end: ApprovalEnd, { stage, expiresAt }: Approval): Html {
  if (end.kind === 'expired')
    return html`This link ended on ${moment(expiresAt)}: ${sentence(end.because)} Nothing was changed.`
  if (end.kind === 'void')
    return html`There is nothing to decide by this link: ${stage} changed while people were asked, and a newer link was sent.`
  return html`There is nothing left to decide: ${endTold(end)}`
}

/** What a reader is told who decides nothing. */
export function leadOfReader({ view, approvals }: Told, now: number): Html {
  const waitsFor = view.end ? undefined : openQuestion(approvals, now)
  if (!waitsFor) return html``
  const names = listed(silent(waitsFor), 'or')
  return lead(
    html`It waits for ${names}. Whoever is asked decides by their own link; the question ends ${timeLeft(waitsFor.expiresAt - now)}, on ${moment(waitsFor.expiresAt)}.`,
  )
}

function lanes(view: ReleaseView, waitsFor: Approval | undefined, now: number): Html {
  if (view.stages.length === 0) return html`<section><h2>Stages</h2><p>The release is not planned yet.</p></section>`
  return html`<section aria-labelledby="stages">
<h2 id="stages" class="unseen">Stages</h2>
<ul class="lanes">${view.stages.map(stage => lane(stage, view, waitsFor?.stage === stage.name, now))}</ul>
</section>`
}

function lane(stage: StageView, view: ReleaseView, isAsked: boolean, now: number): Html {
  // The way back is told by its own steps.
  const steps = stage.steps.filter(({ name }) => name !== 'RollBackStage' || stage.rollback.length === 0)
  return html`<li class="lane">
<h3>${stage.name}</h3>
<p class="standing">${laneStanding(stage, isAsked)}</p>
${trafficBars(stage)}
<ol class="steps">${[...steps, ...stage.rollback].map(step => stepLine(step, stage, view, now))}</ol>
</li>`
}

const OUTCOME_MARKS: Partial<Record<Outcome, Mark>> = {
  released: 'done',
  'rolled-back': 'back',
  superseded: 'waiting',
  expired: 'waiting',
}

function laneStanding({ outcome, steps, rollback }: StageView, isAsked: boolean): Html {
  if (outcome) return html`${mark(OUTCOME_MARKS[outcome] ?? 'failed')} ${outcome.replace('-', ' ')}`
  if (isAsked) return html`${mark('waiting')} waits for approval`
  if (rollback.length > 0) return html`${mark('back', 'under way')} on the way back`
  return steps.length > 0 ? html`${mark('running')} under way` : html`not reached`
}

function stepLine(step: Step, stage: StageView, view: ReleaseView, now: number): Html {
  const told = detailOf(step, stage, view)
  const detail = step.state === 'failed' ? readableReason(told) : told
  // Nothing went wrong where a newer release came first, or where nobody said anything.
  const isLeft = step.state === 'failed' && stage.outcome && OUTCOME_MARKS[stage.outcome] === 'waiting'
  return html`<li${step.state === 'running' && html` aria-current="step"`}>${isLeft ? mark('waiting', 'left') : markOf(step, stage)} <span class="name">${inSmall(step.name)}</span> <span class="took">${lasted(step, now)}</span>${detail && html` <span class="detail"><bdi>${detail}</bdi></span>`}</li>`
}

function end({ end: ended }: ReleaseView): Html {
  if (!ended) return html``
  const { outcome, reason, at, stage } = ended
  return html`<section aria-labelledby="end">
<h2 id="end">How it ended</h2>
<p class="end">${mark(OUTCOME_MARKS[outcome] ?? 'failed')} <strong>${outcome.replace('-', ' ')}</strong>${stage && ` at ${stage}`} on ${moment(at)}: ${sentence(readableReason(reason))}</p>
</section>`
}
