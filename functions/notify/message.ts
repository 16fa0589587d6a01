import { type Approval, agreeing } from '../../domain/approval.ts'
import { shortDigest } from '../../domain/identity.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { claimTold, firstTold, wayBackTold } from '../view/database.ts'
import { because, escaped, linked, listed, literal, moment } from './markup.ts'
import { type Standing, type State, signOf } from './standing.ts'

/** A message as Slack takes it. */
export interface SlackMessage {
  /** What notifications and old clients show. */
  text: string
  blocks: object[]
}

/** Slack takes 3,000 characters in one text. */
const LONGEST_TEXT = 3_000
const LONGEST_REASON = 1_000
/** Of a name that is not ours: a tag has up to 128 characters. */
const LONGEST_NAME = 160

/** The one message of a release, or of a rollback that a person started. `link`: where everybody sees it. */
export function channelMessage(standing: Standing, link: string): SlackMessage {
  const { state } = standing
  const headline = headlineOf(standing)
  const reason = state.kind === 'ended' && state.outcome !== 'released' ? because(state.reason, LONGEST_REASON) : ''
  const claims = standing.claims.map(({ image, claim }) => `Image ${escaped(image)} ${claimTold(claim)}.`)
  const claimed = listed(claims, { longest: 600, between: ' ' })
  const lines = [`*${headline}*`, what(standing), claimed, reason].filter(line => line !== '')
  const asked = state.kind === 'asked' ? state.approval : undefined
  return {
    text: headline,
    blocks: [
      section(lines.join('\n')),
      ...(standing.stages.length > 0 ? [context(row(standing.stages))] : []),
      ...(asked ? [section(whoIsAsked(asked)), button('Decide', link)] : [context(linked(link, 'The release'))]),
    ],
  }
}

function headlineOf({ of, tag, state, isRollback }: Standing): string {
  const tagged = name(tag)
  return isRollback
    ? `${signOf(state)} ${of.app}: the rollback of ${tagged} ${rollbackPredicate(state)}`
    : `${signOf(state)} ${of.app} ${tagged} ${predicate(state)}`
}

function predicate(state: State): string {
  switch (state.kind) {
    case 'starting':
      return 'is about to be released'
    case 'waiting':
      return `waits for its turn at ${state.stage}`
    case 'asked':
      return `waits for a decision on ${state.stage}`
    case 'under-way':
      return `is being released to ${state.stage}`
    case 'going-back':
      return `is being taken back from ${state.stage}`
    case 'ended':
      return ENDS[state.outcome](state.stage ? ` at ${state.stage}` : '')
  }
}

const ENDS: Record<Outcome, (at: string) => string> = {
  released: () => 'is released',
  'rolled-back': at => `was rolled back${at}`,
  failed: at => `failed${at}`,
  rejected: at => `was rejected${at}`,
  expired: at => `was not decided in time${at}`,
  superseded: at => `gave way to a newer release${at}`,
  aborted: at => `was stopped${at}`,
  'rollback-failed': at => `could not be taken back${at}: the stage is closed`,
}

function rollbackPredicate(state: State): string {
  if (state.kind !== 'ended') return 'stage' in state ? `is under way at ${state.stage}` : 'is under way'
  const at = state.stage ? ` at ${state.stage}` : ''
  switch (state.outcome) {
    case 'rolled-back':
      return `is done${at}`
    case 'aborted':
      return `was stopped, and was finished by a clean-up${at}`
    case 'rollback-failed':
      return `failed${at}: the stage is closed`
    default:
      return `found nothing to take back${at}`
  }
}

/** The tag, what it stands for, and the commits that the images claim. */
function what({ tag, digests, commits }: Standing): string {
  const images = Object.entries(digests).map(([image, digest]) => `${image} ${literal(shortDigest(digest))}`)
  const built =
    commits.length > 0
      ? ` · commit ${listed(
          commits.map(commit => literal(commit)),
          { longest: 300, between: ', ' },
        )}`
      : ''
  return `${name(tag)} · ${listed(images, { longest: 900, between: ' · ' })}${built}`
}

function row(stages: Standing['stages']): string {
  return listed(
    stages.map(stage => `${stage.sign} ${stage.name}`),
    { longest: LONGEST_TEXT, between: '   ' },
  )
}

function whoIsAsked(approval: Approval): string {
  const decided = agreeing(approval)
  const open = approval.approvers.filter(approver => !decided.includes(approver.name))
  const people = open.map(({ name, slack }) => (slack ? `<@${slack}>` : escaped(name)))
  const sofar = decided.length > 0 ? ` ${decided.map(escaped).join(' and ')} approved already.` : ''
  return `${people.join(', ')}: may it go to ${escaped(approval.stage)}? ${approval.required} must approve.${sofar}`
}

/** What one approver is asked in a direct message, and later, that there is nothing to decide any more. */
export function directMessage(approval: Approval, approver: string, link: { url: string; text: string }): SlackMessage {
  const { question, stage, end } = approval
  const asks = `Release ${name(question.tag)} of ${question.app} to ${stage}?`
  const own = approval.decisions.find(each => each.approver === approver)
  const isOpen = !end && !own
  const changes = question.services.map(
    ({ service, live, digest }) =>
      `• ${escaped(service)}: ${literal(shortDigest(live.digest ?? 'nothing known'))} → ${literal(shortDigest(digest))}`,
  )
  const until = isOpen ? `Your link works until ${moment(approval.expiresAt)}.` : ''
  const outcome = own && !end ? `You ${WORDS[own.decision]}; others are still asked.` : end ? endLine(end) : ''
  return {
    text: isOpen ? asks : `${asks} ${outcome}`,
    blocks: [
      section(
        [`*${asks}*`, listed(changes, { longest: 1_000, between: '\n' }), database(question), outcome, until]
          .filter(each => each !== '')
          .join('\n'),
      ),
      isOpen ? button('Decide', link.url) : context(linked(link.url, link.text)),
    ],
  }
}

function database({ migration }: Approval['question']): string {
  if (!migration) return ''
  const { rollback, onRollback } = migration
  return `${escaped(firstTold(migration))} The image ${claimTold(rollback)}. ${wayBackTold(onRollback)}`
}

/** What an approver has done, in a sentence. */
export const WORDS = { approve: 'approved', reject: 'rejected' } as const

/** How the question ended, with what people wrote beside it. */
export function endLine({ kind, because }: NonNullable<Approval['end']>): string {
  return `${ENDED[kind]} ${literal(because, LONGEST_REASON)}`.trim()
}

const ENDED: Record<NonNullable<Approval['end']>['kind'], string> = {
  approved: 'Approved:',
  rejected: 'Rejected:',
  expired: 'Nobody may decide any more:',
  superseded: 'Nothing to decide any more:',
  void: 'Asked again, since the stage changed:',
  ended: 'Nothing to decide any more:',
}

/** A tag, as somebody wrote it. */
export const name = (tag: string) => literal(tag, LONGEST_NAME)

export const section = (text: string) => ({ type: 'section', text: mrkdwn(text) })
export const context = (text: string) => ({ type: 'context', elements: [mrkdwn(text)] })
const button = (text: string, url: string) => ({
  type: 'actions',
  elements: [{ type: 'button', action_id: 'open', style: 'primary', text: { type: 'plain_text', text }, url }],
})
/** `verbatim`: Slack makes no links and mentions of what looks like one. */
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true })
