import { type Approval, type ApprovalEnd, agreeing, type Decision, overtaken } from '../../domain/approval.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { ReleaseView } from '../view/release-view.ts'

/** What somebody finds behind a personal link: may they still decide, and what did they decide? */
export type Standing =
  | { kind: 'asked' }
  | { kind: 'waiting'; own: Decision }
  | { kind: 'over'; end: ApprovalEnd; own?: Decision }

export function standingOf(approval: Approval, approver: string, now: number): Standing {
  const own = approval.decisions.find(decision => decision.approver === approver)
  const end = overtaken(approval, { now })
  if (end) return { kind: 'over', end, ...(own && { own }) }
  return own ? { kind: 'waiting', own } : { kind: 'asked' }
}

/** The question that the release waits for now, if it waits for people. */
export function openQuestion(approvals: Approval[], now: number): Approval | undefined {
  return approvals.find(approval => !overtaken(approval, { now }))
}

/** `Ana`, `Ana and Bo`, `Ana, Bo and Cy`. */
export function listed(names: string[], and: 'and' | 'or' = 'and'): string {
  const last = names.at(-1) ?? ''
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} ${and} ${last}` : last
}

/** Names of those who have not said anything. */
export function silent({ approvers, decisions }: Approval): string[] {
  return approvers.map(({ name }) => name).filter(name => !decisions.some(({ approver }) => approver === name))
}

/** How many more must approve. */
export function missing(approval: Approval): number {
  return Math.max(0, approval.required - agreeing(approval).length)
}

/** What Approve does, said before it is pressed. */
export function whatApproveDoes(approval: Approval, approver: string): string {
  const { stage, migration } = approval.question
  const more = missing(approval) - 1
  const others = silent(approval).filter(name => name !== approver)
  const what = migration
    ? ['migrate its database and deploy', 'migrates its database and deploys']
    : ['deploy', 'deploys']
  if (more <= 0) return `Approve lets ${stage} ${what[0]} these digests; nothing else has to be done.`
  const who = more === others.length ? listed(others) : `${more} of ${listed(others)}`
  return `Once ${who} ${more === 1 ? 'has' : 'have'} approved too, ${stage} ${what[1]} these digests by itself.`
}

const ENDINGS: Record<Outcome, string> = {
  released: 'is released',
  'rolled-back': 'was rolled back',
  failed: 'failed',
  rejected: 'was rejected',
  expired: 'was not approved in time',
  superseded: 'was superseded by a newer release',
  aborted: 'was stopped',
  'rollback-failed': 'could not be rolled back',
}

/** The page's first sentence about a release that nobody here has to decide on. */
export function headline({ app, tag, end }: ReleaseView, approvals: Approval[], now: number): string {
  const what = `${tag} of ${app}`
  if (end) return `${what} ${ENDINGS[end.outcome]}${end.stage ? ` at ${end.stage}` : ''}`
  const waitsFor = openQuestion(approvals, now)
  if (waitsFor) return `${what} waits for approval of ${waitsFor.stage}`
  const no = approvals.map(approval => overtaken(approval, { now })?.kind).find(isNo)
  return `${what} ${no ? ENDINGS[no] : 'is on its way'}`
}

/** Whether a question that ended so ends its release too. */
function isNo(kind: ApprovalEnd['kind'] | undefined): kind is 'rejected' | 'expired' | 'superseded' {
  return kind === 'rejected' || kind === 'expired' || kind === 'superseded'
}
