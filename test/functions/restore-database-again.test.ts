import { describe, expect, test } from 'vitest'
import { createInstance, DATABASE, MADE_MS, SNAPSHOT, tagsOf, takeSnapshot } from './database.ts'
import { endOf } from './migration.ts'
import { RELEASE } from './release.ts'
import { type Restoring, restoring, type Settling } from './restoring.ts'
import { cleanedUp, going, nameIn, personRollsBack, UNDONE, UNDONE_EARLIER, undoneBy } from './restoring-again.ts'

const approval = { approvers: [{ name: 'Ana', email: 'ana@demo.example' }], required: 1, expiresAfter: '24h' }
const asking = (...command: string[]): Settling => ({
  ended: 'succeeded',
  migrate: { onRollback: 'ask', down: { command, image: 'new' } },
  stage: { approval },
  choices: ['down'],
})
const containing = (text: string) => expect.stringContaining(text) as unknown as string
const pages = ({ world }: Restoring) => world.told().filter(({ transition }) => transition.kind === 'database-kept')

describe('a migration that could not be undone', () => {
  test('is tried again by the next rollback of a person, by a task of its own', async () => {
    const made = await restoring(undoneBy('exit', '4'))
    expect(await made.ended()).toMatchObject({ error: 'RollbackFailed' })
    expect(await endOf(made.world, await personRollsBack(made))).toMatchObject({
      error: 'RollbackFailed',
      because: expect.stringContaining('ended with exit code 4. The database may be between two schemas'),
    })
    expect(made.tasks()).toHaveLength(2)
    expect(new Set(made.asked.map(({ clientToken }) => clientToken)).size).toBe(2)
    expect(await made.world.revisions('demo-migrations')).toEqual([made.base])
  })

  test('since no task started is undone once one does', async () => {
    const made = await restoring(undoneBy('exit', '0'))
    made.world.services.ecs.failNextRun({ reason: 'ATTRIBUTE' })
    expect(await made.ended()).toMatchObject({ error: 'RollbackFailed' })
    expect(await endOf(made.world, await personRollsBack(made))).toEqual(UNDONE)
    expect(made.tasks()).toHaveLength(1)
  })

  test('is not tried again by a clean-up, which goes on with the same way back', async () => {
    const made = await restoring(undoneBy('exit', '4'))
    await made.ended()
    const again = await endOf(made.world, await cleanedUp(made))
    expect(again).toMatchObject({ error: 'RollbackFailed', because: expect.stringContaining('exit code 4') })
    expect(made.tasks()).toHaveLength(1)
  })

  test('may be between two schemas also where the next task never starts', async () => {
    const made = await restoring(undoneBy('exit', '4'))
    await made.ended()
    made.world.services.ecs.failNextRun({ reason: 'ATTRIBUTE' })
    expect(await endOf(made.world, await personRollsBack(made))).toMatchObject({
      because: expect.stringContaining('never started: ATTRIBUTE. The database may be between two schemas'),
    })
  })

  test('and is then kept may be between two schemas', async () => {
    const made = await restoring(undoneBy('exit', '4'))
    await made.ended()
    const chosen = await going(made, 'v0', () => 'sha256:older')
    expect(await (await personRollsBack(made, { chosen })).begin()).toMatchObject({
      output: {
        database: 'kept',
        note: containing('The database may be between two schemas. It is kept as it is, since'),
      },
    })
  })

  test('is not undone while a task of an earlier way back may still run', async () => {
    const made = await restoring(undoneBy('hang'))
    await made.begin()
    const { records, held, world } = made
    const own = `down#${nameIn(held.lease.holder)}` as const
    const entry = await records.readTask(held, own)
    const end = { kind: 'unknown', because: 'it may still run', at: world.now() } as const
    if (entry) await records.recordTaskEnd(held, own, end, entry)
    const standing = await (await personRollsBack(made)).begin()
    expect(standing).toMatchObject({
      error: 'RollbackFailed',
      because: expect.stringContaining(`${entry?.task}, which an earlier way back began, has not stopped`),
    })
    expect(made.tasks()).toHaveLength(1)
  })
})

describe('a task that undoes a migration, and whose rollback is stopped', () => {
  const requested = { isRequested: true } as const

  test.each([
    ['a person started', { cause: 'person', reason: 'errors since noon', ...requested }],
    ['a person asked a release for', { cause: 'failed', ...requested }],
  ] as const)('is waited for by its clean-up, where %s the rollback', async (_, rollback) => {
    const made = await restoring({ ...asking('exit', '0'), rollback })
    expect(await made.begin()).toEqual({ kind: 'waits' })
    const next = await cleanedUp(made)
    expect(await next.begin()).toEqual({ kind: 'waits' })
    expect(await endOf(made.world, next)).toEqual(UNDONE)
    expect(made.tasks()).toHaveLength(1)
    expect(pages(made)).toEqual([])
  })

  test('is waited for by the clean-up of its clean-up, as its own', async () => {
    const made = await restoring(undoneBy('exit', '0'))
    await made.begin()
    await (await cleanedUp(made)).begin()
    expect(await endOf(made.world, await cleanedUp(made))).toEqual(UNDONE)
    expect(made.tasks()).toHaveLength(1)
  })

  test('is stopped at its limit by its clean-up, which says that it failed', async () => {
    const settling = asking('hang')
    const rollback = { cause: 'person', ...requested } as const
    const made = await restoring({ ...settling, migrate: { ...settling.migrate, within: '5m' }, rollback })
    await made.begin()
    expect(await endOf(made.world, await cleanedUp(made))).toMatchObject({
      error: 'RollbackFailed',
      because: expect.stringContaining('was stopped after 5m'),
    })
    expect(made.tasks()).toMatchObject([{ lastStatus: 'STOPPED' }])
  })

  test('is waited for before a person’s next rollback decides anything, and counts', async () => {
    const made = await restoring(undoneBy('exit', '0'))
    await made.begin()
    const next = await personRollsBack(made)
    expect(await next.begin()).toEqual({ kind: 'waits' })
    expect(await endOf(made.world, next)).toEqual(UNDONE_EARLIER)
    expect(made.tasks()).toHaveLength(1)
    expect(await made.world.revisions('demo-migrations')).toEqual([made.base])
  })

  test('is waited for also where the next rollback keeps the database', async () => {
    const made = await restoring(undoneBy('exit', '0'))
    await made.begin()
    const next = await personRollsBack(made, { chosen: await going(made, 'v0', () => 'sha256:older') })
    expect(await next.begin()).toEqual({ kind: 'waits' })
    await endOf(made.world, next)
    expect(made.tasks()).toMatchObject([{ lastStatus: 'STOPPED' }])
  })
})

test('a database that was restored weeks ago is not said to be as it was then', async () => {
  const made = await restoring({
    ended: 'failed',
    migrate: { onRollback: 'restore' },
    stage: { backup: { kind: 'rds-instance', id: DATABASE } },
    before: async world => {
      await createInstance(world)
      await takeSnapshot(world, 'rds-instance', SNAPSHOT, tagsOf(RELEASE))
      await world.pass(MADE_MS)
    },
  })
  const { world, records, release } = made
  const arn = `arn:aws:rds:eu-west-1:111122223333:snapshot:${SNAPSHOT}`
  await records.recordBackup(release.held, { kind: 'rds-instance', source: DATABASE, id: SNAPSHOT, at: 1, arn })
  expect(await made.ended()).toMatchObject({
    output: { note: containing('The database as it was before the migration is') },
  })
  const beside = world.services.rds.instances().find(({ id }) => id !== DATABASE)
  await world.pass(20 * 24 * 3_600_000)
  expect(await (await personRollsBack(made)).begin()).toEqual({
    kind: 'done',
    output: {
      database: 'restored',
      note: expect.stringMatching(
        `^${beside?.id} was restored on an earlier way back, at 2\\S+Z: what it holds by now is not known`,
      ),
    },
  })
  expect(world.services.rds.instances()).toHaveLength(2)
})
