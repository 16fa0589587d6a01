import { isDeepStrictEqual } from 'node:util'
import type { Target } from './target.ts'
import { MARKUP, type Threat } from './threats.ts'

export type Verdict = { kind: 'withstood' } | { kind: 'harmed'; because: string }

/** Tries one threat, and looks at every answer and at the ledger before and after. */
export async function withstand(threat: Threat, target: Target): Promise<Verdict> {
  const before = await target.records()
  const answers = await threat.attack(target)
  const texts = await Promise.all(answers.map(answer => answer.text()))
  const after = await target.records()
  const because =
    (answers.length === 0 ? 'nothing was tried' : undefined) ??
    answers.map(answer => unexpected(answer, threat)).find(Boolean) ??
    texts.map(told).find(Boolean) ??
    changed(threat, before, after)
  return because ? { kind: 'harmed', because } : { kind: 'withstood' }
}

function unexpected({ status, headers }: Response, { answers }: Threat): string | undefined {
  if (!answers.includes(status)) return `answered ${status}, not ${answers.join(' or ')}`
  // An address without a route is answered by API Gateway, which no page stands behind.
  if (status === 404) return undefined
  const lacking = Object.entries(GUARDS).find(([name, part]) => !headers.get(name)?.includes(part))
  return lacking && `header ${lacking[0]} does not say ${lacking[1]}`
}

/** What every answer says to browsers, whatever it answers. */
const GUARDS = {
  'content-security-policy': "default-src 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

function told(text: string): string | undefined {
  if (text.includes(MARKUP)) return 'somebody else’s markup stands in the page as it was written'
  return /\bat (async )?[\w.<>]+ \(|node_modules|"errorType"/.test(text)
    ? 'the page tells of the code behind it'
    : undefined
}

function changed({ leaves }: Threat, before: readonly unknown[], after: readonly unknown[]): string | undefined {
  const more = decisionsIn(after) - decisionsIn(before)
  if (leaves === 'all') return isDeepStrictEqual(before, after) ? undefined : 'the ledger was changed'
  const expected = leaves === 'one decision more' ? 1 : 0
  return more === expected ? undefined : `${more} decisions more in the ledger, not ${expected}`
}

/** How many decisions the records hold, wherever in them. */
function decisionsIn(records: unknown): number {
  if (typeof records !== 'object' || records === null) return 0
  const own = 'decision' in records && 'approver' in records ? 1 : 0
  return Object.values(records).reduce<number>((sum, value) => sum + decisionsIn(value), own)
}
