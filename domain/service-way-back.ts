import type { Service, Stage } from './application.ts'
import type { GreenDeployment } from './blue-green.ts'
import { endedBadly, graceOf, isGoingBack, LONGEST_DEREGISTRATION_MS } from './deployment.ts'
import { inWords } from './field.ts'
import { groupsOf } from './groups.ts'

/** The services of a stage in the order in which they go back: the last that changed is the first. */
export function groupsBack(stage: Pick<Stage, 'services' | 'groups'>): Service[][] {
  return groupsOf(stage)
    .toReversed()
    .map(group => group.toReversed())
}

/** `serving`: its users have it, and only what they had before has to end. */
export type BackDecision =
  | { kind: 'done' }
  | { kind: 'serving' }
  | { kind: 'waiting' }
  | { kind: 'failed'; because: string }

/**
 * How long ECS is given to take a deployment back, in ms. Where all users are on one side, only the last requests of the
 * other have to end: those of green, or of a blue that is going already, after which there is nothing to wait for.
 */
export function patienceWith({ strategy }: Pick<Service, 'strategy'>, deployment: Shifting, within: number): number {
  const isEnding = strategy === 'blue-green' && (deployment.share === 0 || deployment.lifecycleStage === 'CLEAN_UP')
  return graceOf(within) + (isEnding ? LONGEST_DEREGISTRATION_MS : 0)
}

type Shifting = Pick<GreenDeployment, 'share' | 'lifecycleStage'>

/** Where all users are on one side. */
const SHIFTED = new Set(['POST_PRODUCTION_TRAFFIC_SHIFT', 'BAKE_TIME', 'CLEAN_UP'])

/**
 * How the deployment of a previous version is doing. However late, it is never stopped: ECS would bring back what is taken
 * back. One that has not ended by the end of its grace is given up. Undefined: ECS does not show yet what it was asked for at
 * `sentAt` (ms).
 */
export function judgeBack(
  deployment: (GreenDeployment & { createdAt: number }) | undefined,
  { now, sentAt, within }: { now: number; sentAt: number; within: number },
): BackDecision {
  const ended = endedBadly(deployment)
  if (ended) return ended
  if (deployment?.status === 'SUCCESSFUL') return { kind: 'done' }
  const isServing =
    deployment?.share === 100 && SHIFTED.has(deployment.lifecycleStage ?? '') && !isGoingBack(deployment.status)
  const longest = within + graceOf(within) + (isServing ? LONGEST_DEREGISTRATION_MS : 0)
  if (now - (deployment?.createdAt ?? sentAt) < longest) return { kind: isServing ? 'serving' : 'waiting' }
  return {
    kind: 'failed',
    because: `has not ended within ${inWords(longest)} (${deployment?.status ?? 'ECS shows none'})`,
  }
}

export type OpenDecision =
  /** There is none, or none but of the target once more. */
  | { kind: 'quiet' }
  /** What is taken back is there once more. */
  | { kind: 'again' }
  | { kind: 'foreign'; because: string }

/** What open deployments mean for a service that has gone back to `target`. `late`: what was taken back. */
export function judgeOpen(
  open: readonly { arn: string; taskDefinition: string }[],
  { target, late }: { target: string; late: string | undefined },
): OpenDecision {
  if (open.some(({ taskDefinition }) => taskDefinition === late)) return { kind: 'again' }
  const foreign = open.find(({ taskDefinition }) => taskDefinition !== target)
  if (!foreign) return { kind: 'quiet' }
  const because = `somebody else is deploying ${foreign.taskDefinition} there by deployment ${foreign.arn}`
  return { kind: 'foreign', because }
}
