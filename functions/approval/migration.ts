import { html } from 'hono/html'
import type { Approval, ProposedMigration } from '../../domain/approval.ts'
import { idIn } from '../../domain/arn.ts'
import { shortDigest } from '../../domain/identity.ts'
import { CHOICES, claimTold, firstTold, wayBackTold } from '../view/database.ts'
import type { Html } from './page.ts'

/** How the database changes, and what its image claims of the way back: an entry of what changes. */
export function migrationOf({ question: { tag, migration } }: Approval): Html {
  if (!migration) return html``
  const { backup, container, image, digest, base, rollback, onRollback } = migration
  return html`<li>
<p class="change"><strong>database</strong>
<span>${backup ? 'backed up first, ' : ''}migrated by <strong>${tag}</strong> <code>${shortDigest(digest)}</code></span></p>
<p class="claim">The image ${rollback ? html`<strong>${claimTold(rollback)}</strong>` : claimTold(rollback)}.</p>
<p class="quiet">${firstTold(migration)} ${wayBackTold(onRollback)}</p>
<details id="change-database"><summary>The migration in full</summary>
<dl>
<dt>image ${image} of ${container}</dt><dd>${digest}</dd>
<dt>task definition</dt><dd>${base ? `a copy of ${idIn(base)}, with this image` : 'none is registered yet'}</dd>
</dl>
</details>
</li>`
}

/** What an approver wants of the database, should a person take this release back. */
export function databaseChoice({ question: { migration }, required }: Approval): Html {
  if (!migration || migration.choices.length === 0) return html``
  const differ = required > 1 ? ' Where those who approve choose differently, it is kept.' : ''
  return html`<fieldset class="options">
<legend>Should a person take this release back, what becomes of the database?</legend>
${migration.choices.map(option)}
<p class="quiet">A rollback that starts by itself keeps it and calls somebody.${differ}</p>
</fieldset>`
}

function option(choice: ProposedMigration['choices'][number], at: number): Html {
  const { name, means } = CHOICES[choice]
  const id = `database-${choice}`
  return html`<div class="option">
<input type="radio" name="database" id="${id}" value="${choice}" aria-describedby="${id}-means"${at === 0 && html` checked`}>
<label for="${id}">${name}</label>
<p id="${id}-means" class="quiet">${means}</p>
</div>
`
}
