import * as sdk from '@aws-sdk/client-rds'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contentOf, OWNER, type RdsForTests, rdsWorld } from './rds-world.ts'

let aws: RdsForTests
beforeEach(async () => {
  aws = await rdsWorld()
})
afterEach(() => aws.close())

const Engine = 'aurora-postgresql'
const DBInstanceClass = 'db.t4g.medium'
const described = async (DBClusterIdentifier: string) =>
  (await aws.client.send(new sdk.DescribeDBClustersCommand({ DBClusterIdentifier }))).DBClusters?.[0]

async function member(DBInstanceIdentifier: string, DBClusterIdentifier: string): Promise<void> {
  const asked = { DBInstanceIdentifier, DBClusterIdentifier, DBInstanceClass, Engine }
  await aws.client.send(new sdk.CreateDBInstanceCommand(asked))
  await aws.pass(5)
}

async function cluster(DBClusterIdentifier: string): Promise<void> {
  const asked = { DBClusterIdentifier, Engine, ...OWNER, DatabaseName: 'shop' }
  await aws.client.send(new sdk.CreateDBClusterCommand(asked))
  await aws.pass(1)
  await aws.pass(1)
}

const snapshot = (DBClusterSnapshotIdentifier: string, DBClusterIdentifier = 'shop') =>
  aws.client.send(new sdk.CreateDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier, DBClusterIdentifier }))

test('a cluster is reached once it has an instance: by its own names and by the instance’s', async () => {
  await cluster('shop')
  expect(aws.hosts).toEqual({})
  await member('shop-1', 'shop')
  await member('shop-2', 'shop')
  const { Endpoint, ReaderEndpoint, DBClusterMembers, Status } = (await described('shop')) ?? {}
  expect(Status).toBe('available')
  expect(Endpoint).toMatch(/^shop\.cluster-[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com$/)
  expect(ReaderEndpoint).toMatch(/^shop\.cluster-ro-/)
  expect(DBClusterMembers).toMatchObject([
    { DBInstanceIdentifier: 'shop-1', IsClusterWriter: true },
    { DBInstanceIdentifier: 'shop-2', IsClusterWriter: false },
  ])
  const ports = Object.values(aws.hosts)
  expect(ports).toEqual(Array(4).fill(aws.rds.port('shop-1')))
  expect(Object.keys(aws.hosts)).toContain(`${Endpoint}:5432`)
  expect(aws.rds.instances()).toContainEqual({ id: 'shop-1', status: 'available', cluster: 'shop' })
})

test('a snapshot of a cluster is announced as a backup, and restored as a cluster that has no instance yet', async () => {
  await cluster('shop')
  await member('shop-1', 'shop')
  const source = await aws.connect(aws.rds.port('shop-1'))
  await source.query(`CREATE TABLE orders AS SELECT id, md5(id::text) AS item FROM generate_series(1, 500) id`)
  const told = aws.told().length
  await snapshot('before')
  await expect(snapshot('second')).rejects.toMatchObject({ name: 'InvalidDBClusterStateFault' })
  await aws.pass(3)
  expect(aws.told().slice(told)).toEqual(['0074 before', '0075 before'])
  const arn = 'arn:aws:rds:eu-west-1:111122223333:cluster-snapshot:before'
  expect(aws.announcements.at(-1)).toMatchObject({
    'detail-type': 'RDS DB Cluster Snapshot Event',
    detail: { SourceArn: arn, SourceType: 'CLUSTER_SNAPSHOT', EventCategories: ['backup'] },
  })
  const before = await contentOf(source)
  await source.query('DELETE FROM orders WHERE id > 100')

  const asked = { DBClusterIdentifier: 'beside', SnapshotIdentifier: 'before', Engine }
  await aws.client.send(new sdk.RestoreDBClusterFromSnapshotCommand(asked))
  await aws.pass(2)
  expect((await described('beside'))?.DBClusterMembers).toEqual([])
  await member('beside-1', 'beside')
  expect(await contentOf(await aws.connect(aws.rds.port('beside-1')))).toEqual(before)
  expect((await contentOf(source)).rows).toBe(100)
})

test('a clone has what the cluster holds at this moment', async () => {
  await cluster('shop')
  await member('shop-1', 'shop')
  const source = await aws.connect(aws.rds.port('shop-1'))
  await source.query(`CREATE TABLE orders AS SELECT 1 AS id`)
  const asked = { SourceDBClusterIdentifier: 'shop', DBClusterIdentifier: 'clone', UseLatestRestorableTime: true }
  await aws.client.send(new sdk.RestoreDBClusterToPointInTimeCommand({ ...asked, RestoreType: 'copy-on-write' }))
  await member('clone-1', 'clone')
  const clone = await aws.connect(aws.rds.port('clone-1'))
  expect(await contentOf(clone)).toEqual(await contentOf(source))
  const wrong = { ...asked, UseLatestRestorableTime: false, RestoreToTime: new Date(), RestoreType: 'copy-on-write' }
  await expect(aws.client.send(new sdk.RestoreDBClusterToPointInTimeCommand(wrong))).rejects.toMatchObject({
    name: 'InvalidParameterCombination',
  })
})

test('clusters and their snapshots have a quota, names and errors of their own', async () => {
  await cluster('shop')
  aws.rds.quota.clusterSnapshots = 1
  await snapshot('before')
  await expect(snapshot('before')).rejects.toMatchObject({ name: 'DBClusterSnapshotAlreadyExistsFault' })
  await aws.pass(3)
  await expect(snapshot('second')).rejects.toMatchObject({ name: 'SnapshotQuotaExceededFault' })
  await expect(snapshot('a'.repeat(64))).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  await expect(snapshot('other', 'stranger')).rejects.toMatchObject({ name: 'DBClusterNotFoundFault' })
  await expect(cluster('shop')).rejects.toMatchObject({ name: 'DBClusterAlreadyExistsFault' })
  const deletion = () =>
    aws.client.send(new sdk.DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'before' }))
  await deletion()
  await expect(deletion()).rejects.toMatchObject({ name: 'DBClusterSnapshotNotFoundFault' })
  const { AccountQuotas } = await aws.client.send(new sdk.DescribeAccountAttributesCommand())
  expect(AccountQuotas).toContainEqual({ AccountQuotaName: 'ManualClusterSnapshots', Used: 0, Max: 1 })
  await snapshot('third')
  expect(
    (
      await aws.client.send(
        new sdk.DescribeDBClusterSnapshotsCommand({ DBClusterIdentifier: 'shop', SnapshotType: 'manual' }),
      )
    ).DBClusterSnapshots,
  ).toMatchObject([{ DBClusterSnapshotIdentifier: 'third', Status: 'creating', PercentProgress: 0 }])
})

test('what is the cluster’s to say is refused of its instances', async () => {
  await cluster('shop')
  const asked = { DBInstanceIdentifier: 'shop-1', DBClusterIdentifier: 'shop', DBInstanceClass, Engine }
  const create = (more: object) => aws.client.send(new sdk.CreateDBInstanceCommand({ ...asked, ...more }))
  await expect(create({ MasterUsername: 'shop' })).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
  await expect(create({ Engine: 'postgres' })).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
})
