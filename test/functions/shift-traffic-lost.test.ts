import { describe, expect, test } from 'vitest'
import { continued, type Greens, oneByOne, ready, tested, two } from './greens.ts'

const READY = 'PRE_PRODUCTION_TRAFFIC_SHIFT'
const SHIFTED = 'POST_PRODUCTION_TRAFFIC_SHIFT'
const WAITS = { kind: 'waits' }
const NEXT = { kind: 'done', output: { kind: 'shifting', shift: 1 } }

describe('an answer that was lost', () => {
  test('is given by a repetition, since it was written down before [P5.3e]', async () => {
    const greens = await tested()
    const { world, release, shifts, pausedAt } = greens
    const { begin } = await shifts(0)
    world.services.faults.add({ service: 'ecs', operation: 'ContinueServiceDeployment', does: 'throttle' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    const { readAnswers } = await import('../../functions/aws/deployment-ledger.ts')
    expect(await readAnswers(release.held, 'demo-api')).toMatchObject([{ by: 'shift-0' }])
    const asked = continued(greens)
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    expect(asked).toEqual(['demo-api'])
    await pausedAt(READY)
    expect(await begin({ retry: 2 })).toEqual(NEXT)
  })

  test('is not given by another round, though ECS still shows the pause [P5.2d, P5.3e]', async () => {
    const greens = await tested()
    const { world, release, shifts, newest } = greens
    const { recordAnswer } = await import('../../functions/aws/deployment-ledger.ts')
    const [{ hookId = '' } = {}] = (await newest()).lifecycleHookDetails ?? []
    await recordAnswer(release.held, 'demo-api', hookId, 'another round')
    const asked = continued(greens)
    expect(await (await shifts(0)).begin()).toEqual(WAITS)
    expect(asked).toEqual([])
    expect(world.logged.at(-1)?.message).toBe('waits: demo-api to go on')
  })

  test('by its answer alone is found out by the next look', async () => {
    const { world, shifts, pausedAt } = await tested()
    const { begin } = await shifts(0)
    world.services.faults.add({ service: 'ecs', operation: 'ContinueServiceDeployment', does: 'lose-answer' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    await pausedAt(READY)
    expect(await begin({ retry: 1 })).toEqual(NEXT)
  })
})

describe('an answer that ECS refuses', () => {
  const refused = { fail: 'InvalidParameterException', message: 'No such hook.' }

  test('is given again while the pause still waits, and nobody takes it for given', async () => {
    const { world, shifts, pausedAt } = await tested()
    const { begin } = await shifts(0)
    world.services.faults.add({ service: 'ecs', operation: 'ContinueServiceDeployment', does: refused })
    await expect(begin()).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringMatching(
        /^ECS refused to continue arn:.*: InvalidParameterException: No such hook\.; it still waits$/,
      ),
    })
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    await pausedAt(READY)
    expect(await begin({ retry: 2 })).toEqual(NEXT)
  })
})

describe('what ECS takes back is never called shifted', () => {
  const stop = async ({ world, newest }: Greens, service?: string) => {
    const { serviceDeploymentArn } = await newest(service)
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
  }

  test('nor waited for', async () => {
    const greens = await ready()
    await stop(greens)
    const asked = continued(greens)
    expect(await (await greens.shifts(1)).begin()).toMatchObject({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: expect.stringMatching(/^production demo-api: the new version is being taken back by ECS/),
    })
    expect(asked).toEqual([])
  })

  test('not even when it serves what it served before', async () => {
    const greens = await ready()
    await stop(greens)
    await greens.world.settled()
    expect(await (await greens.shifts(1)).begin()).toMatchObject({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: expect.stringMatching(/^production demo-api: the new version was taken back by ECS/),
    })
  })

  test('though it was a group whose turn is later or over', async () => {
    for (const service of ['demo-api', 'demo-web']) {
      const greens = await ready(oneByOne)
      const { begin } = await greens.shifts(1)
      await begin()
      await greens.pausedAt(SHIFTED, 'demo-web')
      await stop(greens, service)
      const asked = continued(greens)
      expect(await begin({ retry: 1 })).toMatchObject({ kind: 'failed', error: 'DeploymentFailed' })
      expect(asked).toEqual([])
    }
  })

  test('nor what somebody else has deployed over', async () => {
    const greens = await ready()
    await greens.world.update({ taskDefinition: await greens.world.register() })
    await greens.world.pass(5_000)
    expect(await (await greens.shifts(1)).begin()).toMatchObject({ kind: 'failed', error: 'ForeignDeployment' })
  })
})

describe('nothing is answered', () => {
  test('for a release that has lost its lease [P4.1a]', async () => {
    const greens = await tested()
    await greens.release.loseLease()
    const asked = continued(greens)
    expect(await (await greens.shifts(0)).begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(asked).toEqual([])
  })

  test('once a rollback was asked for [P4.1b]', async () => {
    const greens = await ready()
    await greens.release.requestRollback('errors since noon')
    const asked = continued(greens)
    expect(await (await greens.shifts(1)).begin()).toMatchObject({ kind: 'failed', error: 'RollbackRequested' })
    expect(asked).toEqual([])
  })

  test('for a lease that is lost between two services', async () => {
    const greens = await tested(two)
    const { world, release, shifts } = greens
    const { operations } = world.services.ecs
    const run = operations.ContinueServiceDeployment
    operations.ContinueServiceDeployment = async (input, caller) => {
      await release.loseLease()
      return run?.(input, caller) ?? {}
    }
    const asked = continued(greens)
    expect(await (await shifts(0)).begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(asked).toEqual(['demo-api'])
  })
})
