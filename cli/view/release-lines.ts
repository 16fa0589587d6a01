import type { Outcome } from '../../domain/outcome.ts'
import type { Step } from '../../functions/view/history.ts'
import type { ReleaseView, StageView } from '../../functions/view/release-view.ts'
import { detailOf, inSmall, lasted, messageIn } from '../../functions/view/sentences.ts'
import type { LiveLine } from './screen.ts'
import type { Style } from './style.ts'

const NAME = 22
const DETAIL = 46
/** A failure is told in full at the end; here it is only recognised. */
const LONGEST_DETAIL = 100

/** A release as it stands: one line a step, under its stage. */
export function releaseLines(view: ReleaseView, now: number, style: Style): LiveLine[] {
  const outside = view.outside.filter(({ state }) => state === 'failed').map(step => outsideLine(step, style))
  return [...outside, ...view.stages.flatMap(stage => stageLines(stage, view, now, style))]
}

function stageLines(stage: StageView, view: ReleaseView, now: number, style: Style): LiveLine[] {
  if (stage.steps.length + stage.rollback.length === 0) return []
  // The way back is told by its own steps.
  const steps = stage.steps.filter(({ name }) => name !== 'RollBackStage' || stage.rollback.length === 0)
  const line = (step: Step): LiveLine => {
    const sign = signOf(step, stage, style)
    const text = `${inSmall(step.name).padEnd(NAME)} ${shortened(detailOf(step, stage, view)).padEnd(DETAIL)}`
    return {
      text: `    ${sign} ${text} ${style.quiet(lasted(step, now).padStart(7))}`,
      final: step.state !== 'running',
    }
  }
  return [{ text: `  ${style.strong(stage.name)}`, final: true }, ...[...steps, ...stage.rollback].map(line)]
}

/** The steps of a rollback by itself, as far as they have come. */
export function stepLines(steps: Step[], now: number, style: Style): LiveLine[] {
  return steps.map(step => {
    const sign = { running: style.busy('◐'), failed: style.bad('✗'), done: style.busy('↩') }[step.state]
    const because = shortened(step.state === 'failed' ? messageIn(step.because ?? '') : '').padEnd(DETAIL)
    return {
      text: `    ${sign} ${inSmall(step.name).padEnd(NAME)} ${because} ${style.quiet(lasted(step, now).padStart(7))}`,
      final: step.state !== 'running',
    }
  })
}

function shortened(text: string): string {
  return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL - 1)}…` : text
}

function outsideLine(step: Step, style: Style): LiveLine {
  return { text: `  ${style.bad('✗')} ${inSmall(step.name)}`, final: true }
}

function signOf(step: Step, stage: StageView, style: Style): string {
  if (step.state === 'running') return style.busy('◐')
  if (step.state === 'failed') return style.bad('✗')
  return stage.rollback.includes(step) ? style.busy('↩') : style.good('✓')
}

/** `released`, with the sign that goes with it. */
export function outcomeWord(outcome: Outcome | undefined, style: Style): string {
  switch (outcome) {
    case undefined:
      return style.busy('◐ running')
    case 'released':
      return style.good('✓ released')
    case 'rolled-back':
      return style.busy('↩ rolled back')
    case 'superseded':
    case 'expired':
      return style.quiet(`◷ ${outcome}`)
    default:
      return style.bad(`✗ ${outcome}`)
  }
}
