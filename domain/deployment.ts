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

const ENDED = new Set(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'])

export function isOpen(status: string): boolean {
  return !ENDED.has(status)
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
  const why = deployment?.reason ? `: ${deployment.reason.replace(/\.$/, '')}` : ''
  switch (deployment?.status) {
    case 'SUCCESSFUL':
      return { kind: 'done' }
    case 'ROLLBACK_SUCCESSFUL':
      return {
        kind: 'failed',
        because: deployment.isLate
          ? `was not up within ${inWords(time.within)} and was taken back${why}`
          : `was taken back by ECS${why}`,
      }
    case 'ROLLBACK_FAILED':
      return { kind: 'failed', because: `failed, and so did ECS's own rollback${why}` }
    case 'STOPPED':
      return { kind: 'failed', because: `was stopped${why}` }
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
      because: `it has ${nameOf(has)} and no longer ${nameOf(recorded)}, which it had when the release looked`,
    }
  return { kind: 'free' }
}

function nameOf(taskDefinition: string): string {
  return taskDefinition.slice(taskDefinition.lastIndexOf('/') + 1)
}
