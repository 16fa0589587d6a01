import type { DBCluster, DBInstance } from '@aws-sdk/client-rds'
import { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { DATABASE, rdsArn, tagsOf } from '../database.ts'
import { EXECUTION, RELEASE } from '../release.ts'
import type { World } from '../world.ts'
import { aWayBack, BESIDE, clusters, instances } from './beside.ts'

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

  test('that was made by an earlier way back says when that was', async () => {
    const { world, turn, later } = await aWayBack('rds-instance')
    await turn()
    await world.pass(20 * 86_400_000)
    const beside = (await instances(world)).find(each => each.DBInstanceIdentifier === BESIDE)
    expect(await turn()).toEqual({ kind: 'done', id: BESIDE })
    expect(await later()).toEqual({ kind: 'done', id: BESIDE, earlier: Number(beside?.InstanceCreateTime) })
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
