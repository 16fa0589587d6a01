import type { Outcome } from '../../domain/outcome.ts'
import { type Fault, STEPS } from './catalogue.ts'
import { JOURNEYS, type JourneyName } from './journeys.ts'

/** `none`: what the journey is about has never begun. */
export type End = Outcome | 'none'

/**
 * How a journey may end when all this has happened: as any of it may end it, and as usual only where nothing of it stands
 * against that.
 */
export function allowed(journey: JourneyName, happened: readonly Fault[]): End[] {
  const usual = JOURNEYS[journey].outcome
  const ends = happened.map(fault => endsBy(journey, fault))
  const isUsual = ends.every(each => each.includes(usual))
  const stops = happened.filter(isStopped).length
  return [
    ...new Set([
      ...(isUsual ? [usual] : []),
      ...ends.flat().filter(end => end !== usual),
      // The second may meet the way back that the first has led to: then nothing is proven.
      ...(stops > 1 ? (['rollback-failed'] as const) : []),
    ]),
  ]
}

/** What is tried again makes no difference, what is stopped is taken back, and what is refused for good ends where it was refused. */
function endsBy(journey: JourneyName, fault: Fault): End[] {
  const usual = JOURNEYS[journey].outcome
  if (fault.kind === 'fail') return fault.of === 'api' ? withoutApi(journey) : withoutStep(journey, fault.name)
  if (!isStopped(fault)) return [usual]
  if (fault.name === 'TakeLease') return [usual, 'aborted', ...UNASKED[journey]]
  return isLast(fault.name) || isWayBack(journey, fault.name) || isWanted(journey, fault.name)
    ? [usual, 'aborted']
    : ['aborted']
}

/** How it ends where a rollback was stopped before it had asked for the stage: nobody has asked for anything. */
const UNASKED: Record<JourneyName, End[]> = {
  release: [],
  'automatic-rollback': [],
  'manual-rollback': ['released'],
  'rollback-after': ['none'],
  'lost-push': [],
}

const isStopped = ({ kind }: Fault) => kind === 'stop' || kind === 'outlive' || kind === 'arrive-late'

/** What was seen to serve stays, though its execution is stopped. */
const isLast = (step: string) => step === 'CloseStage' || step === 'CloseRelease'

/** A person has asked for the stage at the same moment. */
const isWanted = (journey: JourneyName, step: string) => journey === 'manual-rollback' && step === 'WatchAlarms'

const isWayBack = (journey: JourneyName, step: string) =>
  journey !== 'release' && STEPS[step]?.machines.includes('rollback') === true

/** A release that cannot do its work goes back; of what a way back cannot do, or nobody can see, nothing is proven. */
function withoutStep(journey: JourneyName, step: string): Outcome[] {
  if (step === 'CloseStage') return [JOURNEYS[journey].outcome]
  if (step === 'VerifyDeployment' || isWayBack(journey, step)) return ['rollback-failed']
  return ['failed', 'rolled-back']
}

/** Whoever of the stack asks for it, on the way up or back, or only to tidy up. */
function withoutApi(journey: JourneyName): End[] {
  return ['failed', 'rolled-back', 'rollback-failed', JOURNEYS[journey].outcome]
}
