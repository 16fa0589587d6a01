import { afterEach, expect, test } from 'vitest'
import { call, createWorld, type World } from '../fleet/world.ts'

let open: World | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

/** The same numbers for the same seed, so that a failure can be repeated. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 104_729
  return sides => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (state >> 8) % sides
  }
}

const PERCENTS = [
  { minimumHealthyPercent: 100, maximumPercent: 200 },
  { minimumHealthyPercent: 50, maximumPercent: 200 },
  { minimumHealthyPercent: 50, maximumPercent: 100 },
  { minimumHealthyPercent: 100, maximumPercent: 150 },
]

async function disturb(world: World, roll: (sides: number) => number): Promise<void> {
  const image = ['one', 'two', 'broken', 'sick', 'absent'][roll(5)] ?? 'one'
  const [chance, desiredCount] = [roll(4), 2 + roll(3)]
  if (chance < 2) await world.update({ taskDefinition: await world.register(image) })
  else if (chance === 2) await world.update({ desiredCount })
  else await stopWhatRuns(world)
  await world.clock.sleep(roll(300) * 1000)
}

async function stopWhatRuns(world: World): Promise<void> {
  const { serviceDeploymentArn, finishedAt } = await world.deployment()
  if (!finishedAt) await call(world.ecs, 'StopServiceDeployment', { serviceDeploymentArn })
}

test.each([1, 2, 3, 4, 5, 6])(
  'after any order of changes (%i) a good one succeeds, and no user has noticed',
  async seed => {
    const roll = dice(seed)
    const world = await createWorld({ deregistrationDelaySeconds: roll(2) * 60 })
    open = world
    const deploymentCircuitBreaker = { enable: true, rollback: roll(2) === 0 }
    await world.create('one', { deploymentConfiguration: { ...PERCENTS[roll(4)], deploymentCircuitBreaker } })
    await world.settled()
    const users = world.users(1)
    users.start()
    for (let change = 0; change < 8; change++) await disturb(world, roll)
    await world.update({ taskDefinition: await world.register('two'), desiredCount: 3 })
    expect((await world.settled()).status).toBe('SUCCESSFUL')
    await users.stop()
    expect(users.counts().failed).toBe(0)
    expect(users.counts().total).toBeGreaterThan(100)
    expect(await world.service()).toMatchObject({
      runningCount: 3,
      pendingCount: 0,
      deployments: [{ status: 'PRIMARY' }],
    })
    expect((await world.deployments()).filter(({ finishedAt }) => !finishedAt)).toEqual([])
  },
)
