import {
  ConflictException,
  DeregisterTaskDefinitionCommand,
  ListTasksCommand,
  type RunTaskRequest,
  StopTaskCommand,
} from '@aws-sdk/client-ecs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commanded, createTaskWorld, type TaskWorld } from './task-world.ts'

let world: TaskWorld
afterEach(() => world.close())

describe.each(['jump', 'paced'] as const)('in the %s drive', drive => {
  beforeEach(async () => {
    world = await createTaskWorld(drive)
    await world.register()
  })

  test('a task runs the command that it is given, and its exit code decides', async () => {
    expect(await world.ran(['exit', '0'])).toMatchObject({
      group: 'family:tool',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'tool', lastStatus: 'STOPPED', exitCode: 0 }],
    })
    expect(await world.ran(['exit', '3'])).toMatchObject({ containers: [{ exitCode: 3 }] })
    expect(await world.ran(['fail'])).toMatchObject({ containers: [{ exitCode: 1 }] })
    expect(world.ecs.tasksRun().map(({ exitCodes }) => exitCodes)).toEqual([{ tool: 0 }, { tool: 3 }, { tool: 1 }])
  })

  test('a task that hangs runs until it is stopped, and then its containers were told to leave', async () => {
    const { tasks: [task] = [] } = await world.run(commanded(['hang']))
    await world.has(task?.taskArn, 'RUNNING')
    await world.clients.ecs.send(
      new StopTaskCommand({ cluster: 'shop', task: task?.taskArn, reason: 'its time is up' }),
    )
    expect(await world.stopped(task?.taskArn)).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'its time is up',
      containers: [{ exitCode: 143 }],
    })
  })

  test('a container that does not leave within its stop timeout is killed', async () => {
    await world.register({ stopTimeout: 1 })
    const { tasks: [task] = [] } = await world.run(commanded(['stubborn']))
    await world.has(task?.taskArn, 'RUNNING')
    await world.clients.ecs.send(new StopTaskCommand({ cluster: 'shop', task: task?.taskArn }))
    expect(await world.stopped(task?.taskArn)).toMatchObject({
      stopCode: 'UserInitiated',
      containers: [{ exitCode: 137 }],
    })
  })

  test('a task that is killed behind ECS’s back has ended with 137', async () => {
    const { tasks: [task] = [] } = await world.run(commanded(['hang']))
    await world.has(task?.taskArn, 'RUNNING')
    world.ecs.kill(task?.taskArn ?? '')
    expect(await world.stopped(task?.taskArn)).toMatchObject({
      stopCode: 'EssentialContainerExited',
      containers: [{ exitCode: 137 }],
    })
  })
})

describe('what ECS says', () => {
  beforeEach(async () => {
    world = await createTaskWorld('jump')
    await world.register()
  })

  test('a task is told from its first state on, with what it was started by, its tags and its overrides', async () => {
    const tags = [{ key: 'team', value: 'shop' }]
    await world.register({}, { tags: [{ key: 'kind', value: 'tool' }] })
    const { tasks = [], failures } = await world.run({
      ...commanded(['hang']),
      count: 2,
      startedBy: 'sluice/release-1',
      propagateTags: 'TASK_DEFINITION',
      tags,
    })
    expect(failures).toEqual([])
    expect(tasks).toHaveLength(2)
    expect(tasks[0]).toMatchObject({
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      launchType: 'FARGATE',
      startedBy: 'sluice/release-1',
      taskDefinitionArn: expect.stringMatching(/tool:2$/),
      tags: [{ key: 'kind', value: 'tool' }, ...tags],
      overrides: { containerOverrides: [{ name: 'tool', command: ['hang'] }] },
    })
  })

  test('tasks are listed by who started them and by family, those that run and those that have ended, for an hour', async () => {
    const ended = await world.ran(['exit', '0'], { startedBy: 'a' })
    const { tasks: [task] = [] } = await world.run({ ...commanded(['hang']), startedBy: 'a' })
    const list = async (more: object) =>
      (await world.clients.ecs.send(new ListTasksCommand({ cluster: 'shop', ...more }))).taskArns
    expect(await list({ startedBy: 'a' })).toEqual([task?.taskArn])
    expect(await list({ startedBy: 'a', desiredStatus: 'STOPPED' })).toEqual([ended.taskArn])
    expect(await list({ family: 'tool', desiredStatus: 'STOPPED' })).toEqual([ended.taskArn])
    expect(await list({ startedBy: 'b', desiredStatus: 'STOPPED' })).toEqual([])
    await expect(list({ startedBy: 'a', family: 'tool' })).rejects.toMatchObject({ name: 'InvalidParameterException' })
    await world.clock.sleep(3_700_000)
    expect(await list({ startedBy: 'a', desiredStatus: 'STOPPED' })).toEqual([])
    expect(world.ecs.tasksRun()).toMatchObject([
      { arn: ended.taskArn, group: 'family:tool', startedBy: 'a', exitCodes: { tool: 0 } },
      { arn: task?.taskArn, lastStatus: 'RUNNING', exitCodes: { tool: undefined } },
    ])
  })

  test('an image that cannot be pulled: the task failed to start, and no container has an exit code', async () => {
    await world.register({ image: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/tool:v9' })
    const { tasks: [task] = [] } = await world.run()
    const stopped = await world.stopped(task?.taskArn)
    expect(stopped).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(/^CannotPullContainerError/),
      containers: [{ reason: expect.stringMatching(/^CannotPullContainerError/) }],
    })
    expect(stopped.containers?.[0]?.exitCode).toBeUndefined()
  })

  test('a task that is stopped before its containers start has no exit code either', async () => {
    const { tasks: [task] = [] } = await world.run(commanded(['exit', '0']))
    await world.clients.ecs.send(new StopTaskCommand({ cluster: 'shop', task: task?.taskArn }))
    const stopped = await world.stopped(task?.taskArn)
    expect(stopped.stopCode).toBe('UserInitiated')
    expect(stopped.containers?.[0]?.exitCode).toBeUndefined()
  })

  test('a run for which there is no room is answered with failures and without a task', async () => {
    world.ecs.failNextRun({ reason: 'RESOURCE:MEMORY', detail: 'no room' })
    expect(await world.run()).toMatchObject({ tasks: [], failures: [{ reason: 'RESOURCE:MEMORY', detail: 'no room' }] })
    expect((await world.run()).tasks).toHaveLength(1)
    expect(world.ecs.tasksRun()).toHaveLength(1)
  })

  test('the same request with the same token is the same task, until an hour after that is gone', async () => {
    const request = { ...commanded(['exit', '0']), clientToken: 'once', startedBy: 'a' }
    const first = await world.ran(['exit', '0'], request)
    expect((await world.run(request)).tasks).toMatchObject([{ taskArn: first.taskArn, lastStatus: 'STOPPED' }])
    const conflict = await world.run({ ...request, startedBy: 'b' }).catch(error => error)
    expect(conflict).toBeInstanceOf(ConflictException)
    expect(conflict.resourceIds).toEqual([first.taskArn])
    await world.clock.sleep(3_700_000)
    expect((await world.run(request)).tasks?.[0]?.taskArn).not.toBe(first.taskArn)
  })

  test('a token is forgotten after a day, even while its task runs', async () => {
    const request = { ...commanded(['hang']), clientToken: 'once' }
    const { tasks: [first] = [] } = await world.run(request)
    await world.clock.sleep(23 * 3_600_000)
    expect((await world.run(request)).tasks?.[0]?.taskArn).toBe(first?.taskArn)
    await world.clock.sleep(3_700_000)
    expect((await world.run(request)).tasks?.[0]?.taskArn).not.toBe(first?.taskArn)
  })

  test('an answer that is lost on its way costs no second task: the SDK asks again with the same token', async () => {
    world.faults.add({ service: 'ecs', operation: 'RunTask', does: 'lose-answer' })
    const { tasks = [] } = await world.run(commanded(['exit', '0']))
    expect(world.ecs.tasksRun().map(({ arn }) => arn)).toEqual(tasks.map(({ taskArn }) => taskArn))
  })

  test('an inactive revision is not run', async () => {
    const taskDefinition = await world.register()
    await world.clients.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }))
    await expect(world.run({ taskDefinition })).rejects.toMatchObject({
      name: 'ClientException',
      message: 'TaskDefinition is inactive',
    })
    expect((await world.run()).tasks?.[0]?.taskDefinitionArn).toMatch(/tool:1$/)
  })

  test.each<[refused: string, input: Partial<RunTaskRequest>, error: string]>([
    ['a cluster that is not there', { cluster: 'none' }, 'ClusterNotFoundException'],
    ['a family that is not there', { taskDefinition: 'none' }, 'ClientException'],
    ['no network', { networkConfiguration: undefined }, 'InvalidParameterException'],
    ['no task', { count: 0 }, 'InvalidParameterException'],
    ['eleven tasks', { count: 11 }, 'InvalidParameterException'],
    ['EC2', { launchType: 'EC2' }, 'NotRehearsed'],
    ['an unknown launch type', { launchType: 'MOON' as 'EC2' }, 'InvalidParameterException'],
    ['a capacity provider', { capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }] }, 'NotRehearsed'],
    ['an unknown platform', { platformVersion: '9.9.9' }, 'PlatformUnknownException'],
    ['a service’s tags', { propagateTags: 'SERVICE' }, 'InvalidParameterException'],
    ['blanks in startedBy', { startedBy: 'a b' }, 'InvalidParameterException'],
    ['a long startedBy', { startedBy: 'a'.repeat(129) }, 'InvalidParameterException'],
    ['blanks in a token', { clientToken: 'a b' }, 'InvalidParameterException'],
    ['a long token', { clientToken: 'a'.repeat(65) }, 'InvalidParameterException'],
    [
      'an override of another container',
      { overrides: { containerOverrides: [{ name: 'other', command: ['x'] }] } },
      'InvalidParameterException',
    ],
    ['long overrides', commanded(['x'.repeat(8192)]), 'InvalidParameterException'],
    ['an override of the role', { overrides: { taskRoleArn: 'arn:aws:iam::111122223333:role/x' } }, 'NotRehearsed'],
  ])('RunTask refuses %s', async (_, input, name) => {
    await expect(world.run(input)).rejects.toMatchObject({ name })
    expect(world.ecs.tasksRun()).toEqual([])
  })
})
