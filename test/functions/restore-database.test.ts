import { describe, expect, test } from 'vitest'
import type { BackupEntry } from '../../functions/aws/database-ledger.ts'
import { createInstance, DATABASE, MADE_MS, SNAPSHOT, tagsOf, takeSnapshot } from './database.ts'
import { REGISTRY } from './fleet.ts'
import { serveEarlier } from './migration.ts'
import { EXECUTION, RELEASE } from './release.ts'
import { type Restoring, restoring, type Settling } from './restoring.ts'
import { ROLLBACK } from './way-back.ts'

const BACKUP = {
  ...{ kind: 'rds-instance' as const, source: DATABASE, id: SNAPSHOT, at: 1 },
  arn: `arn:aws:rds:eu-west-1:111122223333:snapshot:${SNAPSHOT}`,
} satisfies BackupEntry
/** The snapshot is there before the release, as `BACKUP` says. */
const backedUp: Settling = {
  stage: { backup: { kind: 'rds-instance', id: DATABASE } },
  before: async world => {
    await createInstance(world)
    await takeSnapshot(world, 'rds-instance', SNAPSHOT, tagsOf(RELEASE))
    await world.pass(MADE_MS)
  },
}
const approval = { approvers: [{ name: 'Ana', email: 'ana@demo.example' }], required: 1, expiresAfter: '24h' }
const ask: Settling = {
  migrate: { onRollback: 'ask', down: { command: ['exit', '0'], image: 'new' } },
  stage: { approval },
}
const down = (command: string[], more: object = {}): Settling => ({
  ended: 'succeeded',
  migrate: { onRollback: 'down', down: { command, image: 'new', ...more } },
})
const kept = (note: string) => ({ kind: 'done', output: { database: 'kept', note } })
const NOTHING = { kind: 'done', output: { database: 'nothing', note: '' } }
const pages = ({ world }: Restoring) =>
  world.told().flatMap(({ transition }) => (transition.kind === 'database-kept' ? transition.because : []))

describe('nothing is done to the database', () => {
  test('where the release had not come to its migration', async () => {
    const { begin, tasks } = await restoring({ migrate: { onRollback: 'down', down: { command: ['exit', '0'] } } })
    expect(await begin()).toEqual(NOTHING)
    expect(tasks()).toHaveLength(0)
  })

  test('where its migration never started', async () => {
    const { begin, tasks } = await restoring({ ...down(['exit', '0']), ended: 'never-started' })
    expect(await begin()).toEqual(NOTHING)
    expect(tasks()).toHaveLength(0)
  })

  test('where nobody can ask for the task any more that was never started', async () => {
    const { world, release, records, held, begin } = await restoring()
    const at = world.now()
    const entry = {
      at,
      asked: { at },
      cluster: 'demo',
      taskDefinition: 'demo-migrations:1',
      container: 'migrate',
      startedBy: 'sluice/1',
    }
    await records.recordIntent(release.held, 'migration', entry)
    expect(await begin()).toEqual({ kind: 'waits' })
    await world.pass(49_000)
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    await world.pass(1_000)
    expect(await begin({ retry: 2 })).toEqual(NOTHING)
    expect((await records.readTask(held, 'migration'))?.end?.kind).toBe('never-started')
  })
})

describe('a migration that still runs when its stage is taken over', () => {
  const serving: Settling = { content: 'two', command: [], migrate: { within: '5m' } }

  /** The release is stopped from outside while its task runs. */
  async function takenOver(settling: Settling) {
    const made = await restoring(settling)
    const { release, world, migrates } = made
    await release.changeLock(lock => ({ ...lock, fence: 1, held: { ...RELEASED, since: world.now() } }))
    await migrates.begin()
    const { takeOver } = await import('./way-back.ts')
    await takeOver(world, release)
    return made
  }
  const RELEASED = { holder: EXECUTION, release: RELEASE, attempt: 1 }

  test('is waited for, and settled as it ends', async () => {
    const { begin, ended, tasks } = await takenOver({})
    expect(await begin()).toEqual({ kind: 'waits' })
    expect(await ended()).toEqual(
      kept('The database has the new schema. It is kept as it is, as the application file says; there is no backup'),
    )
    expect(tasks()).toMatchObject([{ exitCodes: { migrate: 0 } }])
  })

  test('is stopped at its limit', async () => {
    const { ended, tasks } = await takenOver(serving)
    expect(await ended()).toMatchObject(
      kept(expect.stringContaining('The database may be half migrated. It is kept as it is') as unknown as string),
    )
    expect(tasks()).toMatchObject([{ lastStatus: 'STOPPED', stopCode: 'UserInitiated' }])
  })

  test('is undone once it has ended', async () => {
    const { release, world, ended, check, begin, tasks } = await takenOver({
      migrate: { onRollback: 'down', down: { command: ['exit', '0'], image: 'new' } },
    })
    await begin()
    const waiters = await release.records.waitersFor(tasks()[0]?.arn ?? '')
    const waiter = waiters.find(({ execution }) => execution === ROLLBACK)
    await world.until('it has stopped', () => tasks()[0]?.lastStatus === 'STOPPED')
    if (waiter) expect(await check(waiter)).toEqual({ kind: 'waits' })
    expect(tasks()).toHaveLength(2)
    expect(await ended()).toMatchObject({ output: { database: 'undone' } })
  })
})

describe('a database that is kept', () => {
  test('is left as it is, and people read why', async () => {
    const { release, records, begin, tasks } = await restoring({ ...backedUp, ended: 'succeeded' })
    await records.recordBackup(release.held, BACKUP)
    expect(await begin()).toEqual(
      kept(
        'The database has the new schema. It is kept as it is, as the application file says; ' +
          `backup: snapshot ${SNAPSHOT} of ${DATABASE}`,
      ),
    )
    expect(tasks()).toHaveLength(0)
  })

  test('does not send people to a snapshot that is gone', async () => {
    const { world, release, records, begin } = await restoring({ ...backedUp, ended: 'succeeded' })
    await records.recordBackup(release.held, BACKUP)
    await world.ask(world.services.rds, 'DeleteDBSnapshot', { DBSnapshotIdentifier: SNAPSHOT })
    expect(await begin()).toEqual(
      kept(
        'The database has the new schema. It is kept as it is, as the application file says; ' +
          `there is no backup any more: snapshot ${SNAPSHOT} of ${DATABASE} is not there any more`,
      ),
    )
  })

  test('half migrated says so once: the reason of the way back has told the rest', async () => {
    const reason = 'production migration: it failed. The database may be half migrated; there is no backup'
    const { begin } = await restoring({ ended: 'failed', rollback: { reason } })
    expect(await begin()).toEqual(kept('The database is kept as it is, as the application file says'))
  })

  test('since only approvers could have chosen calls somebody, once [P6.6c]', async () => {
    const made = await restoring({ ...ask, ended: 'succeeded', choices: ['down'] })
    const note =
      'The database has the new schema. It is kept as it is, since this way back began by itself; for one that a person starts, its approvers chose to undo the migration; there is no backup'
    expect(await made.begin()).toEqual(kept(note))
    expect(await (await made.again()).begin()).toEqual(kept(note))
    expect(pages(made)).toEqual([note])
    expect(made.tasks()).toHaveLength(0)
  })

  test('as its approvers chose calls nobody', async () => {
    const made = await restoring({
      ...ask,
      ended: 'succeeded',
      choices: ['keep'],
      rollback: { cause: 'person', isRequested: true },
    })
    expect(await made.begin()).toMatchObject({
      output: { database: 'kept', note: expect.stringContaining('approvers chose') },
    })
    expect(pages(made)).toEqual([])
  })
})

describe('what approvers chose counts', () => {
  const asked = { cause: 'person', reason: 'errors since noon', isRequested: true } as const

  test.each([
    ['that a person started', asked],
    ['that a person asked a release for', { cause: 'failed', isRequested: true } as const],
  ])('on a way back %s [P6.6c]', async (_, rollback) => {
    const { ended, asked, release } = await restoring({
      ...ask,
      ended: 'succeeded',
      choices: ['down', 'down'],
      rollback,
    })
    expect(await ended()).toMatchObject({ output: { database: 'undone' } })
    expect(asked).toMatchObject([{ overrides: { containerOverrides: [{ command: ['exit', '0'] }] } }])
    expect(release.held.attempt).toBe(1)
  })

  test('only where they agreed', async () => {
    const { begin } = await restoring({ ...ask, ended: 'succeeded', choices: ['down', 'keep'], rollback: asked })
    expect(await begin()).toMatchObject({
      output: { database: 'kept', note: expect.stringContaining('agreed on nothing else') },
    })
  })
})

describe('a migration that is undone', () => {
  test('is undone by one task with the down command, however often the step is repeated', async () => {
    const made = await restoring(down(['exit', '0']))
    expect(await made.begin()).toEqual({ kind: 'waits' })
    expect(await made.ended()).toEqual({
      kind: 'done',
      output: { database: 'undone', note: 'The migration was undone: its down command ended with 0' },
    })
    expect(await (await made.again()).begin()).toMatchObject({ output: { database: 'undone' } })
    expect(made.tasks()).toHaveLength(1)
    expect(made.asked[0]?.overrides).toEqual({ containerOverrides: [{ name: 'migrate', command: ['exit', '0'] }] })
    expect(await made.world.revisions('demo-migrations')).toEqual([made.base])
  })

  test('runs the image that served before, where the file does not say otherwise', async () => {
    let before = ''
    const made = await restoring({
      ...down(['exit', '0'], { image: 'previous' }),
      before: async world => {
        before = await serveEarlier(world)
      },
    })
    expect(await made.ended()).toMatchObject({ output: { database: 'undone' } })
    const { taskDefinition } = await made.world.definition(made.asked[0]?.taskDefinition ?? '')
    expect(taskDefinition?.containerDefinitions?.map(({ image }) => image)).toEqual([`${REGISTRY}/demo-api@${before}`])
  })

  test('and fails may be between two schemas, and says which backup to use', async () => {
    const { release, records, ended } = await restoring({ ...down(['exit', '4']), ...backedUp })
    await records.recordBackup(release.held, BACKUP)
    expect(await ended()).toMatchObject({
      kind: 'failed',
      error: 'RollbackFailed',
      because: expect.stringMatching(
        `^production: the migration could not be undone: container migrate ended with exit code 4. The database may be between two schemas; backup: snapshot ${SNAPSHOT} of ${DATABASE}. Its last lines: /demo/migrations, stream ecs/migrate/`,
      ),
    })
  })

  test('and never starts has the new schema still', async () => {
    const { world, ended } = await restoring(down(['exit', '0']))
    world.services.ecs.failNextRun({ reason: 'ATTRIBUTE' })
    expect(await ended()).toEqual({
      kind: 'failed',
      error: 'RollbackFailed',
      because:
        'production: the migration could not be undone: the task never started: ATTRIBUTE. ' +
        'The database has the new schema; there is no backup',
    })
  })

  test('is found by the rollback that takes over from one that was stopped', async () => {
    const made = await restoring(down(['exit', '0']))
    await made.begin()
    const { release, world, held } = made
    const { takenOver } = await import('../../domain/lock.ts')
    const holder = `${held.lease.holder}-c`
    await release.changeLock(lock => takenOver(lock, { ...held, holder }, world.now()))
    const { handler } = await import('../../functions/restore-database.ts')
    const { enter } = await import('./waiting.ts')
    const { endOf } = await import('./migration.ts')
    const next = await enter(world, handler, { ...held, lease: { holder, fence: 3 } }, holder)
    expect(await endOf(world, next)).toMatchObject({ output: { database: 'undone' } })
    expect(made.tasks()).toHaveLength(1)
  })
})

describe('a database that is restored', () => {
  test('is a new one beside the running one, which is left alone', async () => {
    const made = await restoring({ ...backedUp, ended: 'failed', migrate: { onRollback: 'restore' } })
    const { world, release, records, begin, ended } = made
    await records.recordBackup(release.held, BACKUP)
    expect(await begin()).toEqual({ kind: 'waits' })
    const standing = await ended()
    const beside = world.services.rds.instances().filter(({ id }) => id !== DATABASE)
    expect(beside).toHaveLength(1)
    expect(standing).toEqual({
      kind: 'done',
      output: {
        database: 'restored',
        note: `The database as it was before the migration is ${beside[0]?.id}; ${DATABASE} runs on as it is, until a person switches`,
      },
    })
    expect(made.tasks()).toHaveLength(0)
  })
})

describe('before it changes anything', () => {
  test('a rollback that has lost the stage ends [P4.1a]', async () => {
    const { release, begin, tasks } = await restoring(down(['exit', '0']))
    await release.loseLease()
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(tasks()).toHaveLength(0)
  })
})
