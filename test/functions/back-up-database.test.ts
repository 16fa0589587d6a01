import { describe, expect, test } from 'vitest'
import {
  aStageWith,
  DATABASE,
  enterBackup,
  KINDS,
  type Kind,
  MADE_MS,
  rdsArn,
  SNAPSHOT,
  tagsOf,
  takeSnapshot,
} from './database.ts'
import { RELEASE } from './release.ts'

async function aBackup(kind: Kind = 'rds-instance', over: object = {}) {
  const stage = await aStageWith(kind, over)
  const entry = await enterBackup(stage)
  const { readBackup } = await import('../../functions/aws/database-ledger.ts')
  const { world, release } = stage
  return {
    ...stage,
    ...entry,
    snapshots: () => world.services.rds.snapshots(),
    recorded: () => readBackup(release.held),
  }
}

const failedWith = (because: string | RegExp) => ({
  kind: 'failed',
  error: 'BackupFailed',
  because: expect.stringMatching(because),
})

const BOTH = ['rds-instance', 'rds-cluster'] as const

describe.each(BOTH)('a backup of an %s', kind => {
  test('is a snapshot that says whose it is, waited for until it is there', async () => {
    const { world, begin, snapshots, recorded } = await aBackup(kind)
    const asked = world.now()
    expect(await begin()).toEqual({ kind: 'waits' })
    expect(snapshots()).toEqual([
      {
        ...{ kind: kind.replace('rds-', ''), id: SNAPSHOT, source: DATABASE, status: 'creating' },
        ...{ createdAt: asked, tags: tagsOf(RELEASE) },
      },
    ])
    expect(await recorded()).toBeUndefined()
    await world.pass(MADE_MS)
    expect(await begin({ retry: 1 })).toEqual({ kind: 'done', output: { kind, id: SNAPSHOT } })
    expect(await recorded()).toEqual({
      ...{ kind, source: DATABASE, id: SNAPSHOT, at: world.now() },
      arn: rdsArn(`${KINDS[kind].snapshot}:${SNAPSHOT}`),
    })
    expect(snapshots()).toHaveLength(1)
  })

  test('of a database that is busy is asked for again once it is free', async () => {
    const { world, begin, snapshots } = await aBackup(kind)
    world.services.rds.busy(DATABASE, 10 * 60_000, 'modifying')
    expect(await begin()).toEqual({ kind: 'waits' })
    expect(world.logged.at(-1)?.message).toBe(`waits: ${DATABASE} to be free for snapshot ${SNAPSHOT}: it is modifying`)
    expect(snapshots()).toEqual([])
    await world.pass(11 * 60_000)
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    expect(snapshots()).toHaveLength(1)
    await world.pass(MADE_MS)
    expect(await begin({ retry: 2 })).toMatchObject({ kind: 'done' })
  })

  test.each(['stopped', 'storage-full', 'inaccessible-encryption-credentials'])(
    'of a database that stays %s has failed at once, and says what to see to',
    async status => {
      const { world, begin, snapshots } = await aBackup(kind)
      world.services.rds.busy(DATABASE, 86_400_000, status)
      expect(await begin()).toEqual(
        failedWith(`could be made: it is ${status}; see that it is available, then: sluice retry demo ${RELEASE}$`),
      )
      expect(snapshots()).toEqual([])
    },
  )

  test('for which the account has no room says so with the numbers, before RDS is asked', async () => {
    const { world, begin, snapshots } = await aBackup(kind)
    Object.assign(world.services.rds.quota, { snapshots: 1, clusterSnapshots: 1 })
    await takeSnapshot(world, kind, 'by-hand', {})
    await world.pass(MADE_MS)
    const what = kind === 'rds-instance' ? 'manual snapshots' : 'manual cluster snapshots'
    expect(await begin()).toEqual(
      failedWith(`^production: no snapshot of ${DATABASE} could be made: 1 of the 1 ${what} .* delete some`),
    )
    expect(snapshots()).toHaveLength(1)
  })

  test('of a database that is not there says how to mend that', async () => {
    const { begin } = await aBackup(kind, { id: 'elsewhere' })
    expect(await begin()).toEqual(
      failedWith(/^production: RDS has no (DB instance|cluster) elsewhere in .* correct backup.id of stage production/),
    )
  })

  test('does not take somebody else’s snapshot for its own', async () => {
    const { world, begin, recorded } = await aBackup(kind)
    await takeSnapshot(world, kind, SNAPSHOT, { team: 'payments' })
    await world.pass(MADE_MS)
    expect(await begin()).toEqual(
      failedWith(`^production: snapshot ${SNAPSHOT} of ${DATABASE} is there already, without our tags; delete it`),
    )
    expect(await recorded()).toBeUndefined()
  })
})

const KIND = 'rds-instance'

describe('a backup of a database', () => {
  test('is woken by what RDS tells of the snapshot and of the database', async () => {
    const { world, release, begin, check } = await aBackup()
    const told: string[] = []
    world.services.events.putRule({ name: 'hears', pattern: { source: ['aws.rds'] }, targets: [] })
    world.services.events.faults = ({ detail }) => {
      told.push(String((detail as { SourceArn?: string }).SourceArn))
      return 'drop'
    }
    await begin()
    await world.pass(MADE_MS)
    const waiter = async (type: 'database' | 'snapshot', name: string) => {
      const arn = rdsArn(`${KINDS[KIND][type]}:${name}`)
      const [found] = await release.records.waitersFor(arn)
      return { arn, found }
    }
    const [snapshot, database] = [await waiter('snapshot', SNAPSHOT), await waiter('database', DATABASE)]
    expect(told).toContain(snapshot.arn)
    expect(database.found).toBeDefined()
    if (!snapshot.found) throw new Error('nobody waits for the snapshot')
    expect(await check(snapshot.found)).toMatchObject({ kind: 'done' })
    expect(await release.records.waitersFor(database.arn)).toEqual([])
    world.services.faults.add({ service: 'rds', does: 'throttle' })
    expect(await check(snapshot.found)).toMatchObject({ kind: 'done' })
  })

  test('whose snapshot failed says which, though RDS tells nobody', async () => {
    const { world, begin, recorded, snapshots } = await aBackup()
    world.services.rds.failNextSnapshot()
    await begin()
    await world.pass(MADE_MS)
    expect(await begin({ retry: 1 })).toEqual(failedWith(`snapshot ${SNAPSHOT} of ${DATABASE} is failed; look at`))
    expect(await recorded()).toBeUndefined()
    expect(snapshots()).toHaveLength(1)
  })

  test('finds the snapshot that an interrupted try has asked for [P3.2b, P3.2c]', async () => {
    const { world, begin, snapshots } = await aBackup()
    const operation = 'CreateDBSnapshot'
    world.services.faults.add({ service: 'rds', operation, does: 'throttle' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(snapshots()).toHaveLength(0)
    world.services.faults.add({ service: 'rds', operation, does: 'lose-answer' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(snapshots()).toHaveLength(1)
    expect(await begin()).toEqual({ kind: 'waits' })
    await world.pass(MADE_MS)
    expect(await begin({ retry: 1 })).toMatchObject({ kind: 'done' })
    expect(snapshots()).toHaveLength(1)
  })

  test('takes what is there by its name for the one that it asked for, if that is its own', async () => {
    const { world, begin, snapshots } = await aBackup()
    await takeSnapshot(world, KIND, SNAPSHOT, tagsOf(RELEASE))
    await world.pass(MADE_MS)
    expect(await begin()).toMatchObject({ kind: 'done', output: { id: SNAPSHOT } })
    expect(snapshots()).toHaveLength(1)
  })
})

test('a quota that somebody else used up between the look and the question is told, too', async () => {
  const { world, begin } = await aBackup()
  const does = { fail: 'SnapshotQuotaExceededFault' }
  world.services.faults.add({ service: 'rds', operation: 'CreateDBSnapshot', does })
  expect(await begin()).toEqual(
    failedWith('as many manual snapshots as this account may have .* are there; delete some'),
  )
})

test('a snapshot that RDS refuses says why in RDS’s own words', async () => {
  const { world, begin } = await aBackup()
  const does = { fail: 'KMSKeyNotAccessibleFault', message: 'The key is disabled.' }
  world.services.faults.add({ service: 'rds', operation: 'CreateDBSnapshot', does })
  expect(await begin()).toEqual(
    failedWith(
      `^production: no snapshot of ${DATABASE} could be made: RDS refuses it \\(KMSKeyNotAccessible: The key is disabled\\); mend that, then: sluice retry demo ${RELEASE}$`,
    ),
  )
})

test.each(BOTH)('a snapshot of an %s that appears between the look and the question is looked at', async kind => {
  const { world, begin, snapshots } = await aBackup(kind)
  const { operations } = world.services.rds
  const operation = `Create${KINDS[kind].copy}`
  const create = operations[operation]
  operations[operation] = async (input, caller) => {
    await create?.(input, caller)
    return create?.(input, caller) ?? {}
  }
  expect(await begin()).toEqual({ kind: 'waits' })
  await world.pass(MADE_MS)
  expect(await begin({ retry: 1 })).toMatchObject({ kind: 'done' })
  expect(snapshots()).toHaveLength(1)
})

test('two applications back one database up one after the other', async () => {
  const { world, begin, snapshots } = await aBackup()
  await takeSnapshot(
    world,
    'rds-instance',
    'sluice-other-production-3f9c0a7f6d6a-1',
    tagsOf(RELEASE, 'production', 'other'),
  )
  expect(await begin()).toEqual({ kind: 'waits' })
  expect(snapshots()).toHaveLength(1)
  await world.pass(MADE_MS)
  await begin({ retry: 1 })
  await world.pass(MADE_MS)
  expect(await begin({ retry: 2 })).toMatchObject({ kind: 'done' })
  expect(snapshots()).toHaveLength(2)
})

describe('a backup that takes longer than it may', () => {
  test('fails with what RDS says of the snapshot, and leaves that', async () => {
    const { world, begin, snapshots } = await aBackup('rds-instance', { within: '5m' })
    await begin()
    const { operations } = world.services.rds
    const describe = operations.DescribeDBSnapshots
    operations.DescribeDBSnapshots = async (input, caller) => {
      const answer = (await describe?.(input, caller)) as { DBSnapshots: { Status: string; PercentProgress: number }[] }
      return { DBSnapshots: answer.DBSnapshots.map(each => ({ ...each, Status: 'creating', PercentProgress: 73 })) }
    }
    await world.pass(5 * 60_000 - 1_000)
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    await world.pass(1_000)
    expect(await begin({ retry: 2 })).toEqual(
      failedWith(
        `snapshot ${SNAPSHOT} of ${DATABASE} is creating \\(73 %\\) after 5m, .*; allow more, then: sluice retry demo ${RELEASE}`,
      ),
    )
    expect(snapshots()).toHaveLength(1)
  })

  test('is good all the same where the snapshot is there when it is looked at [P3.5a]', async () => {
    const { world, begin } = await aBackup('rds-instance', { within: '5m' })
    await begin()
    await world.pass(50 * 60_000)
    expect(await begin({ retry: 1 })).toMatchObject({ kind: 'done' })
  })

  test('since the database was busy all the time says with what, and asks no more', async () => {
    const { world, begin, snapshots } = await aBackup('rds-instance', { within: '5m' })
    world.services.rds.busy(DATABASE, 6 * 60_000, 'modifying')
    await begin()
    await world.pass(5 * 60_000)
    expect(await begin({ retry: 1 })).toEqual(
      failedWith(`snapshot ${SNAPSHOT} of ${DATABASE} could not be begun: ${DATABASE} is modifying after 5m`),
    )
    await world.pass(5 * 60_000)
    expect(snapshots()).toEqual([])
  })
})

describe('before it asks RDS for anything', () => {
  test('a release that has lost its lease ends [P4.1a]', async () => {
    const { release, begin, snapshots } = await aBackup()
    await release.loseLease()
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(snapshots()).toEqual([])
  })

  test('a release that loses its lease between the look and the question ends', async () => {
    const { world, release, begin, snapshots } = await aBackup()
    const { operations } = world.services.rds
    const quotas = operations.DescribeAccountAttributes
    operations.DescribeAccountAttributes = async (input, caller) => {
      await release.loseLease()
      return quotas?.(input, caller) ?? {}
    }
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(snapshots()).toEqual([])
  })

  test('a release whose rollback was asked for ends [P4.1b]', async () => {
    const { release, begin, snapshots } = await aBackup()
    await release.requestRollback('wrong version')
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'RollbackRequested' })
    expect(snapshots()).toEqual([])
  })
})

test('a rollback that is asked for meanwhile ends it at once, and the snapshot stays', async () => {
  const { world, release, begin, snapshots, recorded } = await aBackup()
  await begin()
  await release.requestRollback('wrong version')
  expect(await begin({ retry: 1 })).toMatchObject({ kind: 'failed', error: 'RollbackRequested' })
  await world.pass(MADE_MS)
  expect(snapshots()).toMatchObject([{ id: SNAPSHOT, status: 'available' }])
  expect(await recorded()).toBeUndefined()
})

test('a backup that is in the ledger is not looked for again', async () => {
  const { world, begin } = await aBackup()
  const { recordBackup } = await import('../../functions/aws/database-ledger.ts')
  await recordBackup(
    { app: 'demo', release: RELEASE, attempt: 1, stage: 'production' },
    {
      ...{ kind: 'rds-instance', source: DATABASE, id: 'an-earlier-one', at: world.now() },
    },
  )
  world.services.faults.add({ service: 'rds', does: 'throttle' })
  expect(await begin()).toEqual({ kind: 'done', output: { kind: 'rds-instance', id: 'an-earlier-one' } })
})
