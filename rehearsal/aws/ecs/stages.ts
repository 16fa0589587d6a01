/** The stages of a blue/green deployment, in their order; the first is left out where one revision at most is active. */
export const STAGES = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP',
] as const
export type Stage = (typeof STAGES)[number]

export function hasReached(stage: Stage, which: Stage): boolean {
  return STAGES.indexOf(stage) >= STAGES.indexOf(which)
}

export function stageAfter(stage: Stage): Stage | undefined {
  return STAGES[STAGES.indexOf(stage) + 1]
}

/** What decides when a stage is over. */
export interface StageFacts {
  stage: Stage
  enteredAt: number
  /** The least that a stage takes. */
  stageMs: number
  bakeMs: number
  /** A hook of this stage has not been answered. */
  paused: boolean
  /** Every green task is healthy. */
  greenIsUp: boolean
  /** No task runs of a revision that is neither blue nor green. */
  reconciled: boolean
}

/** The moment from which the stage may be left; undefined while it waits for anything but time. */
export function stageEnd(facts: StageFacts): number | undefined {
  const { stage, enteredAt, stageMs, bakeMs } = facts
  const waits =
    facts.paused ||
    (stage === 'RECONCILE_SERVICE' && !facts.reconciled) ||
    (stage === 'SCALE_UP' && !facts.greenIsUp) ||
    stage === 'CLEAN_UP'
  if (waits) return undefined
  return enteredAt + (stage === 'BAKE_TIME' ? bakeMs : stageMs)
}
