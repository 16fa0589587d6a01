import { describe, expect, test } from 'vitest'
import { REGISTRY } from './fleet.ts'
import { lockedRelease } from './release.ts'
import { enter } from './waiting.ts'
import {
  deployedRelease,
  deployingRelease,
  ROLLBACK,
  takeOver,
  type WayBack,
  withoutCircuitBreaker,
} from './way-back.ts'
import { createWorld, type World } from './world.ts'

/** What serves before the release names its image by digest, as what Sluice deployed does. */
async function servesByDigest(world: World): Promise<void> {
  const { digest } = world.push('v1', 'one')
  const containerDefinitions = [{ name: 'api', image: `${REGISTRY}/demo-api@${digest}` }]
  await world.update({ taskDefinition: await world.register({ containerDefinitions }) })
  await world.settled()
}

async function restoring({ world, release, held }: WayBack) {
  const { handler } = await import('../../functions/restore-previous.ts')
  const restored = (service = 'demo-api') => release.records.readRestored(held, service)
  return { world, release, held, handler, restored, ...(await enter(world, handler, held, ROLLBACK)) }
}

describe('a service that serves the new version', () => {
  test('is deployed back to the definition that it served before, where that names its image by digest [P6.2b]', async () => {
    const { world, restored, begin } = await restoring(await deployedRelease({ before: servesByDigest }))
    expect(await begin()).toEqual({ kind: 'waits' })
    expect((await world.describe()).taskDefinition).toMatch(/demo-api:2$/)
    await world.settled()
    expect(await begin({ retry: 1 })).toEqual({ kind: 'done', output: { restored: 1 } })
    expect(await restored()).toMatch(/demo-api:2$/)
  })

  test('is deployed back to the digest that it served before, though its tag has moved since [P6.2b]', async () => {
    const { world, restored, begin } = await restoring(await deployedRelease())
    const { digest } = world.push('v1', 'one')
    world.push('v1', 'broken')
    expect(await begin()).toEqual({ kind: 'waits' })
    const copy = await world.definition((await restored()) ?? '')
    expect(copy.taskDefinition?.containerDefinitions?.map(({ image }) => image)).toEqual([
      `${REGISTRY}/demo-api@${digest}`,
    ])
    await world.settled()
    expect(await begin({ retry: 1 })).toEqual({ kind: 'done', output: { restored: 1 } })
  })

  test('is deployed back once, however often the step is repeated [P6.2b]', async () => {
    const { world, begin } = await restoring(await deployedRelease())
    await begin()
    await begin({ retry: 1 })
    await world.settled()
    await begin({ retry: 2 })
    expect(await world.deployments()).toHaveLength(3)
  })

  test('is deployed back once though the answer of ECS was lost', async () => {
    const { world, begin } = await restoring(await deployedRelease())
    world.services.faults.add({ service: 'ecs', operation: 'UpdateService', does: 'lose-answer' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    await begin()
    await world.settled()
    expect(await begin({ retry: 1 })).toMatchObject({ kind: 'done' })
    expect(await world.deployments()).toHaveLength(3)
  })

  test('gets a copy of its definition where somebody has deregistered it [P6.2b]', async () => {
    const { world, restored, begin } = await restoring(await deployedRelease({ before: servesByDigest }))
    await world.ask(world.services.ecs, 'DeregisterTaskDefinition', { taskDefinition: 'demo-api:2' })
    expect(await begin()).toEqual({ kind: 'waits' })
    const copy = await restored()
    expect(copy).toMatch(/demo-api:4$/)
    const [was, is] = [await world.definition('demo-api:2'), await world.definition(copy ?? '')]
    expect(is.taskDefinition?.containerDefinitions).toEqual(was.taskDefinition?.containerDefinitions)
    await begin({ retry: 1 })
    expect(await restored()).toBe(copy)
    await world.settled()
    expect(await begin({ retry: 2 })).toEqual({ kind: 'done', output: { restored: 1 } })
    expect((await world.revisions())[0]).toBe(copy)
  })

  test('that is late to come back is waited for, and in the end said not to be proven; what is taken back is not brought back', async () => {
    const { world, begin } = await restoring(await deployedRelease({ before: withoutCircuitBreaker }))
    world.services.ecr.pull = () => {
      throw new Error('CannotPullContainerError: the registry is out')
    }
    await begin()
    await world.pass(29 * 60_000)
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    await world.pass(60_000)
    expect(await begin({ retry: 2 })).toMatchObject({
      kind: 'failed',
      error: 'RollbackFailed',
      because: expect.stringContaining('production demo-api: the previous version has not ended within 30m'),
    })
    expect((await world.deployments())[0]?.status).toBe('IN_PROGRESS')
  })
})

describe('services go back', () => {
  async function twoServices(groups?: string[][]) {
    const made = await restoring(
      await deployedRelease({
        file: ({ stages: [stage] }) => {
          stage?.services.push({ service: 'demo-admin', container: 'admin', image: 'api', strategy: 'rolling' })
          Object.assign(stage ?? {}, groups && { groups })
        },
      }),
    )
    const { operations } = made.world.services.ecs
    const updateService = operations.UpdateService
    const updated: unknown[] = []
    operations.UpdateService = (input, caller) => {
      updated.push(input.service)
      return updateService?.(input, caller) ?? {}
    }
    return { ...made, updated }
  }

  test('in the reverse order of their deployment [P6.2d]', async () => {
    const { begin, updated } = await twoServices()
    await begin()
    expect(updated).toEqual(['demo-admin', 'demo-api'])
  })

  test('group by group, each once the one that came after it has gone back [P6.2d]', async () => {
    const { world, begin, updated } = await twoServices([['demo-admin'], ['demo-api']])
    expect(await begin()).toEqual({ kind: 'waits' })
    expect(updated).toEqual(['demo-api'])
    await world.settled('demo-api')
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    expect(updated).toEqual(['demo-api', 'demo-admin'])
    await world.settled('demo-admin')
    expect(await begin({ retry: 2 })).toEqual({ kind: 'done', output: { restored: 2 } })
  })
})

describe('nothing is deployed', () => {
  test('where ECS has taken the service back itself', async () => {
    const { world, release, held } = await deployingRelease()
    const [{ serviceDeploymentArn } = {}] = await world.deployments()
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
    await world.settled()
    const { begin } = await restoring({ world, release, held })
    expect(await begin()).toEqual({ kind: 'done', output: { restored: 0 } })
    expect(await world.deployments()).toHaveLength(2)
  })

  test('where the release has not even looked at the stage', async () => {
    const world = await createWorld()
    const release = await lockedRelease(world)
    const { begin } = await restoring({ world, release, held: await takeOver(world, release) })
    expect(await begin()).toEqual({ kind: 'done', output: { restored: 0 } })
  })

  test('where somebody else has deployed since, which is said [P5.7c]', async () => {
    const { world, begin } = await restoring(await deployedRelease())
    const foreign = await world.register()
    await world.update({ taskDefinition: foreign })
    const deployed = (await world.deployments()).length
    expect(await begin()).toEqual({
      kind: 'failed',
      error: 'ForeignDeployment',
      because: `production demo-api has ${foreign}, which somebody else deployed; it is left alone`,
    })
    expect(await world.deployments()).toHaveLength(deployed)
  })

  test('by a rollback that has lost the stage [P4.1a]', async () => {
    const { world, release, begin } = await restoring(await deployedRelease())
    await release.loseLease()
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(await world.deployments()).toHaveLength(2)
  })
})
