import { describe, expect, test } from 'vitest'
import { checkedRelease, lockedRelease } from './release.ts'
import { enter } from './waiting.ts'
import {
  deployedRelease,
  deployingRelease,
  ROLLBACK,
  takeOver,
  type WayBack,
  withoutCircuitBreaker,
} from './way-back.ts'
import { createWorld } from './world.ts'

async function stopping({ world, release, held }: WayBack) {
  const { handler } = await import('../../functions/stop-deployments.ts')
  return { world, release, held, handler, ...(await enter(world, handler, held, ROLLBACK)) }
}

describe('a deployment of ours that is open', () => {
  test('is taken back by ECS, once, and waited for', async () => {
    const { world, begin } = await stopping(await deployingRelease())
    await world.pass(5_000)
    expect(await begin()).toEqual({ kind: 'waits' })
    expect((await world.deployments())[0]?.status).toBe('ROLLBACK_REQUESTED')
    await world.pass(5_000)
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    await world.settled()
    expect((await world.deployments())[0]?.status).toBe('ROLLBACK_SUCCESSFUL')
    expect(await begin({ retry: 2 })).toEqual({ kind: 'done', output: { changed: true } })
    expect((await world.describe()).taskDefinition).toMatch(/demo-api:1$/)
    expect(await world.deployments()).toHaveLength(2)
  })

  test('that ECS does not take back in time is not proven', async () => {
    const { world, begin } = await stopping(await deployingRelease({ before: withoutCircuitBreaker }))
    await begin()
    world.services.ecr.pull = () => {
      throw new Error('CannotPullContainerError: the registry is out')
    }
    for (const { taskArn } of await tasksOf(world)) world.services.ecs.kill(taskArn ?? '')
    await world.pass(15 * 60_000)
    expect(await begin({ retry: 1 })).toEqual({
      kind: 'failed',
      error: 'RollbackFailed',
      because: 'production: ECS has not taken back demo-api in time',
    })
  })
})

describe('a deployment that ends while it is being stopped', () => {
  test('is a fact that the next look finds, not an error', async () => {
    const { world, begin } = await stopping(await deployingRelease())
    await world.pass(5_000)
    world.services.faults.add({
      service: 'ecs',
      operation: 'StopServiceDeployment',
      does: { fail: 'ConflictException' },
    })
    expect(await begin()).toEqual({ kind: 'waits' })
    await world.settled()
    expect(await begin({ retry: 1 })).toEqual({ kind: 'done', output: { changed: true } })
  })
})

describe('nothing is stopped', () => {
  test('where the deployment has ended, and that is a change', async () => {
    const { world, begin } = await stopping(await deployedRelease())
    expect(await begin()).toEqual({ kind: 'done', output: { changed: true } })
    expect((await world.deployments())[0]?.status).toBe('SUCCESSFUL')
  })

  test('where the release has deployed nothing, and that is no change', async () => {
    const world = await createWorld()
    const release = await checkedRelease(world)
    const { begin } = await stopping({ world, release, held: await takeOver(world, release) })
    expect(await begin()).toEqual({ kind: 'done', output: { changed: false } })
  })

  test('where the release has not even looked at the stage', async () => {
    const world = await createWorld()
    const release = await lockedRelease(world)
    const { begin } = await stopping({ world, release, held: await takeOver(world, release) })
    expect(await begin()).toEqual({ kind: 'done', output: { changed: false } })
  })

  test('of somebody else’s, which is left alone', async () => {
    const { world, begin } = await stopping(await deployingRelease())
    await world.pass(5_000)
    await world.update({ taskDefinition: await world.register() })
    await world.pass(5_000)
    expect(await begin()).toEqual({ kind: 'done', output: { changed: true } })
    expect((await world.deployments())[0]?.status).toBe('IN_PROGRESS')
  })

  test('by a rollback that has lost the stage', async () => {
    const { world, release, begin } = await stopping(await deployingRelease())
    await release.loseLease()
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect((await world.deployments())[0]?.status).not.toBe('ROLLBACK_REQUESTED')
  })
})

async function tasksOf(world: WayBack['world']) {
  const { taskArns = [] } = await world.ask<{ taskArns?: string[] }>(world.services.ecs, 'ListTasks', {
    cluster: 'demo',
  })
  return taskArns.map(taskArn => ({ taskArn }))
}
