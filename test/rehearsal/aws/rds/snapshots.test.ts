import * as sdk from '@aws-sdk/client-rds'
import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contentOf, type RdsForTests, rdsWorld } from './rds-world.ts'

let aws: RdsForTests
beforeEach(async () => {
  aws = await rdsWorld()
})
afterEach(() => aws.close())

const orders = 'CREATE TABLE orders (id int PRIMARY KEY, item text NOT NULL)'

/** Inserts one order after another until it is told to stop, and says how many were acknowledged. */
function writer(connection: pg.Client) {
  let count = 0
  let writing = true
  const run = async () => {
    while (writing) {
      await connection.query(`INSERT INTO orders VALUES ($1, $2)`, [count + 1, `item ${count}`])
      count += 1
    }
  }
  const running = run()
  const stop = async () => {
    writing = false
    await running
  }
  return { acknowledged: () => count, stop }
}

async function restored(id: string, more: Partial<sdk.RestoreDBInstanceFromDBSnapshotMessage> = {}): Promise<void> {
  const asked = { DBInstanceIdentifier: id, DBSnapshotIdentifier: 'before', ...more }
  await aws.client.send(new sdk.RestoreDBInstanceFromDBSnapshotCommand(asked))
  await aws.madeAvailable()
}

test('a snapshot that is taken while orders come in is the database at that moment, and a restore goes beside it', async () => {
  await aws.instance('shop')
  const source = await aws.connect(aws.rds.port('shop'))
  await source.query(orders)
  await source.query(`INSERT INTO orders SELECT -n, repeat('filling', 50) FROM generate_series(1, 20000) n`)
  const orderer = writer(await aws.connect(aws.rds.port('shop')))
  await expect.poll(orderer.acknowledged).toBeGreaterThan(20)

  const before = orderer.acknowledged()
  await aws.snapshot('before', 'shop')
  const after = orderer.acknowledged()
  await expect.poll(orderer.acknowledged).toBeGreaterThan(after + 20)
  await orderer.stop()
  await aws.pass(3)
  await restored('shop-before')

  const copy = await aws.connect(aws.rds.port('shop-before'))
  const { rows: last } = await copy.query('SELECT max(id) AS id FROM orders')
  expect(last[0].id).toBeGreaterThanOrEqual(before)
  expect(last[0].id).toBeLessThanOrEqual(after + 1)
  expect(after).toBeGreaterThan(before)
  expect(await contentOf(copy)).toEqual(await contentOf(source, last[0].id))
  expect(await contentOf(source)).not.toEqual(await contentOf(copy))

  const untouched = await contentOf(source)
  await copy.query('DELETE FROM orders')
  expect(await contentOf(source)).toEqual(untouched)
})

test('a snapshot is on its way for minutes; its instance is backing up and takes no second one meanwhile', async () => {
  await aws.instance('shop')
  await aws.snapshot('first', 'shop')
  await aws.pass(1)
  const command = new sdk.DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: 'first' })
  expect((await aws.client.send(command)).DBSnapshots).toMatchObject([{ Status: 'creating', PercentProgress: 33 }])
  expect(await aws.status('shop')).toBe('backing-up')
  await expect(aws.snapshot('second', 'shop')).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' })
  await aws.pass(2)
  expect((await aws.client.send(command)).DBSnapshots).toMatchObject([{ Status: 'available', PercentProgress: 100 }])
  expect(await aws.status('shop')).toBe('available')
  await aws.snapshot('second', 'shop')
  expect(aws.rds.snapshots()).toMatchObject([
    { id: 'first', source: 'shop', status: 'available' },
    { id: 'second', source: 'shop', status: 'creating' },
  ])
})

test('what becomes of instances and snapshots is announced, each by its ARN', async () => {
  await aws.instance('shop')
  expect(aws.told()).toEqual([
    '0005 shop',
    '0001 shop',
    expect.stringMatching(/^0090 rds:shop-2026-01-05-08-05$/),
    expect.stringMatching(/^0091 rds:shop-/),
    '0002 shop',
  ])
  await aws.snapshot('Before', 'SHOP')
  await aws.pass(3)
  await restored('shop-before')
  await aws.client.send(new sdk.DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'before' }))
  expect(aws.told().slice(5)).toEqual([
    ...['0001 shop', '0040 before', '0042 before', '0002 shop'],
    ...['0043 shop-before', '0001 shop-before', expect.stringMatching(/^0090/), expect.stringMatching(/^0091/)],
    ...['0002 shop-before', '0041 before'],
  ])
  const arn = 'arn:aws:rds:eu-west-1:111122223333:snapshot:before'
  expect(aws.announcements.find(({ detail }) => detail.EventID === 'RDS-EVENT-0042')).toEqual({
    source: 'aws.rds',
    'detail-type': 'RDS DB Snapshot Event',
    resources: [arn],
    detail: {
      EventCategories: ['creation'],
      SourceType: 'SNAPSHOT',
      SourceArn: arn,
      Date: '2026-01-05T08:09:00.000Z',
      SourceIdentifier: 'before',
      Message: 'Manual snapshot created',
      EventID: 'RDS-EVENT-0042',
    },
  })
})

test('a snapshot that fails is announced by nothing, and cannot be restored', async () => {
  await aws.instance('shop')
  aws.rds.failNextSnapshot()
  await aws.snapshot('before', 'shop')
  const told = aws.told()
  await aws.pass(3)
  expect(await aws.snapshotStatus('before')).toBe('failed')
  expect(await aws.status('shop')).toBe('available')
  expect(aws.told()).toEqual(told)
  await expect(restored('shop-before')).rejects.toMatchObject({ name: 'InvalidDBSnapshotStateFault' })
  await aws.snapshot('again', 'shop')
  await aws.pass(3)
  expect(await aws.snapshotStatus('again')).toBe('available')
})

test('the account has room for so many snapshots, says how many, and counts only manual ones', async () => {
  await aws.instance('shop')
  aws.rds.quota.snapshots = 1
  const quota = async () => {
    const { AccountQuotas = [] } = await aws.client.send(new sdk.DescribeAccountAttributesCommand())
    return AccountQuotas.find(({ AccountQuotaName }) => AccountQuotaName === 'ManualSnapshots')
  }
  expect(await quota()).toMatchObject({ Used: 0, Max: 1 })
  await aws.snapshot('first', 'shop')
  await aws.pass(3)
  expect(await quota()).toMatchObject({ Used: 1, Max: 1 })
  await expect(aws.snapshot('second', 'shop')).rejects.toMatchObject({ name: 'SnapshotQuotaExceededFault' })
  await aws.client.send(new sdk.DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'first' }))
  await aws.snapshot('second', 'shop')
})

test('a name is taken once, whatever its letters; a snapshot of nothing and a deletion of nothing are refused', async () => {
  await aws.instance('shop')
  await aws.snapshot('before', 'shop')
  await expect(aws.snapshot('BEFORE', 'shop')).rejects.toMatchObject({ name: 'DBSnapshotAlreadyExistsFault' })
  await expect(aws.instance('Shop')).rejects.toMatchObject({ name: 'DBInstanceAlreadyExistsFault' })
  await expect(aws.snapshot('other', 'stranger')).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' })
  await expect(aws.snapshotStatus('stranger')).rejects.toMatchObject({ name: 'DBSnapshotNotFoundFault' })
  const deletion = () => aws.client.send(new sdk.DeleteDBSnapshotCommand({ DBSnapshotIdentifier: 'before' }))
  await expect(deletion()).rejects.toMatchObject({ name: 'InvalidDBSnapshotStateFault' })
  await aws.pass(3)
  await deletion()
  await expect(deletion()).rejects.toMatchObject({ name: 'DBSnapshotNotFoundFault' })
})

test('a database that AWS itself works on is busy for that time', async () => {
  await aws.instance('shop')
  aws.rds.busy('shop', 10 * 60_000, 'modifying')
  await aws.pass(9)
  expect(await aws.status('shop')).toBe('modifying')
  await expect(aws.snapshot('before', 'shop')).rejects.toMatchObject({ name: 'InvalidDBInstanceStateFault' })
  await aws.pass(1)
  aws.rds.busy('shop', 60_000)
  expect(await aws.status('shop')).toBe('backing-up')
  await aws.pass(1)
  expect(aws.told().slice(-2)).toEqual(['0001 shop', '0002 shop'])
  await aws.snapshot('before', 'shop')
})
