import { describe, expect, test } from 'vitest'
import { aGreenRelease, blueGreen, type Greens, ready, runningIt, two } from './greens.ts'

const WAITS = { kind: 'waits' }
const DONE = { kind: 'done', output: { services: 1 } }

/** Every green has all its users, and blue is warm. */
async function watched(file = blueGreen): Promise<Greens> {
  const greens = await ready(file)
  const { begin } = await greens.shifts(1)
  await begin()
  for (const { service } of greens.release.plan.stages[0]?.services ?? [])
    await greens.pausedAt('POST_PRODUCTION_TRAFFIC_SHIFT', service)
  return greens
}

async function stop({ world, newest }: Greens): Promise<void> {
  const { serviceDeploymentArn } = await newest()
  await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
}

describe('a deployment is complete', () => {
  test('when its last pause was answered, ECS calls it successful and blue is gone [P5.3f]', async () => {
    const { world, completes, newest } = await watched()
    const { begin } = await completes()
    expect((await world.describe()).runningCount).toBe(2)
    expect(await begin()).toEqual(WAITS)
    await world.pass(10_000)
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    expect((await newest()).lifecycleStage).toBe('CLEAN_UP')
    await world.settled()
    expect(await begin({ retry: 2 })).toEqual(DONE)
    expect((await world.describe()).runningCount).toBe(1)
    expect(await world.front().asUser()).toBe('two')
  })

  test('when every service of the stage is [P5.3f]', async () => {
    const { world, completes } = await watched(two)
    const { begin } = await completes()
    expect(await begin()).toEqual(WAITS)
    await world.settled('demo-api')
    await world.settled('demo-web')
    expect(await begin({ retry: 1 })).toEqual({ kind: 'done', output: { services: 2 } })
  })

  test('when a person has answered the last pause', async () => {
    const { world, completes, byHand } = await watched()
    await byHand()
    await world.settled()
    expect(await (await completes()).begin()).toEqual(DONE)
  })

  test('where nothing was deployed', async () => {
    const { completes } = await aGreenRelease(blueGreen, { before: runningIt })
    expect(await (await completes()).begin()).toEqual({ kind: 'done', output: { services: 0 } })
  })
})

describe('a deployment is not complete', () => {
  test('when ECS takes it back, and that is not waited for', async () => {
    const greens = await watched()
    await stop(greens)
    expect(await (await greens.completes()).begin()).toMatchObject({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: expect.stringMatching(/^production demo-api: the new version is being taken back by ECS/),
    })
  })

  test('when ECS takes it back while blue goes', async () => {
    const greens = await watched()
    const { begin } = await greens.completes()
    await begin()
    await greens.world.pass(10_000)
    await stop(greens)
    await greens.world.settled()
    expect(await begin({ retry: 1 })).toMatchObject({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: expect.stringMatching(/^production demo-api: the new version was taken back by ECS/),
    })
  })

  test('for an hour while a load balancer lets the requests of blue end, and then it has failed', async () => {
    const { world, completes, newest } = await watched()
    for (const group of world.services.loadBalancers.groups.values()) group.deregistrationDelaySeconds = 7_200
    const since = world.now()
    const first = await completes()
    await first.begin()
    await world.pass(75 * 60_000 - 1_000)
    expect((await newest()).status).toBe('IN_PROGRESS')
    const { begin } = await completes(since)
    expect(await begin({ retry: 75 })).toEqual(WAITS)
    await world.pass(1_000)
    expect(await begin({ retry: 76 })).toEqual({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: 'production demo-api: the new version was not called successful within 1h 15m',
    })
  })

  test('by a release that has lost its lease: it answers nothing [P4.1a]', async () => {
    const { release, completes, newest, world } = await watched()
    await release.loseLease()
    expect(await (await completes()).begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    await world.pass(60_000)
    expect((await newest()).lifecycleStage).toBe('POST_PRODUCTION_TRAFFIC_SHIFT')
  })

  test('once a rollback was asked for: it answers nothing [P4.1b]', async () => {
    const { release, completes, newest, world } = await watched()
    await release.requestRollback('errors since noon')
    expect(await (await completes()).begin()).toMatchObject({ kind: 'failed', error: 'RollbackRequested' })
    await world.pass(60_000)
    expect((await newest()).lifecycleStage).toBe('POST_PRODUCTION_TRAFFIC_SHIFT')
  })
})

test('an answer that was lost is given by a repetition', async () => {
  const { world, completes } = await watched()
  const { begin } = await completes()
  world.services.faults.add({ service: 'ecs', operation: 'ContinueServiceDeployment', does: 'throttle' })
  await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
  expect(await begin({ retry: 1 })).toEqual(WAITS)
  await world.settled()
  expect(await begin({ retry: 2 })).toEqual(DONE)
})
