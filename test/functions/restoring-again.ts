import { expect } from 'vitest'
import { blockedBy, takenOver } from '../../domain/lock.ts'
import type { RollbackEntry } from '../../functions/aws/stage-ledger.ts'
import { EXECUTION } from './release.ts'
import type { Restoring, Settling } from './restoring.ts'
import { type Entry, enter } from './waiting.ts'

/** Ways back of a stage after another one. */

/** A migration that went well, which this command undoes. */
export const undoneBy = (...command: string[]): Settling => ({
  ended: 'succeeded',
  migrate: { onRollback: 'down', down: { command, image: 'new' } },
})
export const undone = (note: string) => ({ kind: 'done', output: { database: 'undone', note } })
export const UNDONE = undone('The migration was undone: its down command ended with 0')
export const UNDONE_EARLIER = undone('The migration was undone on an earlier way back; nothing was run again')
export const nameIn = (execution: string) => execution.slice(execution.lastIndexOf(':') + 1)

type Chosen = NonNullable<RollbackEntry['chosen']>

/** A person rolls the stage back once more, after it was left blocked. */
export async function personRollsBack(
  { world, release, held }: Restoring,
  { by = 'again', chosen }: { by?: string; chosen?: Chosen } = {},
): Promise<Entry> {
  const holder = `${held.lease.holder}-${by}`
  await release.changeLock(lock => takenOver(blockedBy(lock, held, 'it failed', world.now()), { ...held, holder }, 1))
  const { app, stage, attempt } = held
  const { fence } = await release.lock()
  await release.records.recordRollback(
    {
      ...{ app, stage, release: held.release, attempt, name: nameIn(holder), tag: 'v2', cause: 'person' },
      ...{ reason: 'the down command is mended', at: world.now(), isRequested: true, ...(chosen && { chosen }) },
    },
    fence,
  )
  const { handler } = await import('../../functions/restore-database.ts')
  return enter(world, handler, { ...held, lease: { holder, fence } }, holder)
}

/** The rollback was stopped, and a clean-up takes the stage over from it. */
export async function cleanedUp({ world, release, held }: Restoring): Promise<Entry> {
  const before = await release.lock()
  const holder = `${before.held?.holder}-c`
  const lease = { holder: before.held?.holder ?? '', fence: before.fence }
  const { handler: takeLease } = await import('../../functions/take-lease.ts')
  const input = { ...held, lease, cause: 'aborted', reason: 'execution was stopped', releaseExecution: EXECUTION }
  expect(await (await enter(world, takeLease, input, holder)).begin()).toMatchObject({ output: { kind: 'taken' } })
  const { fence } = await release.lock()
  const { handler } = await import('../../functions/restore-database.ts')
  return enter(world, handler, { ...held, lease: { holder, fence } }, holder)
}

/** What the stage is to serve by a person's choice: `digest` of what it served before, or of something else. */
export async function going(
  made: Restoring,
  to: string,
  digest: (before: string) => string,
  more: Partial<Chosen> = {},
) {
  const served = (await made.release.records.readBefore(made.held))?.services['demo-api']
  if (!served) throw new Error('nothing served before')
  const target = { 'demo-api': { ...served, digests: { api: digest(served.digests.api ?? '') } } }
  return {
    ...{ target, to, from: {}, at: made.world.now(), seen: {}, takesBack: true, asked: 'someone', ...more },
  } satisfies Chosen
}
