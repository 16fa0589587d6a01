import { describe, expect, test } from 'vitest'
import { DATABASE, KINDS, type Kind, MADE_MS, SNAPSHOT, tagsOf, takeSnapshot, withBackup } from '../database.ts'
import { RELEASE } from '../release.ts'
import { READY, refusal, underLock } from './under-lock.ts'

const WORDS = { 'rds-instance': 'manual snapshots', 'rds-cluster': 'manual cluster snapshots' }

describe.each(['rds-instance', 'rds-cluster'] as const)('before a backup of kind %s', kind => {
  const backedUp = (own?: true) =>
    underLock({
      file: withBackup({ kind, id: DATABASE }),
      before: async world => {
        await KINDS[kind].create(world)
        await (own ? takeSnapshot(world, kind, SNAPSHOT, tagsOf(RELEASE)) : takeSnapshot(world, kind, 'another', {}))
        await world.pass(MADE_MS)
      },
    })
  const limit = ({ world }: Awaited<ReturnType<typeof backedUp>>, max: number) => {
    world.services.rds.quota[QUOTAS[kind]] = max
  }

  test('there has to be room for one more snapshot, before anything changes', async () => {
    const made = await backedUp()
    limit(made, 1)
    await expect(made.checks()).rejects.toMatchObject(
      refusal(
        `production backup: no snapshot of ${DATABASE} could be made: 1 of the 1 ${WORDS[kind]} that this account may have in this region are there; delete some that nobody needs, or have the quota raised, then: sluice retry demo 3f9c0a7f6d6a`,
      ),
    )
    expect(await made.read()).toBeUndefined()
  })

  test('there is room', async () => {
    const made = await backedUp()
    limit(made, 2)
    expect(await made.checks()).toEqual(READY)
  })

  test('there needs to be none where this release has made its snapshot', async () => {
    const made = await backedUp(true)
    limit(made, 1)
    expect(await made.checks()).toEqual(READY)
  })
})

const QUOTAS = { 'rds-instance': 'snapshots', 'rds-cluster': 'clusterSnapshots' } as const satisfies Record<
  Kind,
  string
>
