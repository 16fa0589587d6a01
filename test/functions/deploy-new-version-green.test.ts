import type { DeploymentLifecycleHook } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { aGreenRelease, blueGreen, changed, quick, runningIt } from './greens.ts'

const TESTED = 'POST_TEST_TRAFFIC_SHIFT'
const DONE = { kind: 'done', output: { services: 1 } }
const WAITS = { kind: 'waits' }

const stagesOf = (hooks: DeploymentLifecycleHook[] = []) => hooks.flatMap(({ lifecycleStages }) => lifecycleStages)
const PAUSES = [TESTED, 'PRE_PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT']

describe('a green', () => {
  test('waits to be tested before any user sees it, and has three pauses of ours [P5.2a]', async () => {
    const { world, release, deploys, newest, pausedAt } = await aGreenRelease()
    const { begin } = await deploys()
    expect(await begin()).toEqual(WAITS)
    await pausedAt(TESTED)
    expect(await begin({ retry: 1 })).toEqual(DONE)
    const { taskDefinition, deploymentConfiguration } = await world.describe()
    expect(taskDefinition).toBe(await release.revision())
    expect(deploymentConfiguration).toMatchObject({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 })
    expect(stagesOf(deploymentConfiguration?.lifecycleHooks)).toEqual(PAUSES)
    expect((await newest()).status).toBe('IN_PROGRESS')
    expect(await world.front().asUser()).toBe('one')
    expect(await world.front().asTester()).toBe('two')
  })

  test('is begun by one call, which has all of its configuration [P5.2a]', async () => {
    const { world, release, deploys } = await aGreenRelease()
    const { operations } = world.services.ecs
    const { UpdateService: update } = operations
    const asked: Record<string, unknown>[] = []
    operations.UpdateService = (input, caller) => {
      asked.push(input)
      return update?.(input, caller) ?? {}
    }
    const { begin } = await deploys()
    await begin()
    await begin({ retry: 1 })
    const { deploymentConfiguration } = await world.describe()
    expect(asked).toMatchObject([
      {
        taskDefinition: await release.revision(),
        deploymentConfiguration: {
          strategy: 'BLUE_GREEN',
          bakeTimeInMinutes: 0,
          maximumPercent: deploymentConfiguration?.maximumPercent,
          lifecycleHooks: PAUSES.map(pause => ({ targetType: 'PAUSE', lifecycleStages: [pause] })),
        },
      },
    ])
  })

  test('keeps what its owners have configured, and what was changed for it is written down before [P5.2b]', async () => {
    const theirs: DeploymentLifecycleHook = {
      targetType: 'PAUSE',
      lifecycleStages: ['POST_SCALE_UP'],
      timeoutConfiguration: { timeoutInMinutes: 60, action: 'ROLLBACK' },
    }
    const { world, release, deploys, pausedAt, byHand } = await aGreenRelease(blueGreen, {
      before: world =>
        world.update({
          deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 7, lifecycleHooks: [theirs] },
        }),
    })
    const { begin } = await deploys()
    await begin()
    const { deploymentConfiguration } = await world.describe()
    expect(stagesOf(deploymentConfiguration?.lifecycleHooks)).toEqual(['POST_SCALE_UP', ...PAUSES])
    const { readDriven } = await import('../../functions/aws/driven.ts')
    const driven = await readDriven(release.held, 'demo-api')
    expect(driven).toMatchObject({ bakeTimeInMinutes: 7 })
    expect(stagesOf(driven?.hooks)).toEqual(PAUSES)

    await pausedAt('POST_SCALE_UP')
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    await byHand()
    await pausedAt(TESTED)
    expect(await begin({ retry: 2 })).toEqual(DONE)
  })

  test('is given back the bake time that its owners set since a release left its pauses there', async () => {
    const { world, release, deploys } = await aGreenRelease()
    const { readDriven, recordDriven } = await import('../../functions/aws/driven.ts')
    await recordDriven(release.held, 'demo-api', { fence: 1, bakeTimeInMinutes: 3, hooks: [] })
    await world.update({ deploymentConfiguration: { bakeTimeInMinutes: 7 } })
    await (await deploys()).begin()
    expect(await readDriven(release.held, 'demo-api')).toMatchObject({ bakeTimeInMinutes: 7 })
  })

  test('of a service that was rolling until now is one all the same', async () => {
    const { world, deploys, pausedAt } = await aGreenRelease(blueGreen, {
      before: async world => {
        const taskDefinition = await world.register()
        await world.update({ taskDefinition, deploymentConfiguration: { strategy: 'ROLLING', bakeTimeInMinutes: 0 } })
        await world.settled()
      },
    })
    const { begin } = await deploys()
    await begin()
    await pausedAt(TESTED)
    expect(await begin({ retry: 1 })).toEqual(DONE)
    expect(await world.front().asUser()).toBe('one')
  })

  test('is deployed once, however often the step is repeated [P3.2b]', async () => {
    const { world, deploys, pausedAt } = await aGreenRelease()
    const { begin } = await deploys()
    await begin()
    await begin({ retry: 1 })
    await pausedAt(TESTED)
    await begin({ retry: 2 })
    expect(await world.deployments()).toHaveLength(2)
    expect(await world.revisions()).toHaveLength(2)
  })

  test('is found again after a crash between the update of the service and its answer [P3.2c]', async () => {
    const { world, deploys, pausedAt } = await aGreenRelease()
    const { begin } = await deploys()
    world.services.faults.add({ service: 'ecs', operation: 'UpdateService', does: 'lose-answer' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    await pausedAt(TESTED)
    expect(await begin({ retry: 2 })).toEqual(DONE)
    expect(await world.deployments()).toHaveLength(2)
  })

  test('is begun once, and what its owners had is not forgotten, though ECS does not show it yet', async () => {
    const { world, release, deploys } = await aGreenRelease()
    const { begin } = await deploys()
    const { operations } = world.services.ecs
    const { ListServiceDeployments: list } = operations
    if (!list) throw new Error('nothing can be listed')
    operations.ListServiceDeployments = () => ({ serviceDeployments: [] })
    expect(await begin()).toEqual(WAITS)
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    operations.ListServiceDeployments = list
    expect(await world.deployments()).toHaveLength(2)
    const { readDriven } = await import('../../functions/aws/driven.ts')
    const driven = await readDriven(release.held, 'demo-api')
    expect(driven).toMatchObject({ bakeTimeInMinutes: 1 })
    expect(stagesOf(driven?.hooks)).toEqual(PAUSES)
    expect(stagesOf((await world.describe()).deploymentConfiguration?.lifecycleHooks)).toEqual(PAUSES)
  })

  test('that somebody has let go on in the console is not held up', async () => {
    const { world, deploys, pausedAt, byHand } = await aGreenRelease()
    const { begin } = await deploys()
    await begin()
    await pausedAt(TESTED)
    await byHand()
    await world.until('it has gone on', async () => {
      const [{ lifecycleStage = '' } = {}] = await world.deployments()
      return lifecycleStage.startsWith('PRE_PRODUCTION')
    })
    expect(await begin({ retry: 1 })).toEqual(DONE)
  })

  test('is not deployed where the service runs these digests already', async () => {
    const { world, deploys } = await aGreenRelease(blueGreen, { before: runningIt })
    const { begin } = await deploys()
    expect(await begin()).toEqual(DONE)
    expect(await world.deployments()).toHaveLength(2)
    expect((await world.describe()).deploymentConfiguration).toMatchObject({ bakeTimeInMinutes: 1 })
  })

  test('of a release that has lost its lease is never deployed, and its service stays as it was', async () => {
    const { world, release, deploys } = await aGreenRelease()
    const { begin } = await deploys()
    await release.loseLease()
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(await world.deployments()).toHaveLength(1)
    expect((await world.describe()).deploymentConfiguration).toMatchObject({ bakeTimeInMinutes: 1 })
  })

  test('writes down nothing of its service once it has lost the lease', async () => {
    const { world, release, deploys } = await aGreenRelease()
    const { begin } = await deploys()
    const { operations } = world.services.ecs
    const register = operations.RegisterTaskDefinition
    operations.RegisterTaskDefinition = async (input, caller) => {
      await release.loseLease()
      return register?.(input, caller) ?? {}
    }
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    const { readDriven } = await import('../../functions/aws/driven.ts')
    expect(await readDriven(release.held, 'demo-api')).toBeUndefined()
    expect(await world.deployments()).toHaveLength(1)
  })
})

describe('a green that fails', () => {
  test.each<['broken' | 'sick', RegExp]>([
    ['broken', /; container api exited with code 1 \(log: \/demo\/api, stream ecs\/api\/[0-9a-f]+\)$/],
    ['sick', /; Task failed ELB health checks in .*\(log: \/demo\/api, stream ecs\/api\/[0-9a-f]+\)$/],
  ])(
    'since its image is %s is stopped at its deadline, and told with what its tasks said once ECS has taken it back',
    async (content, why) => {
      const { world, deploys, newest } = await aGreenRelease(changed(blueGreen, quick), { content })
      const { begin } = await deploys()
      expect(await begin()).toEqual(WAITS)
      await world.pass(5 * 60_000 - 1_000)
      expect(await begin({ retry: 1 })).toEqual(WAITS)
      expect((await newest()).status).toBe('IN_PROGRESS')
      await world.pass(2_000)
      expect(await begin({ retry: 2 })).toEqual(WAITS)
      expect((await newest()).status).toMatch(/^ROLLBACK_/)
      await world.settled()
      const ended = await begin({ retry: 3 })
      expect(ended).toMatchObject({ kind: 'failed', error: 'DeploymentFailed' })
      const because = String(Object.entries(ended).find(([key]) => key === 'because')?.[1])
      expect(because).toMatch(/^production demo-api: the new version was not ready within 5m and was taken back: /)
      expect(because).toMatch(why)
      expect(await world.deployments()).toHaveLength(2)
      expect(await world.front().asUser()).toBe('one')
    },
  )

  test('has its time from when ECS has begun it, not from when Sluice wanted it [P3.5b]', async () => {
    const { world, deploys, newest } = await aGreenRelease(changed(blueGreen, quick), { content: 'broken' })
    const { begin } = await deploys()
    world.services.faults.add({ service: 'ecs', operation: 'UpdateService', does: 'throttle' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    await world.pass(2 * 60_000)
    await begin({ retry: 1 })
    await world.pass(5 * 60_000 - 1_000)
    expect(await begin({ retry: 2 })).toEqual(WAITS)
    expect((await newest()).status).toBe('IN_PROGRESS')
  })

  test('is waited for until ECS has taken it back, whoever had it stopped', async () => {
    const { world, deploys, newest } = await aGreenRelease()
    const { begin } = await deploys()
    await begin()
    const { serviceDeploymentArn } = await newest()
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    await world.settled()
    expect(await begin({ retry: 2 })).toMatchObject({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: expect.stringContaining('production demo-api: the new version was taken back by ECS'),
    })
  })

  test('because somebody else deployed over it says whose deployment it is [P5.7b]', async () => {
    const { world, deploys, pausedAt, newest } = await aGreenRelease()
    const { begin } = await deploys()
    await begin()
    await pausedAt(TESTED)
    await world.update({ taskDefinition: await world.register() })
    await world.pass(5_000)
    const { serviceDeploymentArn } = await newest()
    expect(await begin({ retry: 1 })).toEqual({
      kind: 'failed',
      error: 'ForeignDeployment',
      because: `production demo-api: deployment ${serviceDeploymentArn}, which is not ours, took over from it; look who started it`,
    })
  })
})
