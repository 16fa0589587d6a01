import type { Stage } from './application.ts'
import { endedBadly, graceOf, isGoingBack, isOpen, type ServiceDeployment, whyOf } from './deployment.ts'
import { inWords } from './field.ts'
import { groupsOf } from './groups.ts'
import { leastOf } from './watch.ts'

/** A deployment that shifts traffic, as far as a decision needs it. */
export interface GreenDeployment extends ServiceDeployment {
  /** Where it is; ECS's own word, which may be one that we do not know. */
  lifecycleStage?: string
  /** Percent of the users' traffic that ECS has asked for the new revision. */
  share: number
  /** Ids of the PAUSE hooks that wait for an answer. */
  awaiting: string[]
}

/** In ECS's order. */
const LIFECYCLE = [
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

/** Where Sluice has a deployment wait for it: to test green, to let users in, and to watch them. */
export const PAUSES = [
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
] as const satisfies (typeof LIFECYCLE)[number][]
export type Pause = (typeof PAUSES)[number]
/** Where a green is to come next: to a pause, or to its end. */
export type Goal = Pause | 'SUCCESSFUL'

export type GreenDecision =
  /** It waits there for these hooks to be answered. */
  | { kind: 'paused'; hookIds: string[] }
  /** It has left its goal behind, whoever answered. */
  | { kind: 'beyond' }
  | { kind: 'waiting' }
  /** It is late and has to be taken back. */
  | { kind: 'stop' }
  /** ECS is taking it back; how that ends is not known yet. */
  | { kind: 'going-back'; because: string }
  | { kind: 'failed'; because: string }

/**
 * Where a green is on its way to its goal. Facts first, the deadline second. `answered`: hooks that have been answered; ECS may
 * show them a moment longer. Undefined: ECS shows no deployment yet.
 */
export function judgeGreen(
  deployment: GreenDeployment | undefined,
  goal: Goal,
  answered: readonly string[],
  time: { now: number; since: number; within: number },
): GreenDecision {
  const ended = endedBadly(deployment, `was not ready within ${inWords(time.within)}`)
  if (ended) return ended
  if (deployment?.status === 'SUCCESSFUL') return { kind: 'beyond' }
  const passed = time.now - time.since
  const late = passed >= time.within
  const said = deployment ? `${deployment.status}, ${deployment.lifecycleStage ?? 'no stage yet'}` : 'ECS shows none'
  const givenUp: GreenDecision | false = passed >= time.within + graceOf(time.within) && {
    kind: 'failed',
    because: `has not ended within ${inWords(time.within + graceOf(time.within))} (${said})`,
  }
  if (deployment && isGoingBack(deployment.status))
    return givenUp || { kind: 'going-back', because: `is being taken back by ECS${whyOf(deployment)}` }
  const at = deployment?.lifecycleStage ?? ''
  const hookIds = (deployment?.awaiting ?? []).filter(hookId => !answered.includes(hookId))
  if (at === goal && hookIds.length > 0) return { kind: 'paused', hookIds }
  if (goal !== 'SUCCESSFUL' && isAfter(at, goal)) return { kind: 'beyond' }
  return givenUp || (late && deployment && isOpen(deployment.status) ? { kind: 'stop' } : { kind: 'waiting' })
}

function isAfter(stage: string, pause: Pause): boolean {
  return (LIFECYCLE as readonly string[]).indexOf(stage) > LIFECYCLE.indexOf(pause)
}

/** One PAUSE hook of ours, as UpdateService takes it. */
export interface PauseHook {
  targetType: 'PAUSE'
  lifecycleStages: [Pause]
  timeoutConfiguration: { timeoutInMinutes: number; action: 'ROLLBACK' }
}

/** For retries of ours and of AWS's, in each pause. */
const MARGIN_MS = 15 * 60_000
const SMOKE_MS = 5 * 60_000

/**
 * The three pauses of a green. If nobody answers one in time, ECS takes the deployment back: so each lasts as long as all
 * that may happen before its answer, over all services of the stage, and a margin.
 */
export function hooksFor(stage: Stage): PauseHook[] {
  const { within } = stage.deploy
  const groups = groupsOf(stage)
  const groupsWith = (strategy: string) =>
    groups.filter(group => group.some(service => service.strategy === strategy)).length
  const shifts = groupsWith('blue-green') * within
  const watched = stage.watch ? leastOf(stage.watch) + stage.watch.extend : 0
  const lasts: Record<Pause, number> = {
    POST_TEST_TRAFFIC_SHIFT: within + groupsWith('rolling') * within + SMOKE_MS,
    PRE_PRODUCTION_TRAFFIC_SHIFT: within + shifts,
    POST_PRODUCTION_TRAFFIC_SHIFT: shifts + watched,
  }
  return PAUSES.map(pause => ({
    targetType: 'PAUSE',
    lifecycleStages: [pause],
    timeoutConfiguration: { timeoutInMinutes: Math.ceil((lasts[pause] + MARGIN_MS) / 60_000), action: 'ROLLBACK' },
  }))
}

/** A lifecycle hook as ECS describes it. */
interface DescribedHook {
  targetType?: string | undefined
  lifecycleStages?: readonly string[] | undefined
  timeoutConfiguration?: { timeoutInMinutes?: number | undefined; action?: string | undefined } | undefined
}

/** ECS keeps no name of a PAUSE hook: one that is exactly like one of these is one of them. */
export function isOneOf(hooks: readonly PauseHook[], hook: DescribedHook): boolean {
  return hooks.some(
    ({ lifecycleStages: [pause], timeoutConfiguration: { timeoutInMinutes, action } }) =>
      isPauseAt(hook, pause) &&
      hook.lifecycleStages?.length === 1 &&
      hook.timeoutConfiguration?.timeoutInMinutes === timeoutInMinutes &&
      hook.timeoutConfiguration.action === action,
  )
}

/** Whether it makes a deployment wait there. */
export function isPauseAt(hook: DescribedHook, pause: Pause): boolean {
  return hook.targetType === 'PAUSE' && (hook.lifecycleStages ?? []).includes(pause)
}
