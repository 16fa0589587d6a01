import type { DeploymentConfiguration } from '@aws-sdk/client-ecs'
import { afterEach, expect, test } from 'vitest'
import { call } from '../fleet/world.ts'
import { type BlueGreenWorld, createBlueGreenWorld, pauseAt, THREE_PAUSES } from './blue-green-world.ts'

let open: BlueGreenWorld | undefined
const ringing = new Set<string>()

afterEach(async () => {
  ringing.clear()
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

type Roll = ReturnType<typeof dice>

function configuration(roll: Roll): DeploymentConfiguration {
  const alarms = { alarmNames: ['slow'], enable: roll(2) === 0, rollback: true }
  if (roll(3) === 0) return { strategy: 'ROLLING', lifecycleHooks: [], bakeTimeInMinutes: 0, alarms }
  const pauses = THREE_PAUSES.filter(() => roll(2) === 0)
  const lifecycleHooks = pauses.length > 0 ? [pauseAt(...pauses)] : []
  return { strategy: 'BLUE_GREEN', lifecycleHooks, bakeTimeInMinutes: roll(3), alarms }
}

async function disturb(world: BlueGreenWorld, roll: Roll): Promise<void> {
  const image = ['one', 'two', 'broken', 'sick', 'absent'][roll(5)] ?? 'one'
  const chance = roll(8)
  if (chance < 3)
    await world.update({ taskDefinition: await world.register(image), deploymentConfiguration: configuration(roll) })
  else if (chance === 3) await world.update({ desiredCount: 2 + roll(3) })
  else if (chance === 4) await stopWhatRuns(world)
  else if (chance === 5) ringing.has('slow') ? ringing.clear() : ringing.add('slow')
  else await answerWhatWaits(world, roll)
  await world.clock.sleep(roll(120) * 1000)
}

async function stopWhatRuns(world: BlueGreenWorld): Promise<void> {
  if (!(await world.deployment()).finishedAt) await world.stop()
}

async function answerWhatWaits(world: BlueGreenWorld, roll: Roll): Promise<void> {
  const { serviceDeploymentArn, lifecycleHookDetails = [] } = await world.deployment()
  const waiting = lifecycleHookDetails.find(({ status }) => status === 'AWAITING_ACTION')
  const action = roll(4) === 0 ? 'ROLLBACK' : 'CONTINUE'
  if (waiting)
    await call(world.ecs, 'ContinueServiceDeployment', { serviceDeploymentArn, hookId: waiting.hookId, action })
}

const SEEDS = Array.from({ length: 12 }, (_, at) => at + 1)
test.each(SEEDS)(
  'after any order of deployments, answers, stops and alarms (%i) a good one succeeds, and no user has noticed',
  async seed => {
    const roll = dice(seed)
    const alarms = (names: string[]) => names.filter(name => ringing.has(name))
    const world = await createBlueGreenWorld({ alarms, deregistrationDelaySeconds: roll(2) * 40 })
    open = world
    await world.created()
    const users = world.users(1)
    users.start()
    for (let change = 0; change < 14; change++) await disturb(world, roll)
    ringing.clear()
    const last = { ...configuration(roll), lifecycleHooks: [] }
    await world.update({ taskDefinition: await world.register('two'), desiredCount: 3, deploymentConfiguration: last })
    expect((await world.settled()).status).toBe('SUCCESSFUL')
    await users.stop()
    expect(users.counts().failed).toBe(0)
    expect(users.counts().total).toBeGreaterThan(100)
    expect(await world.service()).toMatchObject({ runningCount: 3, deployments: [{ status: 'PRIMARY' }] })
    expect(Object.values(await world.production()).toSorted()).toEqual([0, 100])
    expect(JSON.parse(await world.asUser()).version).toBe('two')
    expect((await world.deployments()).filter(({ finishedAt }) => !finishedAt)).toEqual([])
  },
)
