import type { HeldStage } from '../../domain/identity.ts'
import { type Lock, leaseState, lock as lockSchema } from '../../domain/lock.ts'
import { StepFailure } from '../failure.ts'
import { get, put } from './dynamodb.ts'

const key = (app: string, stage: string) => ({ pk: `STAGE#${app}#${stage}`, sk: 'LOCK' })

/** The stage's lock as it is now; a stage that was never locked has a free one. */
export async function readLock(app: string, stage: string): Promise<Lock> {
  return lockSchema.parse((await get(key(app, stage))) ?? {})
}

/** Writers of one lock that may meet; each loser reads again. */
const ROUNDS = 20

/**
 * Reads the lock, lets `decide` say what it becomes, and writes that only if nobody wrote in between; else decides again.
 * Returns what `decide` returned with the lock that stands. Throws `Transient` when it loses too often.
 */
export async function changeLock<T extends { next?: Lock | undefined }>(
  app: string,
  stage: string,
  decide: (lock: Lock) => T,
): Promise<T> {
  for (let round = 0; round < ROUNDS; round++) {
    const item = await get(key(app, stage))
    const version = Number(item?.version ?? 0)
    const decision = decide(lockSchema.parse(item ?? {}))
    if (!decision.next) return decision
    const written = await put(
      { ...key(app, stage), ...decision.next, version: version + 1 },
      item ? 'version = :version' : 'attribute_not_exists(pk)',
      item ? { ':version': version } : undefined,
    )
    if (written) return decision
  }
  throw new StepFailure('Transient', `the lock of ${app} ${stage} changed ${ROUNDS} times while it was being changed`)
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
