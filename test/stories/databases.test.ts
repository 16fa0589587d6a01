import { RDSClient, RestoreDBInstanceFromDBSnapshotCommand } from '@aws-sdk/client-rds'
import { describe, expect, test } from 'vitest'
import { ownTasks } from '../../cli/rehearsing/own-tasks.ts'
import { SCENARIOS, type Scenario } from '../../cli/rehearsing/scenarios.ts'
import type { Stagehand } from '../../cli/rehearsing/stagehand.ts'
import { type Content, columnsOf, contentOf, variation } from './databases.ts'
import { story, withDatabase } from './rehearsed.ts'

/** The scenario, and what the database held before it began. */
function lookingFirst(name: string, instance: string) {
  const scenario = SCENARIOS[name]
  if (!scenario) throw new Error(`no scenario is called ${name}`)
  const before: Record<string, Content> = {}
  const play: Scenario['play'] = async (hand: Stagehand) => {
    Object.assign(before, await contentOf(hand.world.rehearsal, instance))
    return scenario.play(hand)
  }
  return { scenario: { ...scenario, play }, before }
}

test('each stage is backed up and migrated once, and the snapshot restored beside is what the database was before [P3.2b]', async () => {
  const { scenario, before } = lookingFirst('release', 'demo-staging')
  const { report, misses, world } = await story('release', { ...withDatabase(), scenario })
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', snapshots: 2, migrations: 2, requests: { failed: 0 } })

  const { rehearsal } = world
  const snapshot = rehearsal.rds.snapshots().find(({ source }) => source === 'demo-staging')
  const beside = { DBInstanceIdentifier: 'beside', DBSnapshotIdentifier: snapshot?.id }
  await rehearsal.clock.during('restore', () =>
    new RDSClient({}).send(new RestoreDBInstanceFromDBSnapshotCommand(beside)),
  )
  while (rehearsal.rds.instances().find(({ id }) => id === 'beside')?.status !== 'available')
    await rehearsal.clock.sleep(10_000)

  expect(before.books).toMatchObject({ rows: 2 })
  expect(await contentOf(rehearsal, 'beside')).toEqual(before)
  expect((await contentOf(rehearsal, 'demo-staging')).books).toMatchObject({ rows: 3 })
  const { visits } = await contentOf(rehearsal, 'demo-production')
  expect(visits?.rows, 'users were served from the database').toBeGreaterThan(1_000)
})

describe('a release that goes back', () => {
  const instance = 'demo-production'
  const goingBack = async (name: 'keep' | 'down' | 'restore') => {
    const { scenario, before } = lookingFirst('failed-smoke', instance)
    const told = await story('failed-smoke', { ...variation(name), scenario })
    expect(told.misses).toEqual([])
    expect(told.report).toMatchObject({ outcome: 'rolled-back', snapshots: 1, migrations: 1, requests: { failed: 0 } })
    const { rehearsal } = told.world
    const now = {
      content: await contentOf(rehearsal, instance),
      columns: await columnsOf(rehearsal, instance, 'books'),
    }
    return { ...told, rehearsal, before, now }
  }
  const NEW = ['id', 'title', 'price', 'author']
  const OLD = ['id', 'title', 'price']

  test('leaves the database migrated where the file says keep [P6.6a]', async () => {
    const { now, rehearsal, report } = await goingBack('keep')
    expect(now.columns).toEqual(NEW)
    expect(rehearsal.rds.instances()).toHaveLength(1)
    expect(report.reason).toContain('kept as it is, as the application file says')
  })

  test('undoes the migration by the command of the image before where the file says down [P6.6a]', async () => {
    const { now, before, rehearsal, report } = await goingBack('down')
    expect(now.columns).toEqual(OLD)
    expect(now.content.books).toEqual(before.books)
    expect(ownTasks(rehearsal).map(({ command, exitCodes }) => [command, exitCodes])).toEqual([
      [undefined, [0]],
      [['down'], [0]],
    ])
    expect(report.reason).toContain('down')
  })

  test('puts the database of before beside the running one where the file says restore [P6.6a]', async () => {
    const { now, before, rehearsal, report } = await goingBack('restore')
    expect(now.columns, 'the running one goes on as it is').toEqual(NEW)
    const [, beside] = rehearsal.rds.instances()
    expect(beside?.status).toBe('available')
    const restored = await contentOf(rehearsal, beside?.id ?? '')
    expect(restored.books).toEqual(before.books)
    expect(restored.changes).toEqual(before.changes)
    expect(report.reason).toContain(beside?.id)
  })
})

test('a cluster is restored beside the running one as it was the moment before the migration', async () => {
  const { report, misses, world } = await story('failed-smoke', variation('cluster'))
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'rolled-back', snapshots: 1, migrations: 1, waits: 0 })
  const { rehearsal } = world
  const [running, beside] = rehearsal.rds.instances()
  expect(report.reason).toContain(beside?.cluster)
  expect(await columnsOf(rehearsal, running?.id ?? '', 'books')).toContain('author')
  expect(await columnsOf(rehearsal, beside?.id ?? '', 'books')).not.toContain('author')
  const [now, then] = [await contentOf(rehearsal, running?.id ?? ''), await contentOf(rehearsal, beside?.id ?? '')]
  expect(then.visits?.rows, 'what users did between snapshot and migration is there').toBeGreaterThan(180)
  expect(then.visits?.rows).toBeLessThan(now.visits?.rows ?? 0)
})

test('a backup that a task makes is found in S3 before anything changes, and named where the release goes back', async () => {
  const { report, misses, world } = await story('failed-smoke', variation('task'))
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'rolled-back', snapshots: 0, migrations: 1, waits: 0 })
  const [, bucket = '', key = ''] = /backup: s3:\/\/([^/]+)\/(\S+)/.exec(report.reason ?? '') ?? []
  const backup = world.rehearsal.s3.object(bucket, key)
  expect(JSON.parse(String(backup?.body))).toHaveLength(2)
})

describe('a release ends before any service changes', () => {
  test.each(['failed-migration', 'migration-hangs', 'migration-killed', 'backup-fails', 'backup-quota'])(
    'in %s, and says what to do',
    async name => {
      const { report, misses } = await story(name, withDatabase())
      expect(misses).toEqual([])
      expect(report).toMatchObject({ outcome: 'failed', migrations: 0, locks: 0, waits: 0, requests: { failed: 0 } })
      for (const { before, after } of report.stages) expect(after).toEqual(before)
    },
  )
})

test('a database that AWS is busy with is waited for', async () => {
  const { report, misses } = await story('database-busy', withDatabase())
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', snapshots: 2, migrations: 2 })
})

test('one migration runs at each stage, though its function is killed, throttled and out of time [P4.6d]', async () => {
  const faults = ['crash-before', 'crash-after', undefined, 'time-out', 'throttle', 'crash-after'] as const
  let calls = 0
  const { report, misses, world } = await story('release', {
    ...withDatabase(),
    scenario: {
      ...(SCENARIOS.release as Scenario),
      earlier: ({ rehearsal }) => {
        rehearsal.lambda.faults = ({ name }) =>
          name.includes('RunMigrations') ? faults[calls++ % faults.length] : undefined
      },
    },
  })
  // An event on which the function fails three times in a row leaves a letter; which ones do depends on who is called when.
  expect(misses.filter(miss => !miss.includes('FunctionsFailed'))).toEqual([])
  expect(calls).toBeGreaterThan(faults.length)
  expect(report).toMatchObject({ outcome: 'released', migrations: 2, waits: 0 })
  expect(ownTasks(world.rehearsal)).toHaveLength(2)
})
