import { describe, expect, test } from 'vitest'
import { enterBackup, withBackup } from './database.ts'
import { REGISTRY } from './fleet.ts'
import { endOf } from './migration.ts'
import { checkedRelease } from './release.ts'
import { enter } from './waiting.ts'
import { ROLLBACK, takeOver } from './way-back.ts'
import { createWorld } from './world.ts'

const NOTHING = { kind: 'done', output: { database: 'nothing', note: '' } }

/** A release whose backup is made by a task that takes very long, and a rollback that takes the stage over from it. */
async function backingUp() {
  const asked = { kind: 'task', taskDefinition: 'dump', container: 'dump', bucket: 'backups', within: '6h' }
  const world = await createWorld(withBackup(asked))
  world.push('dump', 'migrating', 'demo-api')
  const options = { 'awslogs-group': '/demo/dump', 'awslogs-stream-prefix': 'ecs' }
  const logConfiguration = { logDriver: 'awslogs' as const, options }
  const dump = { name: 'dump', image: `${REGISTRY}/demo-api:dump`, command: ['hang'], logConfiguration }
  await world.register({ family: 'dump', containerDefinitions: [dump] })
  const release = await checkedRelease(world)
  const backup = await enterBackup({ world, release })
  const tasks = () => world.services.ecs.tasksRun()
  const wayBack = async () => {
    const held = await takeOver(world, release)
    const { handler } = await import('../../functions/restore-database.ts')
    return enter(world, handler, held, ROLLBACK)
  }
  return { world, release, backup, tasks, wayBack }
}

describe('a task that makes a backup', () => {
  test('is stopped where a rollback is asked for meanwhile, and has stopped before the stage is free', async () => {
    const { world, release, backup, tasks, wayBack } = await backingUp()
    await backup.begin()
    await world.until('it runs', () => tasks()[0]?.lastStatus === 'RUNNING')
    await release.requestRollback('errors since noon')
    expect(await backup.begin({ retry: 1 })).toMatchObject({ error: 'RollbackRequested' })
    const back = await wayBack()
    expect(await back.begin()).toEqual({ kind: 'waits' })
    expect(tasks()).toMatchObject([{ stopCode: 'UserInitiated', stoppedReason: 'is not needed any more' }])
    const arn = tasks()[0]?.arn ?? ''
    expect(await release.records.waitersFor(arn)).toMatchObject([{ execution: ROLLBACK }])
    expect(await endOf(world, back)).toEqual(NOTHING)
    expect(tasks()).toMatchObject([{ lastStatus: 'STOPPED' }])
  })

  test('is stopped where its release died before it heard of it', async () => {
    const { world, backup, tasks, wayBack } = await backingUp()
    world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'lose-answer' })
    await expect(backup.begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(await endOf(world, await wayBack())).toEqual(NOTHING)
    expect(tasks()).toMatchObject([{ lastStatus: 'STOPPED', stopCode: 'UserInitiated' }])
  })

  test('is not waited for where it never came to be', async () => {
    const { world, backup, tasks, wayBack } = await backingUp()
    world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'throttle' })
    await expect(backup.begin()).rejects.toMatchObject({ name: 'Transient' })
    const back = await wayBack()
    expect(await back.begin()).toEqual({ kind: 'waits' })
    await world.pass(60_000)
    expect(await back.begin({ retry: 1 })).toEqual(NOTHING)
    expect(tasks()).toHaveLength(0)
  })
})
