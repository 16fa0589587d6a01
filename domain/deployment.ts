import { idIn } from './arn.ts'
import { inWords } from './field.ts'

/** A service deployment as ECS records it, as far as a decision needs it. */
export interface ServiceDeployment {
  arn: string
  /** ECS's own word; a word we do not know counts as still going. */
  status: string
  reason?: string
  /** Sluice has asked ECS to take it back, since it was late. */
  isLate?: boolean
}

/** How long ECS is given for what must follow (a rollback, the end of old tasks), whatever little a deployment is given. */
export function graceOf(within: number): number {
  return Math.max(within, 15 * 60_000)
}

/** A load balancer may let the last requests of what users have left end for so long. */
export const LONGEST_DEREGISTRATION_MS = 3_600_000

export type RollingDecision =
  | { kind: 'done' }
  | { kind: 'waiting' }
  | { kind: 'stop' }
  | { kind: 'failed'; because: string }

const ENDED_BADLY: Record<string, string> = {
  ROLLBACK_SUCCESSFUL: 'was taken back by ECS',
  ROLLBACK_FAILED: "failed, and so did ECS's own rollback",
  STOPPED: 'was stopped',
}
const GOING_BACK = new Set(['STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'])

export function isOpen(status: string): boolean {
  return status !== 'SUCCESSFUL' && !(status in ENDED_BADLY)
}

/** Whether ECS takes it back already; of a status that we do not know, we do not know that. */
export function isGoingBack(status: string): boolean {
  return GOING_BACK.has(status)
}

/** How a deployment ended that did not succeed; undefined where it did, or goes on. `late`: what it had not done in time. */
export function endedBadly(
  deployment: ServiceDeployment | undefined,
  late = '',
): { kind: 'failed'; because: string } | undefined {
  const how = ENDED_BADLY[deployment?.status ?? '']
  if (!deployment || !how) return undefined
  const isLate = deployment.isLate && late && deployment.status === 'ROLLBACK_SUCCESSFUL'
  return { kind: 'failed', because: `${isLate ? `${late} and was taken back` : how}${whyOf(deployment)}` }
}

/** What ECS says about it, after a colon; empty where it says nothing. */
export function whyOf({ reason }: Pick<ServiceDeployment, 'reason'>): string {
  return reason ? `: ${reason.replace(/\.$/, '')}` : ''
}

/**
 * Facts first, the deadline second: a deployment that made it late has made it. One that is late is stopped; one that has
 * not even ended by the end of its grace is given up, so that nothing waits for ever. Undefined: ECS shows none yet.
 */
export function judgeRolling(
  deployment: ServiceDeployment | undefined,
  time: { now: number; since: number; within: number },
): RollingDecision {
  const passed = time.now - time.since
  const late = passed >= time.within
  const open: RollingDecision =
    passed >= time.within + graceOf(time.within)
      ? {
          kind: 'failed',
          because: `has not ended within ${inWords(time.within + graceOf(time.within))} (${deployment?.status ?? 'ECS shows none'})`,
        }
      : { kind: 'waiting' }
  const ended = endedBadly(deployment, `was not up within ${inWords(time.within)}`)
  if (ended) return ended
  switch (deployment?.status) {
    case 'SUCCESSFUL':
      return { kind: 'done' }
    case 'PENDING':
    case 'IN_PROGRESS':
      return late && open.kind === 'waiting' ? { kind: 'stop' } : open
    default:
      return open
  }
}

/** What a service has as it is about to be given a new version; task definitions, and a deployment by its ARN. */
export interface StartFacts {
  has: string
  /** What it had when the release looked at the stage. */
  recorded: string
  /** The release's own; undefined: it has registered none. */
  revision: string | undefined
  /** A deployment that is open. */
  running: string | undefined
}

export type StartDecision = { kind: 'free' } | { kind: 'begun' } | { kind: 'foreign'; because: string }

/** Whether it is still as the release found it, or has the release's own version already; or what somebody else has done. */
export function judgeStart({ has, recorded, revision, running }: StartFacts): StartDecision {
  if (has === revision) return { kind: 'begun' }
  if (running !== undefined)
    return { kind: 'foreign', because: `deployment ${running}, which is not ours, has begun since the release looked` }
  if (has !== recorded)
    return {
      kind: 'foreign',
      because: `it has ${idIn(has)} and no longer ${idIn(recorded)}, which it had when the release looked`,
    }
  return { kind: 'free' }
}
