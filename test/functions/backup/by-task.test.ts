import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { enterBackup, withBackup } from '../database.ts'
import { REGISTRY } from '../fleet.ts'
import { endOf } from '../migration.ts'
import { checkedRelease } from '../release.ts'
import { createWorld, type World } from '../world.ts'

/** Prints its command's words, one in each line; `exit` before a number ends it with that. */
const IMAGE = `export default {
  run(_, words) {
    if (words[0] === 'exit') return Number(words[1])
    for (const word of words) console.log(word)
    return 0
  },
}
`
const GROUP = '/demo/dump'
const LOGS = { 'awslogs-group': GROUP, 'awslogs-stream-prefix': 'ecs' }

interface Prepared {
  /** What the task prints. */
  prints?: string[]
  definition?: Partial<RegisterTaskDefinitionRequest>
  options?: Record<string, string>
  backup?: object
}

async function aBackupTask({ prints = ['s3://backups/demo.dump'], definition, options = LOGS, backup }: Prepared = {}) {
  const asked = { kind: 'task', taskDefinition: 'dump', container: 'dump', bucket: 'backups', within: '20m', ...backup }
  const world = await createWorld(withBackup(asked))
  await registerDump(world, { prints, options, ...(definition && { definition }) })
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' }
  await world.ask(world.services.s3, 'CreateBucket', { Bucket: 'backups', CreateBucketConfiguration })
  const release = await checkedRelease(world)
  const entry = await enterBackup({ world, release })
  const { readBackup } = await import('../../../functions/aws/database-ledger.ts')
  return {
    ...{ world, release, ...entry },
    /** The task's own work, which the test does for it. */
    store: (Key = 'demo.dump', text = 'create table people ();') =>
      world.ask(world.services.s3, 'PutObject', { Bucket: 'backups', Key, Body: Buffer.from(text) }),
    ended: () => endOf(world, entry),
    tasks: () => world.services.ecs.tasksRun(),
    recorded: () => readBackup(release.held),
  }
}

async function registerDump(world: World, { prints, options, definition }: Prepared): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'image-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'container.mjs'), IMAGE)
  world.services.ecr.push({ repository: 'demo-api', tag: 'dump', folder })
  const dump = {
    ...{ name: 'dump', image: `${REGISTRY}/demo-api:dump`, command: prints ?? [] },
    ...(options && { logConfiguration: { logDriver: 'awslogs' as const, options } }),
  }
  await world.register({ family: 'dump', containerDefinitions: [dump], ...definition })
}

const failedWith = (because: string | RegExp) => ({
  kind: 'failed',
  error: 'BackupFailed',
  because: expect.stringMatching(because),
})

describe('a backup that a task makes', () => {
  test('is where the task said, once S3 has it', async () => {
    const { world, release, begin, store, ended, tasks, recorded } = await aBackupTask({
      prints: ['begin', 's3://backups/demo.dump', '1 table'],
    })
    expect(await begin()).toEqual({ kind: 'waits' })
    const [task] = tasks()
    expect(await release.records.waitersFor(task?.arn ?? '')).toHaveLength(1)
    await store()
    expect(await ended()).toEqual({ kind: 'done', output: { kind: 'task', id: 's3://backups/demo.dump' } })
    expect(await recorded()).toEqual({
      ...{ kind: 'task', source: 'dump', id: 's3://backups/demo.dump', at: expect.any(Number) },
    })
    expect(tasks()).toHaveLength(1)
    expect(world.services.rds.snapshots()).toEqual([])
  })

  test('is made by one task, however often the step is repeated', async () => {
    const { world, begin, store, ended, tasks } = await aBackupTask()
    world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'lose-answer' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    await store()
    expect(await ended()).toMatchObject({ kind: 'done' })
    expect(tasks()).toHaveLength(1)
  })

  test('whose log comes late is waited for', async () => {
    const { world, store, ended, recorded } = await aBackupTask()
    const begun = world.now()
    const does = { fail: 'ResourceNotFoundException' }
    world.services.faults.add({ service: 'logs', operation: 'GetLogEvents', does, times: 3 })
    await store()
    expect(await ended()).toMatchObject({ kind: 'done' })
    expect((await recorded())?.at).toBeGreaterThanOrEqual(begun + 30_000)
  })

  test('that failed says how, and where its last lines are', async () => {
    const { ended } = await aBackupTask({ prints: ['exit', '3'] })
    expect(await ended()).toEqual(
      failedWith(
        /^production: the task of dump made no backup: container dump .*code 3 \(its last lines: \/demo\/dump, stream ecs\/dump\/\w+ \(https:.*\)\); mend it, then: sluice retry demo 3f9c0a7f6d6a$/,
      ),
    )
  })

  test.each([
    [
      'printed no address',
      { prints: ['done', 's3://elsewhere/demo.dump'] },
      /the task of dump ended with 0, but printed no line s3:\/\/backups\/<key> \(log: \/demo\/dump, stream ecs\/dump\/\w+\); mend the task/,
    ],
    [
      'said that it is in another bucket by a detour',
      { prints: ['s3://backups/../payroll/demo.dump'] },
      /said that its backup is s3:\/\/backups\/\.\.\/payroll\/demo.dump, a key that cannot be asked for; have the task/,
    ],
    ['stored nothing', {}, /said that its backup is s3:\/\/backups\/demo.dump, but nothing is there; mend the task/],
  ])('that %s has failed, after a while in which its log might still come', async (_, prepared, because) => {
    const { world, begin, ended } = await aBackupTask(prepared)
    await begin()
    expect(await ended()).toEqual(failedWith(because))
    expect(world.logged.map(({ message }) => message)).toContain('waits: the log of the backup task of dump')
  })

  test('that stored an empty object has failed', async () => {
    const { begin, store, ended } = await aBackupTask()
    await begin()
    await store('demo.dump', '')
    expect(await ended()).toEqual(failedWith('said that its backup is s3://backups/demo.dump, but that is empty'))
  })

  test('that left an older object as it was has failed', async () => {
    const { world, store, begin, ended } = await aBackupTask()
    await store()
    const stored = new Date(world.now()).toISOString()
    await world.pass(60_000)
    await begin()
    expect(await ended()).toEqual(failedWith(`but that was there before the task, since ${stored}; mend the task`))
  })

  test('in a bucket that may not be looked into says what to allow', async () => {
    const { world, store, begin, ended } = await aBackupTask()
    const does = { fail: 'AccessDenied', statusCode: 403 }
    world.services.faults.add({ service: 's3', operation: 'HeadObject', does, times: 1_000 })
    await begin()
    await store()
    expect(await ended()).toEqual(
      failedWith(/it answers 403\); .* s3:GetObject and s3:ListBucket, then: sluice retry demo 3f9c0a7f6d6a$/),
    )
  })

  test('that takes too long is stopped, and has failed once it has', async () => {
    const { world, begin, ended } = await aBackupTask({ backup: { within: '5m' } })
    world.services.ecr.pull = () => {
      throw new Error('CannotPullContainerError: the registry is out')
    }
    await begin()
    expect(await ended()).toEqual(failedWith(/^production: the task of dump made no backup: /))
  })
})

describe('before a task is run for a backup', () => {
  test.each<[string, Prepared, RegExp]>([
    [
      'whose family has no revision',
      { backup: { taskDefinition: 'nothing' } },
      /^production: task definition nothing has no active revision; register one, then: sluice retry demo 3f9c0a7f6d6a$/,
    ],
    [
      'without the container',
      { backup: { container: 'other' } },
      /^production: task definition dump has no container other; correct backup.container, then: sluice retry demo 3f9c0a7f6d6a$/,
    ],
    [
      'whose log cannot be read',
      { options: { 'awslogs-group': GROUP } },
      /^production: container dump of dump does not log to CloudWatch by streams of its own.*awslogs-stream-prefix, then: sluice retry demo 3f9c0a7f6d6a$/,
    ],
  ])('one %s is refused with a remedy', async (_, prepared, because) => {
    const { begin, tasks } = await aBackupTask(prepared)
    expect(await begin()).toEqual(failedWith(because))
    expect(tasks()).toEqual([])
  })

  test('a release whose rollback was asked for ends', async () => {
    const { release, begin, tasks } = await aBackupTask()
    await release.requestRollback('wrong version')
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'RollbackRequested' })
    expect(tasks()).toEqual([])
  })
})

test('a rollback that is asked for while the task runs ends the step at once', async () => {
  const { release, begin, tasks } = await aBackupTask()
  await begin()
  await release.requestRollback('wrong version')
  expect(await begin({ retry: 1 })).toMatchObject({ kind: 'failed', error: 'RollbackRequested' })
  expect(tasks()).toHaveLength(1)
})
