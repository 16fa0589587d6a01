import { html } from 'hono/html'
import { type Approval, agreeing, type Decision, type Difference, type ProposedChange } from '../../domain/approval.ts'
import { idIn } from '../../domain/arn.ts'
import { shortDigest } from '../../domain/identity.ts'
import { CHOICES } from '../view/database.ts'
import type { Step } from '../view/history.ts'
import type { ReleaseView, StageView } from '../view/release-view.ts'
import { count, detailOf, inSmall, lasted } from '../view/sentences.ts'
import { migrationOf } from './migration.ts'
import { moment } from './moment.ts'
import { type Html, type Mark, mark, quoted } from './page.ts'

/** What each service runs and would run, and how the database would change before. */
export function changes(approval: Approval): Html {
  const { tag, services } = approval.question
  return html`<section aria-labelledby="changes">
<h2 id="changes">What changes</h2>
<ul class="changes">${services.map((change, at) => changeOf(change, tag, at))}${migrationOf(approval)}</ul>
</section>`
}

function changeOf(change: ProposedChange, tag: string, at: number): Html {
  const { service, live, base, digest, revision, differences } = change
  const more = differences.length > 0 ? ` and ${count(differences.length, 'difference')} of the task definition` : ''
  return html`<li>
<p class="change"><strong>${service}</strong>
<span>${digest === live.digest ? 'already runs' : becoming(live.digest)} <strong>${tag}</strong> <code>${shortDigest(digest)}</code></span></p>
${revision !== undefined && html`<p class="quiet">The image says that it was built from commit <code>${revision}</code>.</p>`}
<details id="change-${at}"><summary>Digests in full${more}</summary>
<dl>
<dt>image of ${change.container}</dt><dd>${fromTo(live.digest, digest)}</dd>
<dt>task definition</dt><dd>${fromTo(idIn(live.taskDefinition), `a copy of ${idIn(base)}, with this image`)}</dd>
${differences.map(differing)}
</dl>
</details>
</li>`
}

const becoming = (digest: string | undefined): Html =>
  html`<code>${digest === undefined ? 'nothing that is known' : shortDigest(digest)}</code> <span aria-hidden="true">→</span><span class="unseen">becomes</span>`

const differing = ({ path, from, to }: Difference): Html => html`<dt>${path}</dt><dd>${fromTo(from, to)}</dd>`

const fromTo = (from: string | undefined, to: string | undefined): Html =>
  html`${from !== undefined && html`<del><bdi>${from}</bdi></del>`}${to !== undefined && html`<ins><bdi>${to}</bdi></ins>`}`

/** What the stages before this one have shown. */
export function shownBefore(view: ReleaseView, stage: string, now: number): Html {
  const earlier = view.stages.slice(
    0,
    view.stages.findIndex(({ name }) => name === stage),
  )
  if (earlier.length === 0)
    return html`<section aria-labelledby="shown">
<h2 id="shown">What was seen so far</h2>
<p>Nothing yet: ${stage} is the first stage that runs this release.</p>
</section>`
  return html`${earlier.map(
    seen => html`<section aria-labelledby="shown-${seen.name}">
<h2 id="shown-${seen.name}">What ${seen.name} showed</h2>
<ul class="row">${seen.steps.map(step => html`<li>${markOf(step, seen)} ${inSmall(step.name)} <span class="took">${lasted(step, now)}</span></li>`)}</ul>
<p>${smokeResults(seen, view)}</p>
</section>`,
  )}`
}

function smokeResults(stage: StageView, view: ReleaseView): string {
  const smoke = stage.steps.find(({ name, state }) => name === 'RunSmokeTests' && state === 'done')
  if (!smoke) return 'No smoke test has passed there.'
  const results = detailOf(smoke, stage, view)
  return results === 'there are none' ? 'There are no smoke tests there.' : `Smoke tests: ${results}.`
}

export function markOf(step: Step, stage: StageView): Html {
  if (step.state === 'running') return mark('running')
  if (step.state === 'failed') return mark('failed')
  return stage.rollback.includes(step) ? mark('back', 'done on the way back') : mark('done')
}

/** Who must agree, and who has. */
export function agreement(approval: Approval, over: boolean): Html {
  const { approvers, required, stage } = approval
  const id = `agree-${stage}-${approval.round}`
  const agreed = agreeing(approval).length
  const title = over ? `Who was asked about ${stage}` : 'Who must agree'
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p>${required} of ${approvers.length} ${approvers.length === 1 ? 'person' : 'people'} ${over ? 'had to' : 'must'} approve; ${agreed === 0 ? 'nobody' : agreed} ${over ? 'did' : agreed > 1 ? 'have' : agreed === 1 ? 'has' : 'has yet'}.</p>
<ul class="people">${approvers.map(({ name }) => person(name, approval, over))}</ul>
</section>`
}

function person(name: string, { decisions }: Approval, over: boolean): Html {
  const decided = decisions.find(({ approver }) => approver === name)
  if (!decided)
    return html`<li>${mark('waiting', over ? 'silent' : 'asked')}<p>${name} <span class="quiet">${over ? 'said nothing' : 'has not said anything yet'}</span></p></li>`
  return html`<li>${decisionMark(decided)}<p>${name} ${saidSo(decided)}</p></li>`
}

function decisionMark({ decision }: Decision): Html {
  const kind: Mark = decision === 'approve' ? 'done' : 'failed'
  return mark(kind, decision === 'approve' ? 'approved' : 'rejected')
}

/** `approved on 21 Nov: “looks good”`. */
export function saidSo({ decision, at, comment, database }: Decision): Html {
  return html`${decision === 'approve' ? 'approved' : 'rejected'} it on ${moment(at)}${choiceTold(database)}${comment && html`: ${quoted(comment)}`}`
}

/** `, to undo the migration on the way back`; nothing where nobody asked. */
export const choiceTold = (database: Decision['database']): string =>
  database === undefined ? '' : `, to ${CHOICES[database].chosen} on the way back`
