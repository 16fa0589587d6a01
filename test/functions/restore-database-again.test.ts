import { describe, expect, test } from 'vitest'
import { releaseId } from '../../domain/identity.ts'
import { blockedBy, takenOver } from '../../domain/lock.ts'
import type { RollbackEntry } from '../../functions/aws/stage-ledger.ts'
import { createInstance, DATABASE, MADE_MS, SNAPSHOT, tagsOf, takeSnapshot } from './database.ts'
import { endOf } from './migration.ts'
import { EXECUTION, RELEASE } from './release.ts'
import { REASON, type Restoring, restoring, type Settling } from './restoring.ts'
import { type Entry, enter } from './waiting.ts'

const down = (...command: string[]): Settling => ({
  ended: 'succeeded',
  migrate: { onRollback: 'down', down: { command, image: 'new' } },
})
const approval = { approvers: [{ name: 'Ana', email: 'ana@demo.example' }], required: 1, expiresAfter: '24h' }
const asking = (...command: string[]): Settling => ({
  ended: 'succeeded',
  migrate: { onRollback: 'ask', down: { command, image: 'new' } },
  stage: { approval },
  choices: ['down'],
})
const undone = (note: string) => ({ kind: 'done', output: { database: 'undone', note } })
const UNDONE = undone('The migration was undone: its down command ended with 0')
const NOTE = (text: string) => expect.stringContaining(text) as unknown as string
const pages = ({ world }: Restoring) => world.told().filter(({ transition }) => transition.kind === 'database-kept')
const nameIn = (execution: string) => execution.slice(execution.lastIndexOf(':') + 1)

type Chosen = NonNullable<RollbackEntry['chosen']>

/** A person rolls the stage back once more, after it was left blocked. */
async function personRollsBack(
  { world, release, held }: Restoring,
  { by = 'again', chosen }: { by?: string; chosen?: Chosen } = {},
): Promise<Entry> {
  const holder = `${held.lease.holder}-${by}`
  await release.changeLock(lock => takenOver(blockedBy(lock, held, 'it failed', world.now()), { ...held, holder }, 1))
  const { app, stage, attempt } = held
  const { fence } = await release.lock()
  await release.records.recordRollback(
    {
      ...{ app, stage, release: held.release, attempt, name: nameIn(holder), tag: 'v2', cause: 'person' },
      ...{ reason: 'the down command is mended', at: world.now(), isRequested: true, ...(chosen && { chosen }) },
    },
    fence,
  )
  const { handler } = await import('../../functions/restore-database.ts')
  return enter(world, handler, { ...held, lease: { holder, fence } }, holder)
}

/** The rollback was stopped, and a clean-up takes the stage over from it. */
async function cleanedUp({ world, release, held }: Restoring): Promise<Entry> {
  const holder = `${held.lease.holder}-c`
  const { handler: takeLease } = await import('../../functions/take-lease.ts')
  const input = { ...held, cause: 'aborted', reason: 'execution was stopped', releaseExecution: EXECUTION }
  expect(await (await enter(world, takeLease, input, holder)).begin()).toMatchObject({ output: { kind: 'taken' } })
  const { fence } = await release.lock()
  const { handler } = await import('../../functions/restore-database.ts')
  return enter(world, handler, { ...held, lease: { holder, fence } }, holder)
}

/** What the stage is to serve by a person's choice: `digest` of what it served before, or of something else. */
async function going(made: Restoring, to: string, digest: (before: string) => string, more: Partial<Chosen> = {}) {
  const served = (await made.release.records.readBefore(made.held))?.services['demo-api']
  if (!served) throw new Error('nothing served before')
  const target = { 'demo-api': { ...served, digests: { api: digest(served.digests.api ?? '') } } }
  return {
    ...{ target, to, from: {}, at: made.world.now(), seen: {}, takesBack: true, asked: 'someone', ...more },
  } satisfies Chosen
}

describe('a migration that could not be undone', () => {
  test('is tried again by the next rollback of a person, by a task of its own', async () => {
    const made = await restoring(down('exit', '4'))
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
    const made = await restoring(down('exit', '0'))
    made.world.services.ecs.failNextRun({ reason: 'ATTRIBUTE' })
    expect(await made.ended()).toMatchObject({ error: 'RollbackFailed' })
    expect(await endOf(made.world, await personRollsBack(made))).toEqual(UNDONE)
    expect(made.tasks()).toHaveLength(1)
  })

  test('is not tried again by a clean-up, which goes on with the same way back', async () => {
    const made = await restoring(down('exit', '4'))
    await made.ended()
    const again = await endOf(made.world, await cleanedUp(made))
    expect(again).toMatchObject({ error: 'RollbackFailed', because: expect.stringContaining('exit code 4') })
    expect(made.tasks()).toHaveLength(1)
  })

  test('may be between two schemas also where the next task never starts', async () => {
    const made = await restoring(down('exit', '4'))
    await made.ended()
    made.world.services.ecs.failNextRun({ reason: 'ATTRIBUTE' })
    expect(await endOf(made.world, await personRollsBack(made))).toMatchObject({
      because: expect.stringContaining('never started: ATTRIBUTE. The database may be between two schemas'),
    })
  })

  test('and is then kept may be between two schemas', async () => {
    const made = await restoring(down('exit', '4'))
    await made.ended()
    const chosen = await going(made, 'v0', () => 'sha256:older')
    expect(await (await personRollsBack(made, { chosen })).begin()).toMatchObject({
      output: { database: 'kept', note: NOTE('The database may be between two schemas. It is kept as it is, since') },
    })
  })

  test('is not undone while a task of an earlier way back may still run', async () => {
    const made = await restoring(down('hang'))
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
    const made = await restoring(down('exit', '0'))
    await made.begin()
    const next = await personRollsBack(made)
    expect(await next.begin()).toEqual({ kind: 'waits' })
    expect(await endOf(made.world, next)).toEqual(
      undone('The migration was undone on an earlier way back; nothing was run again'),
    )
    expect(made.tasks()).toHaveLength(1)
    expect(await made.world.revisions('demo-migrations')).toEqual([made.base])
  })

  test('is waited for also where the next rollback keeps the database', async () => {
    const made = await restoring(down('exit', '0'))
    await made.begin()
    const next = await personRollsBack(made, { chosen: await going(made, 'v0', () => 'sha256:older') })
    expect(await next.begin()).toEqual({ kind: 'waits' })
    await endOf(made.world, next)
    expect(made.tasks()).toMatchObject([{ lastStatus: 'STOPPED' }])
  })
})

describe('a migration that was undone', () => {
  async function madeUndone() {
    const made = await restoring(down('exit', '0'))
    expect(await made.ended()).toEqual(UNDONE)
    return made
  }

  test('is not undone twice', async () => {
    const made = await madeUndone()
    expect(await endOf(made.world, await personRollsBack(made))).toEqual(
      undone('The migration was undone on an earlier way back; nothing was run again'),
    )
    expect(made.tasks()).toHaveLength(1)
  })

  test('is not said to be there when a person goes elsewhere', async () => {
    const made = await madeUndone()
    const chosen = await going(made, 'v0', () => 'sha256:older')
    expect(await (await personRollsBack(made, { chosen })).begin()).toEqual({
      kind: 'done',
      output: {
        database: 'kept',
        note:
          'The database has had its migration undone. It is kept as it is, since the stage goes to v0, ' +
          'which is not what it served before this migration; there is no backup',
      },
    })
  })

  test('has not been run again for whoever goes to its release, which people read', async () => {
    const made = await madeUndone()
    const restores = { release: made.held.release, attempt: 1, tag: 'v2', before: {} }
    const chosen = await going(made, 'v2', () => 'sha256:newer', { restores, takesBack: false })
    expect(await (await personRollsBack(made, { chosen })).begin()).toEqual({
      kind: 'done',
      output: {
        database: 'nothing',
        note: `The migration of release ${made.held.release} (v2) was undone, and has not been run again`,
      },
    })
  })

  test('is not taken for another’s, which was there before and which people went back to since', async () => {
    const made = await restoring(down('exit', '0'))
    const { records, release, held, world } = made
    const other = { ...held, release: releaseId.parse('0123456789ab') }
    const entry = { at: 1, asked: { at: 1 }, cluster: 'demo', taskDefinition: 'd:1', container: 'migrate' }
    await records.recordIntent(other, 'migration', { ...entry, startedBy: 's' })
    const restored = { kind: 'restored', at: world.now() + 1, release: other.release, attempt: 1, tag: 'v1' } as const
    await release.records.recordHistory(held.app, held.stage, 9, { ...restored, before: {}, after: {} })
    const chosen = await going(made, 'v1', before => before)
    expect(await endOf(world, await personRollsBack(made, { chosen }))).toEqual(UNDONE)
  })

  test('of another release is warned of, beside what becomes of this one’s', async () => {
    const made = await restoring({ ...down('exit', '0'), ended: 'never-started' })
    const { records, held, world } = made
    const later = { ...held, release: releaseId.parse('0123456789ab') }
    const [at, task] = [world.now(), 'arn:aws:ecs:eu-west-1:111122223333:task/demo/0123456789abcdef']
    const entry = { at, asked: { at }, cluster: 'demo', taskDefinition: 'd:1', container: 'migrate', startedBy: 's' }
    for (const own of ['migration', 'down#of-it'] as const) {
      await records.recordIntent(later, own, entry)
      await records.recordTask(later, own, task)
      const kind = own === 'migration' ? 'succeeded' : 'failed'
      await records.recordTaskEnd(later, own, { kind, because: REASON, at }, { asked: { at }, task })
    }
    const restores = { release: later.release, attempt: 1, tag: 'v3', before: {} }
    const chosen = await going(made, 'v3', () => 'sha256:newer', { restores, takesBack: false })
    expect(await (await personRollsBack(made, { chosen })).begin()).toMatchObject({
      output: {
        note: 'The migration of release 0123456789ab (v3) may be undone in part, and has not been run again',
      },
    })
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
  expect(await made.ended()).toMatchObject({ output: { note: NOTE('The database as it was before the migration is') } })
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
