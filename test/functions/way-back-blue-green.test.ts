import type { ServiceDeployment } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { blockedBy, takenOver } from '../../domain/lock.ts'
import { enter, type Standing } from './waiting.ts'
import { blueGreen, deployedRelease, letOn, type Prepared, pauseOf, ROLLBACK, type WayBack } from './way-back.ts'
import type { World } from './world.ts'

const WATCHED = 'POST_PRODUCTION_TRAFFIC_SHIFT'

/** A green that waits to be tested, and a rollback that has its stage. */
const greenRelease = (more: Prepared = {}) => deployedRelease({ file: blueGreen, ...more })

async function goingBack(made: WayBack) {
  const { world, held } = made
  const entered = async (name: string) => {
    const { handler } = await import(`../../functions/${name}.ts`)
    const step = await enter(world, handler, held, ROLLBACK)
    let retry = 0
    return (): Promise<Standing> => step.begin({ retry: retry++ })
  }
  return { ...made, stops: await entered('stop-deployments'), restores: await entered('restore-previous') }
}

async function tasksOf(world: World): Promise<string[]> {
  const { taskArns = [] } = await world.ask<{ taskArns?: string[] }>(world.services.ecs, 'ListTasks', {
    cluster: 'demo',
  })
  return taskArns.toSorted()
}

/** What is asked of ECS from now on by that operation: the service, or the service of the deployment. */
function asked(world: World, operation: 'StopServiceDeployment' | 'UpdateService'): unknown[] {
  const { operations } = world.services.ecs
  const run = operations[operation]
  const services: unknown[] = []
  operations[operation] = (input, caller) => {
    services.push(input.service ?? String(input.serviceDeploymentArn).split('/')[2])
    return run?.(input, caller) ?? {}
  }
  return services
}

/** As TakeLease leaves it; what is told goes by it. */
async function recordedRollback({ world, release, held }: WayBack): Promise<void> {
  const { app, stage, release: id, attempt } = held
  const name = ROLLBACK.slice(ROLLBACK.lastIndexOf(':') + 1)
  const why = { tag: 'v2', cause: 'failed', reason: 'an alarm rang', at: world.now() } as const
  await release.records.recordRollback({ app, stage, release: id, attempt, name, ...why }, 1)
}

const troubles = (world: World) =>
  world.told().flatMap(({ transition }) => (transition.kind === 'trouble' ? [transition.because] : []))

/** Answers the pause at which it waits. */
async function letOnce(world: World): Promise<void> {
  const { serviceDeploymentArn, hookId } = await pauseOf(world)
  await world.ask(world.services.ecs, 'ContinueServiceDeployment', { serviceDeploymentArn, hookId })
}

const DONE = { kind: 'done', output: { changed: true } }
const NOTHING_RESTORED = { kind: 'done', output: { restored: 0 } }

describe('a green that is open', () => {
  test('is taken back before users saw it, and no task is started [P6.2a]', async () => {
    const { world, stops, restores } = await goingBack(await greenRelease())
    const [blue] = (await world.describe()).deployments?.filter(({ status }) => status === 'ACTIVE') ?? []
    expect(await stops()).toEqual({ kind: 'waits' })
    const updated = asked(world, 'UpdateService')
    await world.settled()
    expect(await stops()).toEqual(DONE)
    expect(await restores()).toEqual(NOTHING_RESTORED)
    expect(updated).toEqual([])
    expect(await world.front().asUser()).toBe('one')
    expect((await world.describe()).taskDefinition).toBe(blue?.taskDefinition)
  })

  test('that is watched loses its users to the blue that is still warm, and no task is started', async () => {
    const { world, stops, restores } = await goingBack(await greenRelease())
    await letOn(world, WATCHED)
    expect(await world.front().asUser()).not.toBe('one')
    const warm = await tasksOf(world)
    expect(await stops()).toEqual({ kind: 'waits' })
    await world.settled()
    expect(await stops()).toEqual(DONE)
    expect(await restores()).toEqual(NOTHING_RESTORED)
    expect(await world.front().asUser()).toBe('one')
    const left = await tasksOf(world)
    expect(left).toHaveLength(1)
    expect(warm).toEqual(expect.arrayContaining(left))
    expect(await world.deployments()).toHaveLength(2)
  })

  test('and that ECS takes back by itself is found and waited for', async () => {
    const { world, stops } = await goingBack(await greenRelease())
    const { serviceDeploymentArn, hookId } = await pauseOf(world)
    await world.ask(world.services.ecs, 'ContinueServiceDeployment', {
      ...{ serviceDeploymentArn, hookId },
      action: 'ROLLBACK',
    })
    await world.until('ECS takes it back', async () => (await statusOf(world)) === 'ROLLBACK_IN_PROGRESS')
    const stopped = asked(world, 'StopServiceDeployment')
    expect(await stops()).toEqual({ kind: 'waits' })
    await world.settled()
    expect(await stops()).toEqual(DONE)
    expect(stopped).toEqual([])
  })

  test('in a status that nobody knows is taken back like any other', async () => {
    const { world, stops } = await goingBack(await greenRelease())
    const { operations } = world.services.ecs
    const describeAll = operations.DescribeServiceDeployments
    operations.DescribeServiceDeployments = async (input, caller) => {
      const found = (await describeAll?.(input, caller)) as { serviceDeployments: ServiceDeployment[] }
      for (const one of found.serviceDeployments)
        if (one.status === 'IN_PROGRESS') Object.assign(one, { status: 'RESTING' })
      return found
    }
    const stopped = asked(world, 'StopServiceDeployment')
    expect(await stops()).toEqual({ kind: 'waits' })
    expect(stopped).toEqual(['demo-api'])
  })

  test('whose blue is going already is waited for, however late ECS ends it, and then deployed back, which is told', async () => {
    const made = await greenRelease()
    const { world } = made
    const { stops } = await goingBack(made)
    for (const group of world.services.loadBalancers.groups.values()) group.deregistrationDelaySeconds = 1_800
    await letOn(world, WATCHED)
    await letOnce(world)
    await world.until('blue goes', async () => (await pauseOf(world)).lifecycleStage === 'CLEAN_UP')
    await recordedRollback(made)
    world.services.faults.add({
      service: 'ecs',
      operation: 'StopServiceDeployment',
      does: { fail: 'ConflictException', message: 'it cannot be stopped any more' },
      times: Number.POSITIVE_INFINITY,
    })
    expect(await stops()).toEqual({ kind: 'waits' })
    await world.pass(20 * 60_000)
    expect(await stops()).toEqual({ kind: 'waits' })
    await world.settled()
    expect(await stops()).toEqual(DONE)
    expect(troubles(world)).toEqual([
      expect.stringMatching(
        /^demo-api has the new version until its deployment has ended, .* then it is deployed back$/,
      ),
    ])
    const { restores } = await goingBack(made)
    expect(await restores()).toEqual({ kind: 'waits' })
    await world.settled()
    expect(await restores()).toEqual({ kind: 'done', output: { restored: 1 } })
    expect(await world.front().asUser()).toBe('one')
  })

  test('is taken back in the reverse order of the groups [P6.2d]', async () => {
    const file: NonNullable<Prepared['file']> = made => {
      const [stage] = made.stages
      for (const part of ['admin', 'portal'])
        stage?.services.push({ service: `demo-${part}`, container: part, image: 'api', strategy: 'rolling' })
      Object.assign(stage ?? {}, { groups: [['demo-portal'], ['demo-api'], ['demo-admin']] })
      blueGreen(made)
    }
    const { world, stops } = await goingBack(await greenRelease({ file }))
    const stopped = asked(world, 'StopServiceDeployment')
    expect(await stops()).toEqual({ kind: 'waits' })
    expect(stopped).toEqual(['demo-admin', 'demo-api', 'demo-portal'])
  })
})

describe('a version that was released', () => {
  test('goes back through a whole deployment of its own, which waits for nobody [P6.2c]', async () => {
    const { world, stops, restores } = await goingBack(await greenRelease())
    expect(await letOn(world)).toMatchObject({ status: 'SUCCESSFUL' })
    const { deploymentConfiguration } = await world.describe()
    await world.update({ deploymentConfiguration: { ...deploymentConfiguration, bakeTimeInMinutes: 7 } })
    expect(await stops()).toEqual(DONE)
    expect(await restores()).toEqual({ kind: 'waits' })
    expect((await world.deployments())[0]?.deploymentConfiguration).toMatchObject({
      ...{ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0, lifecycleHooks: [] },
    })
    await world.settled()
    expect(await restores()).toEqual({ kind: 'done', output: { restored: 1 } })
    expect(await world.front().asUser()).toBe('one')
    expect(await world.deployments()).toHaveLength(3)
  })

  test('goes back group by group, each once the users of the one before are back, whatever is left to end', async () => {
    const made = await greenRelease({
      file: file => {
        const [stage] = file.stages
        stage?.services.push({ service: 'demo-web', container: 'api', image: 'api', strategy: 'rolling' })
        Object.assign(stage ?? {}, { groups: [['demo-api'], ['demo-web']] })
        blueGreen(file)
      },
    })
    const { world, restores } = await goingBack(made)
    for (const service of ['demo-api', 'demo-web']) await letOn(world, undefined, service)
    for (const group of world.services.loadBalancers.groups.values()) group.deregistrationDelaySeconds = 1_800
    const updated = asked(world, 'UpdateService')
    expect(await restores()).toEqual({ kind: 'waits' })
    await world.until('its users are back', async () => (await world.front('demo-web').asUser()) === 'one')
    expect(updated).toEqual(['demo-web'])
    await world.pass(5_000)
    expect(await restores()).toEqual({ kind: 'waits' })
    expect(updated).toEqual(['demo-web', 'demo-api'])
    await world.until('its users are back', async () => (await world.front().asUser()) === 'one')
    await world.pass(5_000)
    // Nothing is over before all of it has ended.
    expect(await restores()).toEqual({ kind: 'waits' })
    for (const service of ['demo-web', 'demo-api']) await world.settled(service)
    expect(await restores()).toEqual({ kind: 'done', output: { restored: 2 } })
  })

  test('waits for nobody, not even where its owners have a deployment wait, which is told', async () => {
    const made = await greenRelease()
    const { world, release, held } = made
    await letOn(world)
    const pause = {
      targetType: 'PAUSE',
      lifecycleStages: ['POST_SCALE_UP'],
      timeoutConfiguration: { timeoutInMinutes: 600, action: 'ROLLBACK' },
    } as const
    const { deploymentConfiguration } = await world.describe()
    await world.update({
      deploymentConfiguration: {
        ...deploymentConfiguration,
        lifecycleHooks: [{ ...pause, lifecycleStages: [...pause.lifecycleStages] }],
      },
    })
    await recordedRollback(made)
    const { restores } = await goingBack({ world, release, held })
    expect(await restores()).toEqual({ kind: 'waits' })
    await world.until('it waits', async () => (await pauseOf(world)).hookId !== undefined)
    expect(await restores()).toEqual({ kind: 'waits' })
    await world.settled()
    expect(await restores()).toEqual({ kind: 'done', output: { restored: 1 } })
    expect(await world.front().asUser()).toBe('one')
    expect(troubles(world)).toEqual(['demo-api: the pause at POST_SCALE_UP was answered: a way back waits for nobody'])
    expect((await world.describe()).deploymentConfiguration?.lifecycleHooks).toHaveLength(1)
  })

  test('that another rollback is deploying back is waited for, not deployed again', async () => {
    const made = await greenRelease()
    const { world, release, held } = made
    await letOn(world)
    const { restores } = await goingBack(made)
    expect(await restores()).toEqual({ kind: 'waits' })
    const holder = `${ROLLBACK}-c`
    await release.changeLock(lock => takenOver(lock, { ...held, holder }, world.now()))
    const { restores: goesOn } = await goingBack({ ...made, held: { ...held, lease: { holder, fence: 3 } } })
    expect(await goesOn()).toEqual({ kind: 'waits' })
    await world.settled()
    expect(await goesOn()).toMatchObject({ kind: 'done' })
    expect(await world.deployments()).toHaveLength(3)
  })

  test('goes back once though the answer of ECS was lost', async () => {
    const { world, restores } = await goingBack(await greenRelease())
    await letOn(world)
    world.services.faults.add({ service: 'ecs', operation: 'UpdateService', does: 'lose-answer' })
    await expect(restores()).rejects.toMatchObject({ name: 'Transient' })
    expect(await restores()).toEqual({ kind: 'waits' })
    await world.settled()
    expect(await restores()).toEqual({ kind: 'done', output: { restored: 1 } })
    expect(await world.deployments()).toHaveLength(3)
  })
})

test('what somebody else deployed over a green of ours is left alone, which is said', async () => {
  const { world, stops, restores } = await goingBack(await greenRelease())
  const foreign = await world.register()
  await world.update({ taskDefinition: foreign })
  expect(await stops()).toEqual(DONE)
  expect(await restores()).toEqual({
    kind: 'failed',
    error: 'ForeignDeployment',
    because: `production demo-api has ${foreign}, which somebody else deployed; it is left alone`,
  })
  expect(await statusOf(world)).toBe('PENDING')
})

test('a green that still waits at a pause for a release that is gone is taken back by a person’s rollback', async () => {
  const made = await greenRelease()
  const { world, release } = made
  const { records, held, plan } = release
  const before = (await records.readBefore(held))?.services ?? {}
  const left = { at: world.now(), release: held.release, attempt: held.attempt, tag: plan.tag }
  await records.recordHistory('demo', 'production', 1, { kind: 'unproven', ...left, before })
  await release.changeLock(lock => blockedBy(lock, held, 'nobody was there', world.now()))
  await world.pass(20 * 60_000)
  expect((await pauseOf(world)).hookId).toBeDefined()
  const { handler } = await import('../../functions/take-lease.ts')
  const request = { app: 'demo', stage: 'production', reason: 'it waits for nobody' }
  const lease = { holder: ROLLBACK, fence: 3 }
  const taken = await (await enter(world, handler, request, ROLLBACK)).begin()
  expect(taken).toMatchObject({ kind: 'done', output: { kind: 'taken', lease } })
  const { stops, restores } = await goingBack({ ...made, held: { ...held, lease } })
  expect(await stops()).toEqual({ kind: 'waits' })
  await world.settled()
  expect(await stops()).toEqual(DONE)
  expect(await restores()).toEqual(NOTHING_RESTORED)
  expect(await world.front().asUser()).toBe('one')
})

const statusOf = async (world: World) => (await world.deployments())[0]?.status
