import { describe, expect, test } from 'vitest'
import { DATABASE, MADE_MS, SNAPSHOT, takeSnapshot } from '../database.ts'
import type { World } from '../world.ts'
import { aWayBack, BESIDE, instances } from './beside.ts'

describe('a database beside the running one', () => {
  test('that has no logs cannot be restored to a moment, and that is said', async () => {
    const { world, begin } = await aWayBack('rds-instance', { restoreFrom: 'moment' })
    const does = { fail: 'PointInTimeRestoreNotEnabledFault', message: 'backups are off' }
    world.services.faults.add({ service: 'rds', operation: 'RestoreDBInstanceToPointInTime', does })
    await world.pass(6 * 60_000)
    await expect(begin()).rejects.toMatchObject({ message: expect.stringContaining('PointInTimeRestoreNotEnabled') })
  })

  test('is not taken for ours where somebody else has the name', async () => {
    const { world, begin } = await aWayBack('rds-instance')
    const input = { DBInstanceIdentifier: BESIDE, DBSnapshotIdentifier: SNAPSHOT }
    await world.ask(world.services.rds, 'RestoreDBInstanceFromDBSnapshot', input)
    await expect(begin()).rejects.toMatchObject({
      name: 'RollbackFailed',
      message: `no database was restored beside ${DATABASE}: there is a database ${BESIDE} already, which is not ours; snapshot ${SNAPSHOT} of ${DATABASE} is there to restore one from by hand`,
    })
  })

  test('that RDS refuses says why, and what to restore from by hand', async () => {
    const { world, begin } = await aWayBack('rds-instance')
    const does = { fail: 'InstanceQuotaExceededFault', message: 'no more instances.' }
    world.services.faults.add({ service: 'rds', operation: 'RestoreDBInstanceFromDBSnapshot', does })
    await expect(begin()).rejects.toMatchObject({
      name: 'RollbackFailed',
      message: expect.stringMatching(
        `^no database was restored beside ${DATABASE}: RDS refuses it \\(InstanceQuotaExceeded: no more instances\\); snapshot ${SNAPSHOT}`,
      ),
    })
  })

  test('that RDS is not done with in time has failed, and is left', async () => {
    const { world, begin, check } = await aWayBack('rds-instance')
    await begin()
    world.services.rds.operations.DescribeDBInstances = () => ({
      DBInstances: [{ DBInstanceIdentifier: BESIDE, DBInstanceStatus: 'creating', DBInstanceClass: 'db.t4g.small' }],
    })
    await world.pass(30 * 60_000 - 1_000)
    expect(await check()).toMatchObject({ kind: 'open' })
    await world.pass(1_000)
    expect(await check()).toMatchObject({
      kind: 'failed',
      because: expect.stringContaining(`RDS is not done with database ${BESIDE}, which is creating after 30m`),
    })
  })

  test('that RDS could not make has failed', async () => {
    const { world, begin, check } = await aWayBack('rds-instance')
    await begin()
    world.services.rds.operations.DescribeDBInstances = () => ({
      DBInstances: [{ DBInstanceIdentifier: BESIDE, DBInstanceStatus: 'incompatible-restore', DBInstanceClass: 'x' }],
    })
    expect(await check()).toMatchObject({
      kind: 'failed',
      because: expect.stringContaining(`database ${BESIDE} is incompatible-restore; snapshot ${SNAPSHOT}`),
    })
  })

  test.each<[string, (world: World) => Promise<unknown>, string]>([
    [
      'is gone',
      world => world.ask(world.services.rds, 'DeleteDBSnapshot', { DBSnapshotIdentifier: SNAPSHOT }),
      `snapshot ${SNAPSHOT} of ${DATABASE} is not there any more`,
    ],
    [
      'was replaced by somebody',
      async world => {
        await world.ask(world.services.rds, 'DeleteDBSnapshot', { DBSnapshotIdentifier: SNAPSHOT })
        await takeSnapshot(world, 'rds-instance', SNAPSHOT, {})
        await world.pass(MADE_MS)
      },
      `what is called snapshot ${SNAPSHOT} now is not what this release made of ${DATABASE}`,
    ],
  ])('is not restored from a snapshot that %s, and none is promised', async (_, changes, because) => {
    const { world, begin } = await aWayBack('rds-instance', {}, changes)
    await expect(begin()).rejects.toMatchObject({
      ...{ name: 'RollbackFailed', message: `no database was restored beside ${DATABASE}: ${because}` },
    })
    expect(await instances(world)).toHaveLength(1)
  })

  test('that RDS refuses promises no snapshot that is gone', async () => {
    const { world, begin } = await aWayBack('rds-instance', { restoreFrom: 'moment' }, async world => {
      await world.ask(world.services.rds, 'DeleteDBSnapshot', { DBSnapshotIdentifier: SNAPSHOT })
    })
    const does = { fail: 'PointInTimeRestoreNotEnabledFault', message: 'backups are off' }
    world.services.faults.add({ service: 'rds', operation: 'RestoreDBInstanceToPointInTime', does })
    await world.pass(6 * 60_000)
    await expect(begin()).rejects.toMatchObject({
      message: expect.stringMatching(/backups are off\); snapshot \S+ of demo-db is not there any more$/),
    })
  })

  test('is not asked for by who has lost the stage', async () => {
    const { world, release, begin } = await aWayBack('rds-instance')
    await release.loseLease()
    await expect(begin()).rejects.toMatchObject({ name: 'LeaseLost' })
    expect(await instances(world)).toHaveLength(1)
  })
})
