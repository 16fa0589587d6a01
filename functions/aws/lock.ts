import type { HeldStage } from '../../domain/identity.ts'
import { type Lock, leaseState, lock as lockSchema } from '../../domain/lock.ts'
import { StepFailure } from '../failure.ts'
import { change, get } from './dynamodb.ts'

const key = (app: string, stage: string) => ({ pk: `STAGE#${app}#${stage}`, sk: 'LOCK' })

/** The stage's lock as it is now; a stage that was never locked has a free one. */
export async function readLock(app: string, stage: string): Promise<Lock> {
  return lockSchema.parse((await get(key(app, stage))) ?? {})
}

/** Changes the lock, if `decide` gives it another state: decided anew for as long as somebody else writes in between. */
export function changeLock<T extends { next?: Lock | undefined }>(
  app: string,
  stage: string,
  decide: (lock: Lock) => T,
): Promise<T> {
  return change(key(app, stage), item => decide(lockSchema.parse(item ?? {})))
}

/** Call it before every change to the stage. Throws `LeaseLost` or `RollbackRequested`. */
export async function assertLease({ app, stage, lease }: HeldStage): Promise<void> {
  const lock = await readLock(app, stage)
  const state = leaseState(lock, lease)
  if (state === 'lost')
    throw new StepFailure(
      'LeaseLost',
      `${stage} of ${app} now belongs to ${lock.held?.holder ?? 'nobody'}; nothing was changed`,
    )
  if (state === 'rollback-requested')
    throw new StepFailure(
      'RollbackRequested',
      `a rollback of ${stage} was asked for: ${lock.rollbackRequested?.reason}`,
    )
}
