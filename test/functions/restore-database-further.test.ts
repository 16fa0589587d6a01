import { describe, expect, test } from 'vitest'
import type { RollbackEntry } from '../../functions/aws/stage-ledger.ts'
import { RELEASE } from './release.ts'
import { REASON, type Restoring, restoring } from './restoring.ts'
import { undoneBy } from './restoring-again.ts'

const kept = (note: string) => ({ kind: 'done', output: { database: 'kept', note } })

describe('a person who goes further back', () => {
  /** What the stage served, with these digests, by a person's choice. */
  async function goingTo(digest: (before: string) => string, prepare?: (made: Restoring) => Promise<void>) {
    const made = await restoring(undoneBy('exit', '0'))
    const before = await made.release.records.readBefore(made.held)
    const served = before?.services['demo-api']
    if (!served) throw new Error('nothing served before')
    const target = { 'demo-api': { ...served, digests: { api: digest(served.digests.api ?? '') } } }
    const chosen: RollbackEntry['chosen'] = {
      ...{ target, to: 'v0', from: {}, at: made.world.now(), seen: {}, takesBack: true, asked: 'someone' },
    }
    const { app, stage, release, attempt } = made.held
    const name = made.held.lease.holder.slice(made.held.lease.holder.lastIndexOf(':') + 1)
    await made.release.records.recordRollback(
      { ...{ app, stage, release, attempt, name, tag: 'v2' }, ...{ cause: 'person', reason: REASON, at: 1, chosen } },
      3,
    )
    await prepare?.(made)
    return made
  }

  test('keeps the database, and reads why', async () => {
    const { begin, tasks } = await goingTo(() => 'sha256:older')
    expect(await begin()).toMatchObject(
      kept(
        'The database has the new schema. It is kept as it is, since the stage goes to v0, ' +
          'which is not what it served before this migration; there is no backup',
      ),
    )
    expect(tasks()).toHaveLength(0)
  })

  test('than a later release that has migrated it, too, keeps it', async () => {
    const { begin } = await goingTo(
      before => before,
      async ({ world, release, records, held }) => {
        const later = { ...held, attempt: 2 }
        const at = world.now() + 1
        const entry = {
          at,
          asked: { at },
          cluster: 'demo',
          taskDefinition: 'demo-migrations:1',
          container: 'migrate',
          startedBy: 'sluice/2',
        }
        await records.recordIntent(later, 'migration', entry)
        const { app, stage } = later
        await release.records.recordHistory(app, stage, 9, {
          ...{ kind: 'taken-back', at, release: later.release, attempt: 2, tag: 'v3' },
        })
      },
    )
    expect(await begin()).toMatchObject({
      output: {
        database: 'kept',
        note: expect.stringContaining(`since release ${RELEASE} (v3) has migrated it since`),
      },
    })
  })

  test('by this one release undoes its migration', async () => {
    const { ended } = await goingTo(before => before)
    expect(await ended()).toMatchObject({ output: { database: 'undone' } })
  })
})
