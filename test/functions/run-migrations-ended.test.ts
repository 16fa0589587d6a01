import type { ContainerDefinition, DescribeTasksResponse, Task } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { REGISTRY } from './fleet.ts'
import { migratingRelease, type Prepared } from './migration.ts'
import type { World } from './world.ts'

/** A server instead of a tool: its task runs until it is told to stop. */
const serving: Prepared = { content: 'two', command: [], migrate: { within: '5m' } }

/** What migrates is not essential to its task; what waits for it is, and does `wrapper`. */
function wrapped(migrate: string[], wrapper: string[]): Prepared {
  const image = `${REGISTRY}/demo-api:tool`
  const options = { 'awslogs-group': '/demo/migrations', 'awslogs-stream-prefix': 'ecs' }
  const logging: Partial<ContainerDefinition> = { logConfiguration: { logDriver: 'awslogs', options } }
  return {
    before: async world => {
      world.push('tool', 'migrating', 'demo-api')
    },
    definition: {
      containerDefinitions: [
        { ...logging, name: 'migrate', image, essential: false, command: migrate },
        { ...logging, name: 'wrapper', image, command: wrapper },
      ],
    },
  }
}

/** ECS describes its tasks so. */
function describedAs({ services: { ecs } }: World, change: (task: Task) => Task): void {
  const { DescribeTasks: describeTasks } = ecs.operations
  if (!describeTasks) throw new Error('DescribeTasks is not rehearsed')
  ecs.operations.DescribeTasks = async (input, caller) => {
    const { tasks = [] } = (await describeTasks(input, caller)) as DescribeTasksResponse
    return { tasks: tasks.map(change) }
  }
}

describe('a migration whose container is not essential to its task', () => {
  test('has failed where it was killed half way, since the task ended with 0', async () => {
    const { ended, tasks } = await migratingRelease(wrapped(['hang'], ['exit', '0']))
    expect(await ended()).toMatchObject({
      error: 'MigrationFailed',
      because: expect.stringContaining('container migrate ended with exit code 143'),
    })
    expect(tasks()).toMatchObject([{ exitCodes: { migrate: 143, wrapper: 0 } }])
  })

  /** Which of two containers ends first is left to chance here. */
  async function endedWith(exitCodes: Record<string, number>) {
    const { world, ended } = await migratingRelease(wrapped(['exit', '0'], ['exit', '0']))
    describedAs(world, task => ({
      ...task,
      containers: task.containers?.map(each => ({ ...each, exitCode: exitCodes[each.name ?? ''] })),
    }))
    return ended()
  }

  test('has failed where that failed, though the task ended with 0', async () => {
    expect(await endedWith({ migrate: 3, wrapper: 0 })).toMatchObject({
      error: 'MigrationFailed',
      because: expect.stringContaining(
        'container migrate ended with exit code 3. The database may be half migrated; there is no backup. ' +
          'Its last lines: /demo/migrations, stream ecs/migrate/',
      ),
    })
  })

  test('has failed where that did well, and what is essential did not', async () => {
    expect(await endedWith({ migrate: 0, wrapper: 5 })).toMatchObject({
      because: expect.stringContaining('container wrapper ended with exit code 5'),
    })
  })

  test('is done where both ended with 0', async () => {
    expect(await endedWith({ migrate: 0, wrapper: 0 })).toMatchObject({ kind: 'done' })
  })
})

test('a migration whose task never started whole may have changed the schema, where any container of it ran', async () => {
  const { world, begin, ended } = await migratingRelease()
  world.services.ecr.pull = () => {
    throw new Error('CannotPullContainerError: no such manifest')
  }
  describedAs(world, task => ({ ...task, containers: [...(task.containers ?? []), { name: 'prepare', exitCode: 0 }] }))
  await begin()
  expect(await ended()).toMatchObject({
    error: 'MigrationFailed',
    because: expect.stringContaining('The database may be half migrated; there is no backup'),
  })
})

test('a migration that ECS does not get stopped is given up, and said to run perhaps', async () => {
  const { world, begin, tasks } = await migratingRelease(serving)
  describedAs(world, task => ({ ...task, lastStatus: 'RUNNING' }))
  await begin()
  await world.pass(5 * 60_000)
  expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
  await world.until('it has stopped', () => tasks()[0]?.lastStatus === 'STOPPED')
  await world.pass(29 * 60_000)
  expect(await begin({ retry: 2 })).toEqual({ kind: 'waits' })
  await world.pass(60_000)
  expect(await begin({ retry: 3 })).toEqual({
    kind: 'failed',
    error: 'MigrationFailed',
    because:
      'production migration: it is not known how the task ends: ECS was told to stop it, and has not done so within 30m; ' +
      'it may still run. The database may be migrated, half or not at all; there is no backup',
  })
})

test('a lease that was lost while the task runs is not said to have changed nothing', async () => {
  const { release, begin } = await migratingRelease(serving)
  await begin()
  await release.loseLease()
  expect(await begin({ retry: 1 })).toMatchObject({
    error: 'LeaseLost',
    because: 'production of demo now belongs to another; nothing more is changed',
  })
})
