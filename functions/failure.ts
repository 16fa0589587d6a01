import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'

/**
 * The error names that a step ends with. The state machines catch by them, so they are literals: bundlers rename classes.
 * `LeaseLost` the stage belongs to somebody else; `RollbackRequested` a person wants it back; `Superseded` a newer release
 * came first; `Rejected` and `ApprovalExpired` its approvers said no, or nothing; `StageBlocked` a rollback failed there;
 * `ChangedAgain` a call of the old lease came late, and the way back is gone once more; `Refused` a person asked for what
 * cannot be; `Transient` worth another try; the rest say which step's question was answered with no.
 */
export const FAILURE_NAMES = [
  'LeaseLost',
  'RollbackRequested',
  'Superseded',
  'Rejected',
  'ApprovalExpired',
  'StageBlocked',
  'PlanFailed',
  'PreconditionFailed',
  'BackupFailed',
  'MigrationFailed',
  'DeploymentFailed',
  'ForeignDeployment',
  'SmokeTestFailed',
  'WatchFailed',
  'VerificationFailed',
  'RollbackFailed',
  'ChangedAgain',
  'Refused',
  'Transient',
] as const
export type FailureName = (typeof FAILURE_NAMES)[number]

/** Ends a step with a name that the state machine catches and a sentence that a person can act on. */
export class StepFailure extends Error {
  override readonly name: FailureName

  constructor(name: FailureName, because: string) {
    super(because)
    this.name = name
  }
}

export type Failed = { kind: 'failed'; error: FailureName; because: string }

export function failed(error: FailureName, because: string): Failed {
  return { kind: 'failed', error, because }
}

/** AWS says no, and would say it again. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && '$fault' in error && error.$fault === 'client' && asTransient(error) === error
}

/** Throttling, a server's error and a lost connection are worth another try; the state machine knows them by one name. */
export function asTransient(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  if (error instanceof StepFailure) return error
  const known = error as Parameters<typeof isServerError>[0]
  return isThrottlingError(known) || isServerError(known) || isTransientError(known)
    ? new StepFailure('Transient', `${error.name}: ${error.message}`)
    : error
}
