import { describe, expect, test } from 'vitest'
import type { TaskEndKind } from '../../domain/one-task.ts'
import { createInstance, DATABASE, MADE_MS, SNAPSHOT, tagsOf, takeSnapshot } from './database.ts'
import { REGISTRY } from './fleet.ts'
import { endOf, loadDatabaseRecords, migrating, type Prepared, registerMigration } from './migration.ts'
import { lockedRelease, RELEASE } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld, type World } from './world.ts'

interface Retried {
  /** How the first attempt's migration ended. */
  ended?: TaskEndKind
  /** Otherwise the stage was taken back to what it served before. */
  isServed?: boolean
  /** What is so by now, before the stage is looked at once more. */
  meanwhile?: (world: World) => Promise<void>
  backup?: object
}

/** The second attempt of a release whose first has backed up and migrated a stage; its preconditions were checked. */
async function retried({ ended = 'succeeded', isServed = true, meanwhile, backup }: Retried = {}) {
  const prepared: Prepared = backup ? { stage: { backup } } : {}
  const world = await createWorld(migrating(prepared))
  await createInstance(world)
  const base = await registerMigration(world)
  const release = await lockedRelease(world, 'migrating')
  const { records, held: first, plan } = release
  const database = await loadDatabaseRecords()
  const checks = await import('../../functions/check-preconditions.ts')
  await world.invoke(checks.handler, { ...first, round: 0 })

  const [at, task] = [world.now(), 'arn:aws:ecs:eu-west-1:111122223333:task/demo/0123456789abcdef']
  const copied = { taskDefinition: base, container: 'migrate', startedBy: 'sluice/1' }
  await database.recordIntent(first, 'migration', { at, asked: { at }, cluster: 'demo', ...copied })
  await database.recordTask(first, 'migration', task)
  await database.recordTaskEnd(first, 'migration', { kind: ended, because: 'as told', at }, { asked: { at }, task })
  const made = { kind: 'rds-instance', source: DATABASE, id: SNAPSHOT, arn: 'arn:of:it', at } as const
  await takeSnapshot(world, 'rds-instance', SNAPSHOT, tagsOf(RELEASE))
  await world.pass(MADE_MS)
  await database.recordBackup(first, made)
  if (isServed) {
    const image = `${REGISTRY}/demo-api@${plan.images.api?.digest}`
    await world.update({ taskDefinition: await world.register({ containerDefinitions: [{ name: 'api', image }] }) })
    await world.settled()
  }
  await meanwhile?.(world)

  const held = { ...first, attempt: 2 }
  await records.recordPlan({ ...plan, attempt: 2 })
  await world.invoke(checks.handler, { ...held, round: 0 })
  const ends = async (step: 'back-up-database' | 'run-migrations') => {
    const { handler } = await import(`../../functions/${step}.ts`)
    return endOf(world, await enter(world, handler, held))
  }
  return { world, records: database, held, made, ends, tasks: () => world.services.ecs.tasksRun() }
}

const migratedAgain = { kind: 'done', output: { ended: 'the task ended with 0' } }
const registerAnother = async (world: World) => {
  await registerMigration(world, { container: { environment: [{ name: 'MENDED', value: 'yes' }] } })
}

describe('the next attempt at a stage that serves the release already [P4.6b, P4.6c]', () => {
  test('migrates nothing again, and says who did [P4.6b]', async () => {
    const { ends, tasks } = await retried()
    expect(await ends('run-migrations')).toEqual({
      kind: 'done',
      output: { ended: 'attempt 1 of this release has migrated it; nothing was run again' },
    })
    expect(tasks()).toHaveLength(0)
  })

  test.each<[string, Retried]>([
    ['migrates again what failed', { ended: 'failed' }],
    ['migrates again by a task definition that was mended', { meanwhile: registerAnother }],
  ])('%s', async (_, how) => {
    const { ends } = await retried(how)
    expect(await ends('run-migrations')).toEqual(migratedAgain)
  })
})

test('the next attempt at a stage that was taken back migrates again, since its database may be another by now [P4.6c]', async () => {
  const { ends, tasks } = await retried({ isServed: false })
  expect(await ends('run-migrations')).toEqual(migratedAgain)
  expect(tasks()).toHaveLength(1)
})

describe('the backup of an earlier attempt [P4.6b, P4.6c]', () => {
  const backup = { kind: 'rds-instance', id: DATABASE }
  const OWN = { kind: 'done', output: { kind: 'rds-instance', id: SNAPSHOT.replace(/1$/, '2') } }

  test('is kept where its migration stands, and is told as there [P4.6b]', async () => {
    const { records, held, made, ends } = await retried({ backup })
    expect(await ends('back-up-database')).toEqual({ kind: 'done', output: { kind: 'rds-instance', id: SNAPSHOT } })
    expect(await records.readBackup(held)).toEqual({ ...made, attempt: 1 })
    const { backupNow } = await import('../../functions/migration/backup-now.ts')
    expect(await backupNow(held)).not.toHaveProperty('gone')
    expect(await ends('run-migrations')).toMatchObject({ output: { ended: expect.stringMatching(/^attempt 1/) } })
  })

  test.each<[string, Retried]>([
    ['that somebody has deleted is made anew', { meanwhile: deleteSnapshot }],
    ['is made anew where the stage was taken back', { isServed: false }],
    ['is made anew where the migration runs again', { ended: 'failed' }],
  ])('%s', async (_, how) => {
    const { ends } = await retried({ backup, ...how })
    expect(await ends('back-up-database')).toEqual(OWN)
  })
})

async function deleteSnapshot({ ask, services, pass }: World): Promise<void> {
  await ask(services.rds, 'DeleteDBSnapshot', { DBSnapshotIdentifier: SNAPSHOT })
  await pass(MADE_MS)
}
