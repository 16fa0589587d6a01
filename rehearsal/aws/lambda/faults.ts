import { AwsError } from '../service.ts'
import { type Answer, exited, timedOut } from './answers.ts'
import type { Version } from './functions.ts'

/**
 * What goes wrong with an invocation by a rehearsal's choice. `crash-after` and `time-out` let the function do all that it
 * does and lose its answer; with `crash-before` it does nothing; `throttle` and `internal-error` do not even accept the invocation.
 * With `twice`, two environments run it at the same time, and the caller has the answer that comes first. With `kill-host`, every
 * environment ends between this function's first request to AWS and the answer to it; or with its own answer, where it asks AWS nothing.
 */
export type Fault = 'crash-before' | 'crash-after' | 'time-out' | 'throttle' | 'internal-error' | 'twice' | 'kill-host'

/** Decided per attempt, with the payload's JSON; undefined: nothing goes wrong. */
export type Faults = (version: Pick<Version, 'name' | 'version'>, payload: string) => Fault | undefined

/** Throws for an invocation that is not even accepted. */
export function demandAccepted(fault: Fault | undefined): void {
  if (fault === 'throttle') {
    const members = { Reason: 'ConcurrentInvocationLimitExceeded', Type: 'User' }
    throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, members)
  }
  if (fault === 'internal-error')
    throw new AwsError('ServiceException', 'The service encountered an internal error.', 500, { Type: 'Service' })
}

interface Attempt {
  id: string
  seconds: number
  /** Ends every environment; once, however often it is called. */
  killHost: () => Promise<void>
}

/** The answer that a fault leaves of the function's own; `ask` runs the function. */
export async function withFault(
  fault: Fault | undefined,
  { id, seconds, killHost }: Attempt,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  if (fault === undefined) return ask()
  if (fault !== 'crash-before') await ask()
  if (fault === 'kill-host') await killHost()
  return fault === 'time-out' ? timedOut(id, seconds) : exited(id, 'signal: killed')
}

/** The answer that comes first; nobody hears how the other delivery ends, which goes on. */
export function deliverTwice(deliver: () => Promise<Answer>): Promise<Answer> {
  return Promise.race([deliver(), deliver()])
}
