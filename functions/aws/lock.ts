import type { HeldStage } from '../../domain/identity.ts'
import { closing, type Lock, leaseState, lock as lockSchema } from '../../domain/lock.ts'
import { type Failed, failed, StepFailure } from '../failure.ts'
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
export async function assertLease(of: HeldStage): Promise<void> {
  const { rollbackRequested } = await assertHeld(of)
  if (rollbackRequested)
    throw new StepFailure('RollbackRequested', `a rollback of ${of.stage} was asked for: ${rollbackRequested.reason}`)
}

/** For what has to be done even where a rollback was asked for, which comes after it. Throws `LeaseLost`. */
export async function assertHeld({ app, stage, lease }: HeldStage): Promise<Lock> {
  const lock = await readLock(app, stage)
  if (leaseState(lock, lease) !== 'lost') return lock
  const { error, because } = leaseLost({ app, stage }, lock)
  throw new StepFailure(error, because)
}

/** From now on the stage is closed as released, by whoever has it; false where the lease is lost. */
export async function claimReleased({ app, stage, lease }: HeldStage, reason: string): Promise<boolean> {
  const { next } = await changeLock(app, stage, lock =>
    leaseState(lock, lease) === 'lost' ? {} : { next: closing(lock, { reason, at: Date.now() }) },
  )
  return next !== undefined
}

export function leaseLost({ app, stage }: Pick<HeldStage, 'app' | 'stage'>, { held }: Lock): Failed {
  return failed('LeaseLost', `${stage} of ${app} now belongs to ${held?.holder ?? 'nobody'}; nothing more is changed`)
}
