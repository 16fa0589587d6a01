import { inWords } from '../../domain/field.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { Transition } from '../../events/notification.ts'
import type { Step } from '../view/history.ts'
import type { ReleaseView, StageView } from '../view/release-view.ts'
import { detailOf, inSmall, lasted } from '../view/sentences.ts'
import { because, escaped, listed, literal } from './markup.ts'
import { endLine, type SlackMessage, section, WORDS } from './message.ts'

const LONGEST_REASON = 1_500
const LONGEST_DETAIL = 160
const LONGEST_STEPS = 1_400

/** What happened, in one sentence of Slack's text. */
export function sentenceOf(transition: Transition): string {
  switch (transition.kind) {
    case 'release-started':
      return 'The release started.'
    case 'approval-requested':
      return transition.round === 1
        ? `The approvers of ${transition.stage} are asked.`
        : `The approvers of ${transition.stage} are asked again${inRound(transition.round)}: what it runs has changed since.`
    case 'approval-decided': {
      const { approver, decision, stage, round, comment } = transition
      return `${escaped(approver)} ${WORDS[decision]} ${stage}${inRound(round)}${comment ? `: ${literal(comment, LONGEST_REASON)}` : '.'}`
    }
    case 'approval-ended':
      return `${transition.stage}${inRound(transition.round)}: ${endLine(transition.end)}`
    case 'stage-started':
      return `${transition.stage} is being changed.`
    case 'traffic-shifted': {
      const watched = transition.watchFor === undefined ? '' : `; it is watched for ${inWords(transition.watchFor)}`
      return `All users of ${transition.stage} see the new version, and the old one stays warm${watched}.`
    }
    case 'stage-released':
      return `${transition.stage} serves the new version.`
    case 'rolling-back':
      return `${transition.stage} goes back: ${because(transition.reason, LONGEST_REASON)}`
    case 'rollback-ended':
      return `The rollback of ${transition.stage} ended: ${endOf(transition.outcome, transition.reason)}`
    case 'database-kept':
      return `${transition.stage} goes back, and somebody has to decide on its database: ${because(transition.because, LONGEST_REASON)}`
    case 'trouble':
      return `${transition.stage}: ${because(transition.because, LONGEST_REASON)}`
    case 'release-ended':
      return `The release ended: ${endOf(transition.outcome, transition.reason)}`
  }
}

/** Whoever is asked again may say the same again. */
const inRound = (round: number) => (round > 1 ? ` (round ${round})` : '')

function endOf(outcome: Outcome, reason: string): string {
  return `${outcome.replace('-', ' ')}. ${because(reason, LONGEST_REASON)}`.trim()
}

/** After these, what the stage's steps did is worth reading. */
const WITH_STEPS: Transition['kind'][] = ['stage-released', 'rolling-back', 'release-ended']

/** One transition's reply in the thread: the sentence and, where a stage came to something, its steps so far. */
export function reply(transition: Transition, view: ReleaseView | undefined, now: number): SlackMessage {
  const sentence = sentenceOf(transition)
  const stage = 'stage' in transition ? view?.stages.find(({ name }) => name === transition.stage) : undefined
  const lines = view && stage && WITH_STEPS.includes(transition.kind) ? stepLines(stage, view, now) : []
  const steps = listed(lines, { longest: LONGEST_STEPS, between: '\n' })
  return { text: sentence, blocks: [section(steps ? `${sentence}\n${steps}` : sentence)] }
}

function stepLines(stage: StageView, view: ReleaseView, now: number): string[] {
  // The way back is told by its own steps.
  const steps = stage.steps.filter(({ name }) => name !== 'RollBackStage' || stage.rollback.length === 0)
  // Nobody edits a reply: what still runs would stand there as running for ever.
  const ended = [...steps, ...stage.rollback].filter(({ state }) => state !== 'running')
  return ended.map(step => {
    const detail = literal(detailOf(step, stage, view), LONGEST_DETAIL)
    return [signOf(step, stage), inSmall(step.name), detail, lasted(step, now)].filter(part => part !== '').join(' ')
  })
}

function signOf(step: Step, { rollback }: StageView): string {
  if (step.state === 'failed') return '✗'
  return rollback.includes(step) ? '↩' : '✓'
}
