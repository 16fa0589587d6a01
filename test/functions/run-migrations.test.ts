import { describe, expect, test } from 'vitest'
import { REGISTRY } from './fleet.ts'
import { migratingRelease, type Prepared } from './migration.ts'
import { EXECUTION, RELEASE } from './release.ts'

const BACKUP = { kind: 'rds-instance', source: 'demo-db', id: 'sluice-demo-1', arn: 'arn:of:it', at: 1 } as const
const failing: Prepared = { command: ['exit', '3'] }
/** A process that never ends, and leaves when it is told to. */
const hanging: Prepared = { command: ['hang'], migrate: { within: '5m' } }
/** A server instead of a tool: it never ends either, and leaves with 0. */
const serving: Prepared = { content: 'two', command: [], migrate: { within: '5m' } }

describe('a migration', () => {
  test('is one task on the new image, and done when its container ended with 0', async () => {
    const { release, world, base, begin, ended, tasks } = await migratingRelease()
    expect(await begin()).toEqual({ kind: 'waits' })
    expect(await ended()).toEqual({ kind: 'done', output: { ended: 'the task ended with 0' } })
    expect(tasks()).toMatchObject([{ group: 'family:demo-migrations', exitCodes: { migrate: 0 } }])
    const made = await world.definition((await release.records.readRevision(release.held, '#migration')) ?? '')
    const { uri, digest } = release.plan.images.api ?? {}
    expect(made.taskDefinition?.containerDefinitions).toEqual([
      { ...(await world.definition(base)).taskDefinition?.containerDefinitions?.[0], image: `${uri}@${digest}` },
    ])
    expect(made.tags).toEqual([
      { key: 'sluice:release', value: `demo-${RELEASE}-1` },
      { key: 'sluice:stage', value: 'production' },
      { key: 'sluice:service', value: 'migration' },
    ])
  })

  test('leaves only what the users registered among the ACTIVE revisions of its family', async () => {
    const { world, base, ended } = await migratingRelease()
    await ended()
    expect(await world.revisions('demo-migrations')).toEqual([base])
  })

  test('is done although ECS keeps its used revision among the ACTIVE ones, and says so in the log', async () => {
    const { world, base, ended } = await migratingRelease()
    const does = { fail: 'AccessDeniedException', message: 'no', statusCode: 400 }
    world.services.faults.add({ service: 'ecs', operation: 'DeregisterTaskDefinition', does })
    expect(await ended()).toMatchObject({ kind: 'done' })
    const [used, ...others] = await world.revisions('demo-migrations')
    expect(others).toEqual([base])
    const because = 'AccessDeniedException: no'
    const message = 'a revision stays in its family'
    expect(world.logged).toContainEqual(expect.objectContaining({ message, revision: used, because }))
  })

  test('tries again to take its used revision out of its family where ECS has an error of its own', async () => {
    const { world, base, ended } = await migratingRelease()
    world.services.faults.add({ service: 'ecs', operation: 'DeregisterTaskDefinition', does: 'internal-error' })
    await expect(ended()).rejects.toMatchObject({ name: 'Transient' })
    expect(await ended()).toMatchObject({ kind: 'done' })
    expect(await world.revisions('demo-migrations')).toEqual([base])
  })

  test('changes the image of the named container only', async () => {
    const container = { name: 'sidecar', image: `${REGISTRY}/demo-api:v1`, essential: false, command: ['exit', '0'] }
    const { asked, world, ended } = await migratingRelease({
      definition: { containerDefinitions: [{ ...container, name: 'migrate', essential: true }, container] },
    })
    await ended()
    const { taskDefinition } = await world.definition(asked[0]?.taskDefinition ?? '')
    expect(taskDefinition?.containerDefinitions?.map(({ image }) => image)).toEqual([
      expect.stringContaining('@sha256:'),
      `${REGISTRY}/demo-api:v1`,
    ])
  })

  test('runs where the first service of the stage runs', async () => {
    const { asked, begin } = await migratingRelease()
    await begin()
    expect(asked).toMatchObject([
      {
        cluster: 'demo',
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      },
    ])
  })

  test('runs where the file says', async () => {
    const network = { subnets: ['subnet-0a1b2c3d'], securityGroups: ['sg-0a1b2c3d'], assignPublicIp: true }
    const { asked, begin } = await migratingRelease({ migrate: { network } })
    await begin()
    expect(asked[0]?.networkConfiguration).toEqual({
      awsvpcConfiguration: { ...network, assignPublicIp: 'ENABLED' },
    })
  })

  test('is done with what its containers ended with, an hour after ECS has forgotten it', async () => {
    const { world, ended, again } = await migratingRelease()
    await ended()
    await world.pass(2 * 3_600_000)
    expect(await (await again()).begin()).toEqual({ kind: 'done', output: { ended: 'the task ended with 0' } })
  })
})

describe('a migration that fails', () => {
  test('says exit code, what is left, which backup to use, and where the last lines are', async () => {
    const { release, records, ended, tasks } = await migratingRelease(failing)
    await records.recordBackup(release.held, BACKUP)
    const standing = await ended()
    const id = tasks()[0]?.arn.split('/').at(-1)
    const stream = `ecs$252Fmigrate$252F${id}`
    expect(standing).toEqual({
      kind: 'failed',
      error: 'MigrationFailed',
      because:
        'production migration: container migrate ended with exit code 3. The database may be half migrated; ' +
        'backup: snapshot sluice-demo-1 of demo-db. ' +
        `Its last lines: /demo/migrations, stream ecs/migrate/${id} ` +
        '(https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1' +
        `#logsV2:log-groups/log-group/$252Fdemo$252Fmigrations/log-events/${stream})`,
    })
  })

  test('says so where there is no backup', async () => {
    const { ended } = await migratingRelease(failing)
    expect(await ended()).toMatchObject({ because: expect.stringContaining('half migrated; there is no backup') })
  })

  test('because it was killed is not repeated', async () => {
    const { world, begin, ended, again, tasks } = await migratingRelease(serving)
    await begin()
    await world.until('it runs', () => tasks()[0]?.lastStatus === 'RUNNING')
    world.services.ecs.kill(tasks()[0]?.arn ?? '')
    expect(await ended()).toMatchObject({
      error: 'MigrationFailed',
      because: expect.stringContaining(
        'container migrate ended with exit code 137 (killed: out of memory, or SIGKILL)',
      ),
    })
    expect(await (await again()).begin()).toMatchObject({ error: 'MigrationFailed' })
    expect(tasks()).toHaveLength(1)
  })

  test('is stopped at its limit, and failed once it has stopped', async () => {
    const { world, begin, ended, tasks } = await migratingRelease(hanging)
    await begin()
    await world.until('it runs', () => tasks()[0]?.lastStatus === 'RUNNING')
    await world.pass(4 * 60_000)
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    expect(tasks()[0]?.lastStatus).toBe('RUNNING')
    await world.pass(60_000)
    expect(await begin({ retry: 2 })).toEqual({ kind: 'waits' })
    expect(tasks()[0]?.stopCode).toBe('UserInitiated')
    expect(await ended()).toMatchObject({
      error: 'MigrationFailed',
      because: expect.stringContaining(
        'the task was stopped after 5m, the longest time that it is given; container migrate ended with exit code 143',
      ),
    })
  })

  test('is one that somebody stopped, even if its container ended with 0', async () => {
    const { world, begin, ended, tasks } = await migratingRelease(serving)
    await begin()
    const task = tasks()[0]?.arn
    await world.until('it runs', () => tasks()[0]?.lastStatus === 'RUNNING')
    await world.ask(world.services.ecs, 'StopTask', { cluster: 'demo', task, reason: 'lunch' })
    expect(await ended()).toMatchObject({
      error: 'MigrationFailed',
      because: expect.stringContaining('the task was stopped (UserInitiated: lunch)'),
    })
  })
})

describe('a migration that never started', () => {
  test('because its image is gone leaves the schema untouched, and says so', async () => {
    const { world, begin, ended } = await migratingRelease()
    world.services.ecr.pull = () => {
      throw new Error('CannotPullContainerError: no such manifest')
    }
    await begin()
    expect(await ended()).toEqual({
      kind: 'failed',
      error: 'MigrationFailed',
      because:
        'production migration: the task never started: CannotPullContainerError: no such manifest. ' +
        'It never ran; the schema is untouched',
    })
  })

  test('because its secret is gone says which', async () => {
    const valueFrom = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:demo/database-AbCdEf'
    const { ended } = await migratingRelease({
      container: { secrets: [{ name: 'DATABASE_URL', valueFrom }] },
      definition: { executionRoleArn: 'arn:aws:iam::111122223333:role/demo-execution' },
    })
    expect(await ended()).toMatchObject({
      because: expect.stringMatching(
        /the task never started: ResourceInitializationError: .*It never ran; the schema is untouched$/,
      ),
    })
  })

  test('because ECS refuses it is not tried again', async () => {
    const { world, begin, again, asked, tasks } = await migratingRelease()
    world.services.ecs.failNextRun({ reason: 'ATTRIBUTE', detail: 'unsupported' })
    expect(await begin()).toMatchObject({
      error: 'MigrationFailed',
      because: expect.stringContaining('the task never started: ATTRIBUTE: unsupported. It never ran'),
    })
    expect(await (await again()).begin()).toMatchObject({ error: 'MigrationFailed' })
    expect([asked.length, tasks().length]).toEqual([1, 0])
  })

  test('because its network is none says what ECS says', async () => {
    const { world, begin } = await migratingRelease()
    world.services.faults.add({
      ...{ service: 'ecs', operation: 'RunTask' },
      does: { fail: 'InvalidParameterException', message: 'The subnet ID does not exist', statusCode: 400 },
    })
    expect(await begin()).toMatchObject({
      because: expect.stringContaining('never started: InvalidParameterException: The subnet ID does not exist'),
    })
  })

  test('where ECS has no room is tried again, and runs once there is', async () => {
    const { world, begin, ended, tasks } = await migratingRelease()
    world.services.ecs.failNextRun({ reason: 'RESOURCE:MEMORY' })
    world.services.ecs.failNextRun({ reason: 'Capacity is unavailable at this time. Please try again later' })
    expect(await begin()).toEqual({ kind: 'waits' })
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    expect(tasks()).toHaveLength(0)
    expect(await ended()).toMatchObject({ kind: 'done' })
    expect(tasks()).toHaveLength(1)
  })

  test('where ECS has no room for all of its time says what was short', async () => {
    const { world, begin, tasks } = await migratingRelease(serving)
    for (let turn = 0; turn < 5; turn++) {
      world.services.ecs.failNextRun({ reason: 'RESOURCE:MEMORY' })
      expect(await begin({ retry: turn })).toEqual({ kind: 'waits' })
      await world.pass(60_000)
    }
    expect(await begin({ retry: 5 })).toMatchObject({
      because: expect.stringContaining('the task never started: RESOURCE:MEMORY. It never ran'),
    })
    expect(tasks()).toHaveLength(0)
  })
})

describe('a rollback that is asked for', () => {
  test('before the task was started comes at once', async () => {
    const { release, begin, tasks } = await migratingRelease()
    await release.requestRollback('errors since noon')
    expect(await begin()).toMatchObject({ error: 'RollbackRequested' })
    expect(tasks()).toHaveLength(0)
  })

  test('while ECS has no room for the task comes at once', async () => {
    const { world, release, begin } = await migratingRelease()
    world.services.ecs.failNextRun({ reason: 'RESOURCE:CPU' })
    await begin()
    await release.requestRollback('errors since noon')
    expect(await begin({ retry: 1 })).toMatchObject({ error: 'RollbackRequested' })
  })

  test('wakes whoever waits for ECS to have room', async () => {
    const { world, release, begin, check } = await migratingRelease()
    world.services.ecs.failNextRun({ reason: 'RESOURCE:CPU' })
    await begin()
    await release.requestRollback('errors since noon')
    const [waiter] = await release.records.waitersFor('stage/demo/production')
    if (!waiter) throw new Error('nobody waits at the stage')
    expect(await check(waiter)).toMatchObject({ error: 'RollbackRequested' })
  })

  test('while the task runs comes once it has stopped [P4.1d]', async () => {
    const { release, begin, ended, tasks } = await migratingRelease()
    await begin()
    await release.requestRollback('errors since noon')
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    expect(await ended()).toMatchObject({ error: 'RollbackRequested' })
    expect(tasks()).toMatchObject([{ lastStatus: 'STOPPED', exitCodes: { migrate: 0 } }])
  })

  test('while the task hangs comes once it was stopped at its limit [P4.1d]', async () => {
    const { world, release, begin, ended } = await migratingRelease(serving)
    await begin()
    await release.requestRollback('errors since noon')
    await world.pass(6 * 60_000)
    expect(await ended()).toMatchObject({ error: 'MigrationFailed' })
  })
})

describe('a lease that was lost', () => {
  test('starts nothing [P4.1a]', async () => {
    const { release, begin, tasks } = await migratingRelease()
    await release.loseLease()
    expect(await begin()).toMatchObject({ error: 'LeaseLost' })
    expect(tasks()).toHaveLength(0)
  })

  test.each([
    ['within its time', 1],
    ['at its limit', 6],
  ])('ends the step while the task runs, %s, which is left to whoever has the stage', async (_, minutes) => {
    const { release, world, begin, tasks } = await migratingRelease(serving)
    await begin()
    await world.pass(minutes * 60_000)
    await release.loseLease()
    expect(await begin({ retry: 1 })).toMatchObject({ error: 'LeaseLost' })
    expect(tasks()).toMatchObject([{ lastStatus: 'RUNNING' }])
  })
})

test('the end of its task wakes it', async () => {
  const { world, release, begin, check, tasks } = await migratingRelease()
  await begin()
  const [waiter] = await release.records.waitersFor(tasks()[0]?.arn ?? '')
  expect(waiter?.execution).toBe(EXECUTION)
  await world.until('it has stopped', () => tasks()[0]?.lastStatus === 'STOPPED')
  if (waiter) expect(await check(waiter)).toMatchObject({ kind: 'done' })
})
