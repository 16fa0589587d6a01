import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as sdk from '@aws-sdk/client-rds'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { paged } from '../../../../rehearsal/aws/rds/pages.ts'
import { PRELOAD, worldNow } from '../../../../rehearsal/process/world.ts'
import { OWNER, type RdsForTests, rdsWorld } from './rds-world.ts'

let aws: RdsForTests
beforeEach(async () => {
  aws = await rdsWorld()
})
afterEach(() => aws.close())

const described = async (DBInstanceIdentifier: string) =>
  (await aws.client.send(new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0]
const ADDRESS = /^shop\.[a-z0-9]{12}\.eu-west-1\.rds\.amazonaws\.com$/

test('a new instance has an endpoint when it is created, and is available after its first backup', async () => {
  const more = { ...OWNER, DBName: 'shop', Tags: [{ Key: 'team', Value: 'shop' }], DBSubnetGroupName: 'data' }
  const command = new sdk.CreateDBInstanceCommand({
    ...{
      DBInstanceIdentifier: 'Shop',
      Engine: 'postgres',
      DBInstanceClass: 'db.t4g.micro',
      AllocatedStorage: 20,
      ...more,
    },
  })
  const { DBInstance } = await aws.client.send(command)
  expect(DBInstance).toMatchObject({ DBInstanceIdentifier: 'shop', DBInstanceStatus: 'creating' })
  expect(DBInstance?.Endpoint).toBeUndefined()
  expect(aws.hosts).toEqual({})
  await aws.pass(5)
  const { Endpoint, ...told } = (await described('shop')) ?? {}
  expect(Endpoint).toMatchObject({ Address: expect.stringMatching(ADDRESS), Port: 5432 })
  expect(aws.hosts).toEqual({ [`${Endpoint?.Address}:5432`]: aws.rds.port('shop') })
  expect(told).toMatchObject({
    DBInstanceStatus: 'backing-up',
    DBInstanceArn: 'arn:aws:rds:eu-west-1:111122223333:db:shop',
    ...{ DBInstanceClass: 'db.t4g.micro', AllocatedStorage: 20, MasterUsername: 'shop', DBName: 'shop' },
    ...{ BackupRetentionPeriod: 1, TagList: [{ Key: 'team', Value: 'shop' }] },
    DBSubnetGroup: { DBSubnetGroupName: 'data' },
  })
  await aws.pass(1)
  expect(aws.rds.instances()).toEqual([{ id: 'shop', status: 'available' }])
})

test('a process of the rehearsal reaches the database by the name of its endpoint', async () => {
  await aws.instance('shop')
  const { Endpoint } = (await described('shop')) ?? {}
  const url = `postgres://shop:${OWNER.MasterUserPassword}@${Endpoint?.Address}:${Endpoint?.Port}/shop`
  const script = `
    const { default: pg } = await import(${JSON.stringify(import.meta.resolve('pg'))})
    const client = new pg.Client(${JSON.stringify(url)})
    await client.connect()
    console.log((await client.query('SELECT current_database() AS name')).rows[0].name)
    await client.end()`
  const REHEARSAL = JSON.stringify(worldNow(aws.world.clock, aws.hosts))
  const words = ['--import', PRELOAD, '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, words, { env: { REHEARSAL } })
  expect(stdout).toBe('shop\n')
})

test('a restored instance has what is said again, and RDS’s defaults for the rest', async () => {
  await aws.instance('shop', {
    DBSubnetGroupName: 'data',
    VpcSecurityGroupIds: ['sg-1'],
    DBInstanceClass: 'db.m7g.large',
  })
  await aws.snapshot('before', 'shop', { Tags: [{ Key: 'sluice:app', Value: 'shop' }] })
  await aws.pass(3)
  const asked = { DBInstanceIdentifier: 'beside', DBSnapshotIdentifier: 'before', VpcSecurityGroupIds: ['sg-1'] }
  await aws.client.send(new sdk.RestoreDBInstanceFromDBSnapshotCommand({ ...asked, BackupRetentionPeriod: 0 }))
  await aws.pass(5)
  expect(await described('beside')).toMatchObject({
    ...{ DBInstanceStatus: 'available', DBInstanceClass: 'db.m7g.large', MasterUsername: 'shop', DBName: 'shop' },
    ...{ VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }], DBSubnetGroup: { DBSubnetGroupName: 'default' } },
    ...{ BackupRetentionPeriod: 0, TagList: [] },
  })
  expect(aws.rds.snapshots()).toMatchObject([{ id: 'before', tags: { 'sluice:app': 'shop' } }])
})

const wrong: [what: string, name: string, input: Partial<sdk.CreateDBInstanceMessage>][] = [
  ['a name with two hyphens in a row', 'InvalidParameterValue', { DBInstanceIdentifier: 'a--b' }],
  ['a name that ends with a hyphen', 'InvalidParameterValue', { DBInstanceIdentifier: 'a-' }],
  ['a name that begins with a digit', 'InvalidParameterValue', { DBInstanceIdentifier: '1a' }],
  ['a name of 64 characters', 'InvalidParameterValue', { DBInstanceIdentifier: 'a'.repeat(64) }],
  ['no storage', 'MissingParameter', { AllocatedStorage: undefined }],
  ['too little storage', 'InvalidParameterValue', { AllocatedStorage: 19 }],
  ['a class that is none', 'InvalidParameterValue', { DBInstanceClass: 'large' }],
  ['a short password', 'InvalidParameterValue', { MasterUserPassword: 'short' }],
  ['a password with a slash', 'InvalidParameterValue', { MasterUserPassword: 'one/two/three' }],
  ['the name of RDS’s own user', 'InvalidParameterValue', { MasterUsername: 'rdsadmin' }],
  ['no user', 'MissingParameter', { MasterUsername: undefined }],
  ['a port of the system', 'InvalidParameterValue', { Port: 80 }],
  ['backups that are kept too long', 'InvalidParameterValue', { BackupRetentionPeriod: 36 }],
  ['a tag of AWS’s own', 'InvalidParameterValue', { Tags: [{ Key: 'aws:x', Value: '' }] }],
  ['another engine', 'NotRehearsed', { Engine: 'mysql' }],
  ['another version', 'NotRehearsed', { EngineVersion: '16.3' }],
  ['what is not rehearsed', 'NotRehearsed', { KmsKeyId: 'alias/mine' }],
  ['a cluster that is not there', 'DBClusterNotFoundFault', { DBClusterIdentifier: 'none', ...nothingOfItsOwn() }],
]

function nothingOfItsOwn() {
  const none = undefined
  return { AllocatedStorage: none, MasterUsername: none, MasterUserPassword: none, Engine: 'aurora-postgresql' }
}

test.each(wrong)('an instance with %s is refused as %s', async (_, name, input) => {
  const whole = { Engine: 'postgres', DBInstanceClass: 'db.t4g.micro', AllocatedStorage: 20, ...OWNER, ...input }
  const command = new sdk.CreateDBInstanceCommand({ DBInstanceIdentifier: 'shop', ...whole })
  await expect(aws.client.send(command)).rejects.toMatchObject({ name })
  expect(aws.rds.instances()).toEqual([])
})

test('a list comes in pages of 20 to 100', async () => {
  const page = (MaxRecords: number) => aws.client.send(new sdk.DescribeDBInstancesCommand({ MaxRecords }))
  await expect(page(19)).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  await expect(page(101)).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  expect((await page(20)).DBInstances).toEqual([])
})

test('what comes or goes between two pages hides nothing else and repeats nothing', () => {
  const all = Array.from({ length: 45 }, (_, at) => ({ id: `s${at + 10}` }))
  const first = paged(all, { MaxRecords: 20 })
  const second = paged([{ id: 's000' }, ...all.slice(1)], { MaxRecords: 20, Marker: first.Marker })
  const third = paged(all, { MaxRecords: 20, Marker: second.Marker })
  expect([...first.page, ...second.page, ...third.page]).toEqual(all)
  expect(third.Marker).toBeUndefined()
})

test('snapshots are found by database, type, name and filter; an automated one by its name only with its type', async () => {
  await aws.instance('shop')
  await aws.instance('other')
  await aws.snapshot('before', 'shop')
  await aws.pass(3)
  const found = async (input: sdk.DescribeDBSnapshotsMessage) =>
    ((await aws.client.send(new sdk.DescribeDBSnapshotsCommand(input))).DBSnapshots ?? []).map(each =>
      each.DBSnapshotIdentifier?.replace(/-\d.*/, ''),
    )
  expect(await found({})).toEqual(['before', 'rds:other', 'rds:shop'])
  expect(await found({ DBInstanceIdentifier: 'shop' })).toEqual(['before', 'rds:shop'])
  expect(await found({ DBInstanceIdentifier: 'shop', SnapshotType: 'manual' })).toEqual(['before'])
  expect(await found({ DBInstanceIdentifier: 'gone' })).toEqual([])
  expect(await found({ SnapshotType: 'shared' })).toEqual([])
  expect(await found({ Filters: [{ Name: 'db-instance-id', Values: ['other', 'gone'] }] })).toEqual(['rds:other'])
  await expect(found({ Filters: [{ Name: 'colour', Values: ['red'] }] })).rejects.toThrow('Unrecognized filter')
  const [, automated] = (await aws.client.send(new sdk.DescribeDBSnapshotsCommand())).DBSnapshots ?? []
  const DBSnapshotIdentifier = automated?.DBSnapshotIdentifier
  await expect(found({ DBSnapshotIdentifier })).rejects.toMatchObject({ name: 'DBSnapshotNotFoundFault' })
  expect(await found({ DBSnapshotIdentifier, SnapshotType: 'automated' })).toEqual(['rds:other'])
})

test('what is not rehearsed is refused by name', async () => {
  await expect(aws.client.send(new sdk.ModifyDBInstanceCommand({ DBInstanceIdentifier: 'shop' }))).rejects.toThrow(
    'rds:ModifyDBInstance is not part of this rehearsal',
  )
})
