import * as sdk from '@aws-sdk/client-rds'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RdsForTests, rdsWorld } from './rds-world.ts'

let aws: RdsForTests
beforeEach(async () => {
  aws = await rdsWorld()
})
afterEach(() => aws.close())

const latest = async () => {
  const { DBInstances } = await aws.client.send(new sdk.DescribeDBInstancesCommand({ DBInstanceIdentifier: 'shop' }))
  return DBInstances?.[0]?.LatestRestorableTime
}
const restore = (TargetDBInstanceIdentifier: string, more: Partial<sdk.RestoreDBInstanceToPointInTimeMessage>) =>
  aws.client.send(
    new sdk.RestoreDBInstanceToPointInTimeCommand({
      ...{ SourceDBInstanceIdentifier: 'shop', TargetDBInstanceIdentifier, BackupRetentionPeriod: 0, ...more },
    }),
  )

test('an instance is restored beside as it was at a moment, whatever was written before and after it', async () => {
  await aws.instance('shop')
  const shop = await aws.connect(aws.rds.port('shop'))
  await shop.query('CREATE TABLE orders (id int)')
  await shop.query('INSERT INTO orders VALUES (1)')
  const moment = new Date(aws.world.clock.now())
  await shop.query('INSERT INTO orders VALUES (2)')
  await aws.pass(1)
  await shop.query('INSERT INTO orders VALUES (3)')
  await aws.pass(10)
  await restore('beside', { RestoreTime: new Date(moment.getTime() + 30_000) })
  await aws.pass(5)
  expect(await aws.status('beside')).toBe('available')
  const beside = await aws.connect(aws.rds.port('beside'))
  expect((await beside.query('SELECT id FROM orders ORDER BY id')).rows).toEqual([{ id: 1 }, { id: 2 }])
  expect((await shop.query('SELECT count(*)::int AS count FROM orders')).rows).toEqual([{ count: 3 }])
  expect(aws.told().at(-1)).toBe('0019 beside')
  expect(aws.announcements.at(-1)?.detail.Message).toBe('Restored from DB instance shop to beside')
})

test('the latest moment is minutes ago, and later ones are refused until the logs are there', async () => {
  await aws.instance('shop')
  const shop = await aws.connect(aws.rds.port('shop'))
  await shop.query('CREATE TABLE orders (id int)')
  const now = new Date(aws.world.clock.now())
  expect((await latest())?.getTime()).toBeLessThan(now.getTime())
  await expect(restore('beside', { RestoreTime: now })).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  await aws.pass(5)
  expect((await latest())?.getTime()).toBeGreaterThanOrEqual(now.getTime())
  await restore('beside', { UseLatestRestorableTime: true })
  await aws.pass(5)
  const beside = await aws.connect(aws.rds.port('beside'))
  expect((await beside.query('SELECT count(*)::int AS count FROM orders')).rows).toEqual([{ count: 0 }])
})

test('a moment is said in one way, and an instance without backups has none', async () => {
  await aws.instance('shop', { BackupRetentionPeriod: 0 })
  expect(await latest()).toBeUndefined()
  const RestoreTime = new Date(aws.world.clock.now())
  const both = { RestoreTime, UseLatestRestorableTime: true }
  await expect(restore('beside', both)).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
  await expect(restore('beside', {})).rejects.toMatchObject({ name: 'InvalidParameterCombination' })
  await expect(restore('beside', { RestoreTime })).rejects.toMatchObject({ name: 'PointInTimeRestoreNotEnabledFault' })
})
