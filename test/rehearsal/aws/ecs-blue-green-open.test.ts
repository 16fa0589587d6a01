import { afterEach, expect, test } from 'vitest'
import { type BlueGreenWorld, createBlueGreenWorld, pauseAt } from './blue-green-world.ts'

let open: BlueGreenWorld | undefined

async function serving(): Promise<BlueGreenWorld> {
  open = await createBlueGreenWorld()
  await open.created()
  return open
}

afterEach(async () => {
  await open?.close()
  open = undefined
})

const PAUSES = [pauseAt('POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT')]
const versionOf = (answer: string) => (answer.startsWith('{') ? JSON.parse(answer).version : answer)
const tasksOf = async (world: BlueGreenWorld, revision: number) =>
  (await world.tasks()).filter(({ taskDefinitionArn }) => taskDefinitionArn?.endsWith(`:${revision}`))

test('a newer deployment supersedes a green that waits, reconciles first, and blue serves until it takes over', async () => {
  const world = await serving()
  const users = world.users()
  users.start()
  await world.deploy('sick', [pauseAt('PRE_SCALE_UP')])
  await world.answer('PRE_SCALE_UP')
  await world.until('sick greens', async () => (await tasksOf(world, 2)).length === 2)
  const superseded = await world.deployment()
  await world.deploy('two', PAUSES)
  const stages: string[] = []
  await world.until('the pause', async () => {
    const { lifecycleStage = '' } = await world.deployment()
    if (lifecycleStage && stages.at(-1) !== lifecycleStage) stages.push(lifecycleStage)
    return lifecycleStage === 'POST_TEST_TRAFFIC_SHIFT'
  })
  expect(stages[0]).toBe('RECONCILE_SERVICE')
  expect((await world.deployments())[1]).toMatchObject({
    serviceDeploymentArn: superseded.serviceDeploymentArn,
    status: 'STOPPED',
  })
  expect([await world.asUser(), versionOf(await world.asTester())]).toEqual(['one', 'two'])
  expect(await tasksOf(world, 2)).toEqual([])
  await world.answer('POST_TEST_TRAFFIC_SHIFT')
  await world.answer('POST_PRODUCTION_TRAFFIC_SHIFT')
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  await users.stop()
  expect(users.counts().failed).toBe(0)
})

test('a first deployment that serves before it has ended goes on serving when it is superseded', async () => {
  const world = await createBlueGreenWorld()
  open = world
  await world.create('one', { loadBalancers: [world.wiring] })
  const activating = async () => (await world.tasks()).find(({ lastStatus }) => lastStatus === 'ACTIVATING')
  await world.until('a task to kill', async () => (await activating()) !== undefined)
  world.ecs.kill((await activating())?.taskArn ?? '')
  await world.until('the other serves', async () => (await world.asUser()) === 'one')
  await world.deploy('two', [pauseAt('PRE_SCALE_UP')], { bakeTimeInMinutes: 0 })
  await world.paused('PRE_SCALE_UP')
  await world.clock.sleep(120_000)
  expect(await world.asUser()).toBe('one')
  expect(await tasksOf(world, 1)).toHaveLength(2)
})

test('testers are back at blue while a superseded green goes', async () => {
  const world = await serving()
  await world.deploy('two', PAUSES)
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  await world.deploy('one', [pauseAt('RECONCILE_SERVICE')])
  await world.paused('RECONCILE_SERVICE')
  expect(await world.test()).toEqual({ primary: 0, alternate: 100 })
})

test('a pause of a superseded deployment takes no answer', async () => {
  const world = await serving()
  await world.deploy('two', PAUSES)
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  await world.deploy('one', [])
  const [, superseded] = await world.deployments()
  expect(superseded).toMatchObject({ status: 'STOPPED', lifecycleHookDetails: [{ status: 'FAILED' }] })
  expect(world.hookEvents().at(-1)?.detail.eventName).toBe('HOOK_FAILED')
})

test('a green that has taken over serves until the next one does', async () => {
  const world = await serving()
  const users = world.users()
  users.start()
  await world.deploy('two', PAUSES)
  await world.answer('POST_TEST_TRAFFIC_SHIFT')
  await world.paused('POST_PRODUCTION_TRAFFIC_SHIFT')
  await world.deploy('one', PAUSES)
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  expect([versionOf(await world.asUser()), await world.asTester()]).toEqual(['two', 'one'])
  expect(await world.production()).toEqual({ primary: 100, alternate: 0 })
  expect([(await tasksOf(world, 1)).length, (await tasksOf(world, 2)).length]).toEqual([0, 2])
  await world.answer('POST_TEST_TRAFFIC_SHIFT')
  await world.answer('POST_PRODUCTION_TRAFFIC_SHIFT')
  await world.settled()
  await users.stop()
  expect(users.counts().failed).toBe(0)
  expect(await world.asUser()).toBe('one')
})

test('a rolling deployment may supersede a green that waits, and leaves users where they are', async () => {
  const world = await serving()
  const users = world.users()
  users.start()
  await world.deploy('sick', [])
  await world.until('sick greens', async () => (await tasksOf(world, 2)).length === 2)
  const deploymentConfiguration = { strategy: 'ROLLING' as const, lifecycleHooks: [] }
  await world.update({ taskDefinition: await world.register('two'), deploymentConfiguration })
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  await users.stop()
  expect(users.counts().failed).toBe(0)
  expect(await world.production()).toEqual({ primary: 0, alternate: 100 })
  expect(versionOf(await world.asUser())).toBe('two')
})

test('a rolling deployment that is stopped goes back within the group where users are', async () => {
  const world = await serving()
  await world.deploy('two', PAUSES)
  await world.answer('POST_TEST_TRAFFIC_SHIFT')
  await world.paused('POST_PRODUCTION_TRAFFIC_SHIFT')
  const users = world.users()
  users.start()
  const deploymentConfiguration = { strategy: 'ROLLING' as const, lifecycleHooks: [] }
  await world.update({ taskDefinition: await world.register('broken'), deploymentConfiguration })
  await world.clock.sleep(60_000)
  await world.stop()
  expect((await world.settled()).status).toBe('ROLLBACK_SUCCESSFUL')
  await users.stop()
  expect(users.counts().failed).toBe(0)
  expect(await world.asUser()).toBe('one')
  const { rollback } = await world.deployment()
  const { resolvedConfiguration } = await world.revision(rollback?.serviceRevisionArn)
  expect(resolvedConfiguration?.loadBalancers?.[0]?.targetGroupArn).toBe(world.targetGroupArn)
})

test('a blue/green deployment may supersede a rolling one half way, and nobody notices', async () => {
  const world = await serving()
  const users = world.users()
  users.start()
  await world.update({ deploymentConfiguration: { strategy: 'ROLLING' }, taskDefinition: await world.register('two') })
  await world.until('blue is half gone', async () => (await tasksOf(world, 1)).length < 2)
  await world.deploy('one', [pauseAt('PRE_SCALE_UP')])
  await world.paused('PRE_SCALE_UP')
  expect([(await tasksOf(world, 1)).length, (await tasksOf(world, 2)).length]).toEqual([2, 0])
  await world.answer('PRE_SCALE_UP')
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  await users.stop()
  expect(users.counts().failed).toBe(0)
  expect(await world.tasks()).toHaveLength(2)
  expect(await tasksOf(world, 3)).toHaveLength(2)
})

test.each([
  ['blue', 1],
  ['green', 2],
])('a %s task that dies while green waits is replaced', async (_, revision) => {
  const world = await serving()
  await world.deploy('two', PAUSES)
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  const [victim] = await tasksOf(world, revision)
  world.ecs.kill(victim?.taskArn ?? '')
  await world.until('it is gone', async () => (await tasksOf(world, revision)).length < 2)
  await world.until(
    'another one',
    async () =>
      (await tasksOf(world, revision)).every(
        ({ lastStatus, taskArn }) => lastStatus === 'RUNNING' && taskArn !== victim?.taskArn,
      ) && (await tasksOf(world, revision)).length === 2,
  )
  expect(await world.tasks()).toHaveLength(4)
  expect((await world.deployment()).status).toBe('IN_PROGRESS')
})

test('more tasks may be wanted while green waits: both colours get them', async () => {
  const world = await serving()
  await world.deploy('two', PAUSES)
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  await world.update({ desiredCount: 3 })
  await world.until('three of each', async () => (await world.service()).runningCount === 6)
  expect([(await tasksOf(world, 1)).length, (await tasksOf(world, 2)).length]).toEqual([3, 3])
})

test('a pause of two weeks costs a rehearsal next to nothing', async () => {
  const world = await serving()
  const timeoutConfiguration = { timeoutInMinutes: 20_160, action: 'ROLLBACK' as const }
  await world.deploy('two', [{ ...pauseAt('POST_TEST_TRAFFIC_SHIFT'), timeoutConfiguration }])
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  const events = world.events.length
  await world.clock.sleep(3_600_000)
  expect(world.events).toHaveLength(events)
})
