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
  test('is taken back by ECS, once, and waited for [P6.2a]', async () => {
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
    // Its time runs from when ECS began.
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    await world.pass(10_000)
    expect(await begin({ retry: 2 })).toEqual({
      kind: 'failed',
      error: 'RollbackFailed',
      because: 'production: ECS has not taken back demo-api in time',
    })
  })
})

describe('a rollback that comes late to a deployment of ours', () => {
  test('stops it and gives ECS its time, however long it was kept from that', async () => {
    const { world, held, handler } = await stopping(await deployingRelease())
    const { begin } = await enter(world, handler, held, ROLLBACK, world.now() - 20 * 60_000)
    await world.pass(5_000)
    expect(await begin()).toEqual({ kind: 'waits' })
    expect((await world.deployments())[0]?.status).toBe('ROLLBACK_REQUESTED')
    await world.settled()
    expect(await begin({ retry: 1 })).toEqual({ kind: 'done', output: { changed: true } })
  })

  test('that ECS takes back already waits for that', async () => {
    const { world, held, handler } = await stopping(await deployingRelease())
    const [{ serviceDeploymentArn } = {}] = await world.deployments()
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
    const { begin } = await enter(world, handler, held, ROLLBACK, world.now() - 20 * 60_000)
    expect(await begin()).toEqual({ kind: 'waits' })
  })
})

describe('telling people', () => {
  test('comes after what is stopped', async () => {
    const { world, held, begin, release } = await stopping(await deployingRelease())
    const name = ROLLBACK.slice(ROLLBACK.lastIndexOf(':') + 1)
    const why = { tag: 'v2', cause: 'failed', reason: 'an alarm rang', at: world.now() } as const
    const { app, stage, release: id, attempt } = held
    await release.records.recordRollback({ app, stage, release: id, attempt, name, ...why }, 1)
    const order: string[] = []
    for (const [operations, name] of [
      [world.services.sns.operations, 'Publish'],
      [world.services.ecs.operations, 'StopServiceDeployment'],
    ] as const) {
      const run = operations[name]
      operations[name] = async (input, caller) => {
        order.push(name)
        return (await run?.(input, caller)) ?? {}
      }
    }
    await begin()
    expect(order).toEqual(['StopServiceDeployment', 'Publish'])
  })

  test('takes little of a step’s time where SNS does not answer', async () => {
    const { world } = await stopping(await deployingRelease())
    let answer: (value: object) => void = () => {}
    world.services.sns.operations.Publish = () =>
      new Promise<object>(resolve => {
        answer = resolve
      })
    const { tell } = await import('../../functions/tell.ts')
    const about = { app: 'demo', release: world.application.app, attempt: 1, tag: 'v2' }
    expect(await tell(about as never, { kind: 'release-started' })).toBe(false)
    answer({})
  }, 20_000)
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

  test('by a rollback that has lost the stage [P4.1a]', async () => {
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
