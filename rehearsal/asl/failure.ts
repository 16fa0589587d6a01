import type { Catcher, Json, Retrier } from './definition.ts'

/** An error of the Amazon States Language. It travels as an exception, as the language has it: up to a Retry, a Catch or the end. */
export class StateFailure extends Error {
  readonly error: string | undefined
  readonly detail: string | undefined
  /** A further name that Retry and Catch know the error by, and nothing else does. */
  readonly alias: string | undefined

  constructor(error: string | undefined, detail?: string, alias?: string) {
    super(`${error ?? 'an unnamed error'}${detail ? `: ${detail}` : ''}`)
    this.error = error
    this.detail = detail
    this.alias = alias
  }

  /** `$states.errorOutput`. */
  errorOutput(): { [key: string]: Json } {
    return {
      ...(this.error === undefined ? {} : { Error: this.error }),
      ...(this.detail === undefined ? {} : { Cause: this.detail }),
    }
  }
}

export const QUERY_ERROR = 'States.QueryEvaluationError'
export const TIMEOUT = 'States.Timeout'
export const HEARTBEAT_TIMEOUT = 'States.HeartbeatTimeout'

const TERMINAL = ['States.DataLimitExceeded', 'States.Runtime']

/** A missed heartbeat is told as a time-out; its own name exists inside Retry and Catch alone, as AWS's guide has it. */
export function heartbeatMissed(): StateFailure {
  return new StateFailure(TIMEOUT, undefined, HEARTBEAT_TIMEOUT)
}

/** Whether a name in ErrorEquals stands for this error. */
export function matches(name: string, { error, alias }: StateFailure): boolean {
  if (name === error || (alias !== undefined && name === alias)) return true
  if (error !== undefined && TERMINAL.includes(error)) return false
  return name === 'States.ALL' || (name === 'States.TaskFailed' && error !== TIMEOUT)
}

export function catcherFor(catchers: Catcher[] | undefined, failure: StateFailure): number {
  return catchers?.findIndex(({ ErrorEquals }) => ErrorEquals.some(name => matches(name, failure))) ?? -1
}

/** The attempts that each retrier of one visit to a state has used up. */
export type RetryCounts = Map<Retrier, number>

/** The seconds until the next attempt, or undefined when there is none. The first retrier that matches decides alone. */
export function retryDelay(
  retriers: Retrier[] | undefined,
  failure: StateFailure,
  counts: RetryCounts,
  random: () => number,
): number | undefined {
  const retrier = retriers?.find(({ ErrorEquals }) => ErrorEquals.some(name => matches(name, failure)))
  if (!retrier) return undefined
  const used = counts.get(retrier) ?? 0
  if (used >= (retrier.MaxAttempts ?? 3)) return undefined
  counts.set(retrier, used + 1)
  const delay = backoff(retrier, used)
  return retrier.JitterStrategy === 'FULL' ? delay * random() : delay
}

/** The seconds before a retry when `used` attempts of the retrier are spent, without jitter. */
export function backoff(retrier: Retrier, used: number): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier
  return Math.min(IntervalSeconds * BackoffRate ** used, MaxDelaySeconds)
}
