import type { DescribeDBClustersCommandOutput, DescribeDBInstancesCommandOutput } from '@aws-sdk/client-rds'
import { expect } from 'vitest'
import type { Moment } from '../../../functions/waiting-step.ts'
import { createPostgres } from '../../../rehearsal/fleet/postgres.ts'
import { aStageWith, DATABASE, enterBackup, type Kind, MADE_MS } from '../database.ts'
import { EXECUTION, RELEASE } from '../release.ts'
import type { World } from '../world.ts'

/** What the restored database is called. */
export const BESIDE = `${DATABASE}-${RELEASE}-1`

/** A stage that was backed up by its release, which is to be taken back now. Its database is real where `fill` puts something in. */
export async function aWayBack(kind: Kind, over: object = {}, fill?: (world: World) => Promise<unknown>) {
  const migrate = { taskDefinition: 'migrations', container: 'migrate', image: 'api', onRollback: 'restore', ...over }
  const { world, release, stage } = await aStageWith(
    kind,
    { within: '30m' },
    { migrate },
    fill ? { postgres: createPostgres() } : {},
  )
  const entry = await enterBackup({ world, release })
  await entry.begin()
  await world.pass(MADE_MS)
  expect(await entry.begin({ retry: 1 })).toMatchObject({ kind: 'done' })

  const { readBackup } = await import('../../../functions/aws/database-ledger.ts')
  const { beginRestore, checkRestore } = await import('../../../functions/backup/restore-beside.ts')
  const backup = await readBackup(release.held)
  if (!backup) throw new Error('there is no backup')
  await fill?.(world)
  await world.pass(2_000)
  const before = world.now() + 234
  await world.pass(2_000)
  // However long ago the way back began.
  const entered = 0
  const moment = (): Moment => ({ now: world.now(), entered, execution: EXECUTION })
  const begin = () => beginRestore(release.held, stage, { backup, before })
  const check = () => checkRestore(release.held, stage, moment())
  const turn = async () => {
    await begin()
    return check()
  }
  /** Another way back that takes the stage over. */
  const later = async () => {
    const lease = { holder: `${EXECUTION}-later`, fence: 2 }
    await release.changeLock(lock => ({ ...lock, fence: 2, held: { ...release.held, holder: lease.holder, since: 0 } }))
    const of = { ...release.held, lease }
    await beginRestore(of, stage, { backup, before })
    return checkRestore(of, stage, moment())
  }
  return { world, release, before, begin, check, turn, later }
}

export const instances = async ({ ask, services: { rds } }: World) =>
  (await ask<DescribeDBInstancesCommandOutput>(rds, 'DescribeDBInstances', {})).DBInstances ?? []
export const clusters = async ({ ask, services: { rds } }: World) =>
  (await ask<DescribeDBClustersCommandOutput>(rds, 'DescribeDBClusters', {})).DBClusters ?? []
