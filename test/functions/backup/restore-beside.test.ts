import type {
  DBCluster,
  DBInstance,
  DescribeDBClustersCommandOutput,
  DescribeDBInstancesCommandOutput,
} from '@aws-sdk/client-rds'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import type { Moment } from '../../../functions/waiting-step.ts'
import {
  aStageWith,
  DATABASE,
  enterBackup,
  type Kind,
  MADE_MS,
  rdsArn,
  SNAPSHOT,
  tagsOf,
  takeSnapshot,
} from '../database.ts'
import { EXECUTION, RELEASE } from '../release.ts'
import type { World } from '../world.ts'

const BESIDE = `${DATABASE}-${RELEASE}-1`

/** A stage that was backed up by its release, which is to be taken back now. */
async function aWayBack(kind: Kind, over: object = {}, prepare: (world: World) => Promise<unknown> = async () => {}) {
  const migrate = { taskDefinition: 'migrations', container: 'migrate', image: 'api', onRollback: 'restore', ...over }
  const { world, release, stage } = await aStageWith(kind, { within: '30m' }, { migrate })
  const entry = await enterBackup({ world, release })
  await entry.begin()
  await world.pass(MADE_MS)
  expect(await entry.begin({ retry: 1 })).toMatchObject({ kind: 'done' })

  const { readBackup } = await import('../../../functions/aws/database-ledger.ts')
  const { beginRestore, checkRestore } = await import('../../../functions/backup/restore-beside.ts')
  const backup = await readBackup(release.held)
  if (!backup) throw new Error('there is no backup')
  await prepare(world)
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

const instances = async ({ ask, services: { rds } }: World) =>
  (await ask<DescribeDBInstancesCommandOutput>(rds, 'DescribeDBInstances', {})).DBInstances ?? []
const clusters = async ({ ask, services: { rds } }: World) =>
  (await ask<DescribeDBClustersCommandOutput>(rds, 'DescribeDBClusters', {})).DBClusters ?? []

const tagsIn = ({ TagList = [] }: DBInstance | DBCluster) =>
  Object.fromEntries(TagList.map(({ Key = '', Value }) => [Key, Value]))

/** What a restored database has of the one that it stands beside. */
function carried(found: DBInstance | undefined) {
  return {
    class: found?.DBInstanceClass,
    subnets: found?.DBSubnetGroup?.DBSubnetGroupName,
    groups: found?.VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId),
    parameters: found?.DBParameterGroups?.map(({ DBParameterGroupName }) => DBParameterGroupName),
    isPublic: found?.PubliclyAccessible,
  }
}

async function query(world: World, instance: string, sql: string): Promise<unknown[]> {
  const client = new Client({
    ...{ host: '127.0.0.1', port: world.services.rds.port(instance), database: 'demo' },
    ...{ user: 'demo', password: 'only-for-tests' },
  })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** The moments that RDS is asked to restore, whatever it is asked of. */
function momentsAsked({ services: { rds } }: World, operation: string): Date[] {
  const asked: Date[] = []
  const restore = rds.operations[operation]
  rds.operations[operation] = (input, caller) => {
    asked.push(input.RestoreTime ?? input.RestoreToTime)
    return restore?.(input, caller) ?? {}
  }
  return asked
}

describe('an instance', () => {
  test('is restored beside the running one, with its class and groups, and known by its tags', async () => {
    const { world, begin, check } = await aWayBack('rds-instance')
    const [running] = await instances(world)
    expect(await begin()).toEqual([rdsArn(`db:${BESIDE}`)])
    expect(await check()).toEqual({ kind: 'open', for: `database ${BESIDE}, which is creating` })
    await world.pass(10 * 60_000)
    expect(await check()).toEqual({ kind: 'done', id: BESIDE })
    const found = await instances(world)
    expect(found).toHaveLength(2)
    const [same, beside] = [DATABASE, BESIDE].map(id => found.find(each => each.DBInstanceIdentifier === id))
    expect(beside).toMatchObject({ DBInstanceIdentifier: BESIDE, DBInstanceStatus: 'available' })
    expect(carried(beside)).toEqual(carried(running))
    expect(tagsIn(beside ?? {})).toEqual(tagsOf(RELEASE))
    expect(same).toEqual({ ...running, LatestRestorableTime: same?.LatestRestorableTime })
  })

  test('is restored once, however often it is asked for', async () => {
    const { world, begin, turn } = await aWayBack('rds-instance')
    const operation = 'RestoreDBInstanceFromDBSnapshot'
    world.services.faults.add({ service: 'rds', operation, does: 'throttle' })
    await expect(begin()).rejects.toMatchObject({ name: 'Throttling' })
    world.services.faults.add({ service: 'rds', operation, does: 'lose-answer' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(await turn()).toMatchObject({ kind: 'open' })
    await world.pass(10 * 60_000)
    expect(await turn()).toEqual({ kind: 'done', id: BESIDE })
    expect(await instances(world)).toHaveLength(2)
  })

  test('of the moment before the migration is asked for once RDS can restore that, and holds what was there then', async () => {
    const { world, before, begin, check, turn } = await aWayBack('rds-instance', { restoreFrom: 'moment' }, world =>
      query(world, DATABASE, 'create table people as select generate_series(1, 3) as id'),
    )
    await query(world, DATABASE, 'insert into people select generate_series(4, 7)')
    const asked = momentsAsked(world, 'RestoreDBInstanceToPointInTime')
    await begin()
    expect(await check()).toEqual({ kind: 'open', for: `database ${BESIDE}` })
    expect(asked).toEqual([])
    await world.pass(6 * 60_000)
    expect(await turn()).toMatchObject({ kind: 'open', for: `database ${BESIDE}, which is creating` })
    expect(asked).toEqual([new Date(Math.floor(before / 1_000) * 1_000)])
    await world.pass(10 * 60_000)
    expect(await turn()).toEqual({ kind: 'done', id: BESIDE })
    expect(asked).toHaveLength(1)
    const count = 'select count(*)::int as people from people'
    expect(await query(world, BESIDE, count)).toEqual([{ people: 3 }])
    expect(await query(world, DATABASE, count)).toEqual([{ people: 7 }])
  })

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

  test('for which AWS has no room now is asked for again', async () => {
    const { world, begin, check, turn } = await aWayBack('rds-instance')
    const does = { fail: 'InsufficientDBInstanceCapacityFault' }
    world.services.faults.add({ service: 'rds', operation: 'RestoreDBInstanceFromDBSnapshot', does })
    await begin()
    expect(await check()).toMatchObject({ kind: 'open' })
    await turn()
    await world.pass(10 * 60_000)
    expect(await turn()).toMatchObject({ kind: 'done' })
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

  test('that was made by an earlier way back says when that was', async () => {
    const { world, turn, later } = await aWayBack('rds-instance')
    await turn()
    await world.pass(20 * 86_400_000)
    const beside = (await instances(world)).find(each => each.DBInstanceIdentifier === BESIDE)
    expect(await turn()).toEqual({ kind: 'done', id: BESIDE })
    expect(await later()).toEqual({ kind: 'done', id: BESIDE, earlier: Number(beside?.InstanceCreateTime) })
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

describe('a cluster', () => {
  test('is restored with an instance like the writer, and done once that is there', async () => {
    const { world, release, turn, begin } = await aWayBack('rds-cluster')
    const [running] = await clusters(world)
    const [writer] = await instances(world)
    expect(await begin()).toEqual([rdsArn(`cluster:${BESIDE}`), rdsArn(`db:${BESIDE}-1`)])
    expect(await turn()).toMatchObject({ kind: 'open', for: expect.stringContaining(BESIDE) })
    expect(await instances(world)).toHaveLength(1)
    await world.pass(4 * 60_000)
    await release.loseLease()
    await expect(turn()).rejects.toMatchObject({ name: 'LeaseLost' })
    expect(await instances(world)).toHaveLength(1)
    await release.changeLock(lock => ({ ...lock, fence: 1, held: { ...release.held, holder: EXECUTION, since: 0 } }))
    expect(await turn()).toEqual({ kind: 'open', for: `database ${BESIDE}-1` })
    expect(await turn()).toMatchObject({ kind: 'open', for: `database ${BESIDE}-1, which is creating` })
    await world.pass(10 * 60_000)
    expect(await turn()).toEqual({ kind: 'done', id: BESIDE })

    const found = await clusters(world)
    const [same, beside] = [DATABASE, BESIDE].map(id => found.find(each => each.DBClusterIdentifier === id))
    const all = await instances(world)
    const instance = all.find(each => each.DBInstanceIdentifier === `${BESIDE}-1`)
    expect(all).toHaveLength(2)
    expect(carried(instance)).toEqual(carried(writer))
    expect(tagsIn(instance ?? {})).toEqual(tagsOf(RELEASE))
    for (const part of [
      'DBSubnetGroup',
      'DBClusterParameterGroup',
      'ServerlessV2ScalingConfiguration',
      'Engine',
      'EngineVersion',
    ] as const)
      expect(beside?.[part]).toEqual(running?.[part])
    expect(same?.DBClusterMembers).toEqual(running?.DBClusterMembers)
    expect(tagsIn(beside ?? {})).toEqual(tagsOf(RELEASE))
  })

  test('of the moment before the migration is restored to the second before', async () => {
    const { world, before, turn } = await aWayBack('rds-cluster', { restoreFrom: 'moment' })
    const asked = momentsAsked(world, 'RestoreDBClusterToPointInTime')
    for (const minutes of [6, 5, 10]) {
      await world.pass(minutes * 60_000)
      await turn()
    }
    expect(asked).toEqual([new Date(Math.floor(before / 1_000) * 1_000)])
    expect(await turn()).toEqual({ kind: 'done', id: BESIDE })
  })
})
