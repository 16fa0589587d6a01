import { html } from 'hono/html'
import type { Approval } from '../../domain/approval.ts'
import type { ReleaseView } from '../view/release-view.ts'
import { COMMENT_LIMIT } from './form.ts'
import { databaseChoice } from './migration.ts'
import { moment, timeLeft } from './moment.ts'
import { type Html, layout } from './page.ts'
import { agreement, changes, shownBefore } from './parts.ts'
import { whatApproveDoes } from './standing.ts'

/** The page of somebody who may decide: what is asked, what speaks for it, and two buttons. It never moves by itself. */
export function askedPage(approval: Approval, approver: string, view: ReleaseView, now: number, footer: Html): Html {
  const { app, stage, tag } = approval.question
  const asks = `Release ${tag} of ${app} to ${stage}?`
  return layout({
    title: asks,
    over: [app, stage],
    main: html`<h1>${asks}</h1>
${changes(approval)}
${shownBefore(view, stage, now)}
${agreement(approval, false)}
${form(approval, approver, now)}`,
    footer,
  })
}

function form(approval: Approval, approver: string, now: number): Html {
  return html`<form method="post">
<fieldset>
<legend>Your decision, ${approver}</legend>
${databaseChoice(approval)}
<label for="comment">Comment <span class="quiet">(optional; everybody who follows this release reads it)</span></label>
<textarea id="comment" name="comment" rows="3" maxlength="${COMMENT_LIMIT}"></textarea>
<div class="choice">
<button class="strong" name="decision" value="approve">Approve</button>
<button name="decision" value="reject">Reject</button>
</div>
<p>${whatApproveDoes(approval, approver)} Reject ends this release here, whoever else has approved.</p>
<p class="quiet">This link ends ${timeLeft(approval.expiresAt - now)}, on ${moment(approval.expiresAt)}.</p>
</fieldset>
</form>`
}
