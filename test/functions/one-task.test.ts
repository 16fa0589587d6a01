import type { DescribeServicesResponse, ListTasksResponse } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { type Migrating, migratingRelease, type Prepared } from './migration.ts'
import { createWorld, type World } from './world.ts'

/** A server instead of a tool: its task runs until it is told to stop. */
const serving: Prepared = { content: 'two', command: [] }

/** The one task there is, which the ledger knows. */
async function theTask({ tasks, records, release }: Migrating): Promise<string> {
  const known = await records.readTask(release.held, 'migration')
  expect(tasks().map(({ arn }) => arn)).toEqual([known?.task])
  return known?.task ?? ''
}

/** Listing shows nothing, as it may for a moment. */
function hideTasks({ services: { ecs } }: World): () => void {
  const { ListTasks: list } = ecs.operations
  ecs.operations.ListTasks = async () => ({ taskArns: [] }) satisfies ListTasksResponse
  return () => {
    if (list) ecs.operations.ListTasks = list
  }
}

describe('one task runs', () => {
  const calls = [
    ['ecs', 'RegisterTaskDefinition', 1, 'the revision is registered'],
    ['dynamodb', 'PutItem', 1, 'the revision is recorded'],
    ['dynamodb', 'PutItem', 2, 'the intent is recorded'],
    ['dynamodb', 'UpdateItem', 1, 'it is recorded that ECS is asked'],
    ['ecs', 'RunTask', 1, 'ECS is asked'],
    ['dynamodb', 'UpdateItem', 2, 'the task is recorded'],
    ['dynamodb', 'PutItem', 3, 'the wait is recorded'],
  ] as const

  for (const [when, does] of [
    ['before', 'throttle'],
    ['after', 'lose-answer'],
  ] as const)
    test.each(calls)(
      `where its function is killed ${when} %s %s no. %i: %s [P3.2b, P4.6d]`,
      async (service, operation, n, _) => {
        const made = await migratingRelease(serving)
        let calls = 0
        made.world.services.faults.add({ service, operation, does, principal: () => ++calls === n })
        await expect(made.begin()).rejects.toMatchObject({ name: 'Transient' })
        expect(await made.begin()).toEqual({ kind: 'waits' })
        await made.world.pass(60_000)
        expect(await made.begin({ retry: 1 })).toEqual({ kind: 'waits' })
        await theTask(made)
      },
    )

  test('where two begin at once', async () => {
    const made = await migratingRelease(serving)
    await Promise.all([made.begin(), made.begin()])
    await theTask(made)
  })

  test('where ECS does not list it yet, and its token is used again [P4.6e]', async () => {
    const made = await migratingRelease(serving)
    hideTasks(made.world)
    made.world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'lose-answer' })
    await expect(made.begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(await made.begin()).toEqual({ kind: 'waits' })
    expect(made.asked.map(({ clientToken }) => clientToken)).toEqual([
      made.asked[0]?.clientToken,
      made.asked[0]?.clientToken,
    ])
    await theTask(made)
  })

  test('where the network of the service has changed since ECS was asked', async () => {
    const made = await migratingRelease(serving)
    hideTasks(made.world)
    made.world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'lose-answer' })
    await expect(made.begin()).rejects.toMatchObject({ name: 'Transient' })
    await made.world.update({ networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-2'] } } })
    expect(await made.begin()).toEqual({ kind: 'waits' })
    expect(made.asked).toHaveLength(2)
    await theTask(made)
  })

  test('which is found among those that have stopped already [P4.6d]', async () => {
    const made = await migratingRelease()
    made.world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'lose-answer' })
    await expect(made.begin()).rejects.toMatchObject({ name: 'Transient' })
    await made.world.until('it has stopped', () => made.tasks()[0]?.lastStatus === 'STOPPED')
    expect(await made.begin({ retry: 1 })).toMatchObject({ kind: 'done' })
    await theTask(made)
    expect(made.asked).toHaveLength(1)
  })

  test('which is found by whose it is before ECS is asked again [P3.2c, P4.6d]', async () => {
    const made = await migratingRelease(serving)
    made.world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'lose-answer' })
    await expect(made.begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(await made.begin()).toEqual({ kind: 'waits' })
    await theTask(made)
    expect(made.asked).toHaveLength(1)
  })
})

describe('no task runs', () => {
  /** Something happens between the intent and the call that would start the task: its network is being read. */
  function meanwhile({ services: { ecs } }: World, happens: () => Promise<void>): void {
    const { DescribeServices: describeServices } = ecs.operations
    ecs.operations.DescribeServices = async (input, caller) => {
      await happens()
      return (await describeServices?.(input, caller)) ?? {}
    }
  }

  test('where the lease was lost since it was decided on', async () => {
    const { world, release, begin, tasks } = await migratingRelease(serving)
    meanwhile(world, release.loseLease)
    expect(await begin()).toMatchObject({ error: 'LeaseLost' })
    expect(tasks()).toHaveLength(0)
  })

  test('where a rollback was asked for since it was decided on', async () => {
    const { world, release, begin, tasks } = await migratingRelease(serving)
    meanwhile(world, () => release.requestRollback('errors since noon'))
    expect(await begin()).toMatchObject({ error: 'RollbackRequested' })
    expect(tasks()).toHaveLength(0)
  })

  test('where it was settled meanwhile that none does', async () => {
    const { world, release, records, begin, tasks } = await migratingRelease(serving)
    meanwhile(world, async () => {
      const known = await records.readTask(release.held, 'migration')
      const end = { kind: 'never-started', because: 'it was settled', at: world.now() } as const
      if (known) await records.recordTaskEnd(release.held, 'migration', end, known)
    })
    expect(await begin()).toMatchObject({ because: expect.stringContaining('it was settled') })
    expect(tasks()).toHaveLength(0)
  })
})

describe('it is not known whether it ran', () => {
  test('where ECS shows none 50 minutes after it was asked and did not answer [P4.6f]', async () => {
    const made = await migratingRelease(serving)
    made.world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'throttle' })
    await expect(made.begin()).rejects.toMatchObject({ name: 'Transient' })
    await made.world.pass(50 * 60_000)
    expect(await made.begin({ retry: 1 })).toEqual({
      kind: 'failed',
      error: 'MigrationFailed',
      because:
        'production migration: it is not known whether the task ran: ECS shows none, and would have forgotten it. ' +
        'The database may be migrated, half or not at all; there is no backup',
    })
    expect(made.tasks()).toHaveLength(0)
  })

  test('unless it was asked again since', async () => {
    const made = await migratingRelease(serving)
    for (const minutes of [40, 40]) {
      made.world.services.faults.add({ service: 'ecs', operation: 'RunTask', does: 'throttle' })
      await expect(made.begin()).rejects.toMatchObject({ name: 'Transient' })
      await made.world.pass(minutes * 60_000)
    }
    expect(await (await made.again()).begin()).toEqual({ kind: 'waits' })
    await theTask(made)
  })

  test('how it ended, where nobody looked until ECS had forgotten it', async () => {
    const made = await migratingRelease()
    await made.begin()
    await made.world.pass(2 * 3_600_000)
    expect(await (await made.again()).begin()).toMatchObject({
      because: expect.stringContaining('it is not known how the task ended: ECS shows it no more'),
    })
  })
})

test('a task of ours runs on no spot capacity, though the service does', async () => {
  const { world, begin, asked } = await migratingRelease(serving)
  const { operations } = world.services.ecs
  const { DescribeServices: describeServices } = operations
  if (!describeServices) throw new Error('DescribeServices is not rehearsed')
  operations.DescribeServices = async (input, caller) => {
    const { services = [], ...rest } = (await describeServices(input, caller)) as DescribeServicesResponse
    const onSpot = services.map(({ launchType: _, ...service }) => ({
      ...service,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    }))
    return { ...rest, services: onSpot }
  }
  await begin()
  expect(asked).toMatchObject([{ launchType: 'FARGATE' }])
  expect(asked[0]?.capacityProviderStrategy).toBeUndefined()
})

describe('the log of a container', () => {
  const logging = async (options?: Record<string, string>) => {
    const world = await createWorld()
    const { logOfTask } = await import('../../functions/one-task.ts')
    const made = await world.register({
      containerDefinitions: [
        { name: 'api', image: 'any', ...(options && { logConfiguration: { logDriver: 'awslogs', options } }) },
      ],
    })
    return logOfTask(made, 'api', 'arn:aws:ecs:eu-west-1:111122223333:task/demo/0123456789abcdef')
  }

  test('has a stream of the task’s own, and a link that the console understands', async () => {
    expect(await logging({ 'awslogs-group': '/demo/api', 'awslogs-stream-prefix': 'ecs' })).toEqual({
      group: '/demo/api',
      stream: 'ecs/api/0123456789abcdef',
      link:
        'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/' +
        '$252Fdemo$252Fapi/log-events/ecs$252Fapi$252F0123456789abcdef',
    })
  })

  test('is the group alone where its streams have no prefix', async () => {
    const log = await logging({ 'awslogs-group': '/demo/api' })
    expect(log).toEqual({ group: '/demo/api', link: expect.stringMatching(/log-group\/\$252Fdemo\$252Fapi$/) })
  })

  test('is nowhere where it does not log to CloudWatch', async () => {
    expect(await logging()).toBeUndefined()
  })
})
