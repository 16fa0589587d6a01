import { afterEach, expect, test } from 'vitest'
import { createWorld, type World } from '../fleet/world.ts'

let open: World | undefined

async function settledWorld(service = {}): Promise<World> {
  const world = await createWorld()
  open = world
  await world.create('one', service)
  await world.settled()
  return world
}

afterEach(async () => {
  await open?.close()
  open = undefined
})

const breaker = (more = {}) => ({
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true, ...more } },
})

/** Kills the first task that is about to run before it can be healthy. */
async function killNextStart(world: World): Promise<void> {
  const starting = async () => (await world.tasks()).find(({ lastStatus }) => lastStatus === 'ACTIVATING')
  await world.until('a task is activating', async () => (await starting()) !== undefined)
  world.ecs.kill((await starting())?.taskArn ?? '')
}

const threshold = (value: number) => ({ thresholdConfiguration: { type: 'COUNT' as const, value } })

test.each([
  [true, 'SUCCESSFUL'],
  [false, 'ROLLBACK_SUCCESSFUL'],
])(
  'failures with a healthy task between them, resetOnHealthyTask %s: the deployment is %s',
  async (resetOnHealthyTask, end) => {
    const world = await settledWorld()
    const taskDefinition = await world.register('two')
    await world.update({ taskDefinition, ...breaker({ ...threshold(2), resetOnHealthyTask }) })
    await killNextStart(world)
    await world.clock.sleep(10_000)
    await killNextStart(world)
    expect((await world.settled()).status).toBe(end)
  },
)

test('a rollback counts its failures anew', async () => {
  const { deploymentConfiguration } = breaker(threshold(2))
  const percents = { minimumHealthyPercent: 0, maximumPercent: 100 }
  const world = await settledWorld({
    desiredCount: 1,
    deploymentConfiguration: { ...deploymentConfiguration, ...percents },
  })
  await world.update({ taskDefinition: await world.register('broken') })
  await world.until('the rollback', async () => (await world.deployment()).status === 'ROLLBACK_IN_PROGRESS')
  await killNextStart(world)
  const deployment = await world.settled()
  expect(deployment.status).toBe('ROLLBACK_SUCCESSFUL')
})

test('each outage of an image is announced once, and over when a task is healthy again', async () => {
  const world = await settledWorld({ desiredCount: 1 })
  for (const outages of [1, 2]) {
    world.images.missing.add('one')
    world.ecs.kill((await world.tasks())[0]?.taskArn ?? '')
    await world.clock.sleep(600_000)
    expect(world.happened('SERVICE_TASK_START_IMPAIRED')).toHaveLength(outages)
    world.images.missing.delete('one')
    await world.until('it runs again', async () => (await world.service()).runningCount === 1)
    await world.clock.sleep(60_000)
  }
})
