import { describe, expect, test } from 'vitest'
import { aGreenRelease, blueGreen, changed, grouped, quick, withService } from './greens.ts'

const TESTED = 'POST_TEST_TRAFFIC_SHIFT'
const WAITS = { kind: 'waits' }

describe('the services of one stage', () => {
  const [ROLLING, GREEN] = ['rolling', 'blue-green'] as const

  test('change only when all greens wait, and the greens begin at once [P5.3a]', async () => {
    const file = changed(blueGreen, withService('demo-web', GREEN), withService('demo-worker', ROLLING))
    const { world, deploys, pausedAt } = await aGreenRelease(file)
    const { begin } = await deploys()
    await begin()
    const begun = async () => {
      const counts = ['demo-api', 'demo-web', 'demo-worker'].map(async name => (await world.deployments(name)).length)
      return Promise.all(counts)
    }
    expect(await begun()).toEqual([2, 2, 1])
    await pausedAt(TESTED, 'demo-api')
    await pausedAt(TESTED, 'demo-web')
    expect(await begun()).toEqual([2, 2, 1])
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    expect(await begun()).toEqual([2, 2, 2])
    await world.settled('demo-worker')
    expect(await begin({ retry: 2 })).toEqual({ kind: 'done', output: { services: 3 } })
  })

  test('do not change while one green is late [P5.3a]', async () => {
    const file = changed(blueGreen, withService('demo-worker', ROLLING), quick)
    const { world, deploys } = await aGreenRelease(file, { content: 'broken' })
    const { begin } = await deploys()
    await begin()
    await world.pass(5 * 60_000)
    await begin({ retry: 1 })
    await world.settled()
    expect(await begin({ retry: 2 })).toMatchObject({ kind: 'failed', error: 'DeploymentFailed' })
    expect(await world.deployments('demo-worker')).toHaveLength(1)
  })

  test('that roll do so group by group, those of one group at once', async () => {
    const file = changed(
      withService('demo-web', ROLLING),
      withService('demo-worker', ROLLING),
      grouped(['demo-worker'], ['demo-api', 'demo-web']),
    )
    const { world, deploys } = await aGreenRelease(file)
    const { begin } = await deploys()
    expect(await begin()).toEqual(WAITS)
    const begun = async () => {
      const counts = ['demo-worker', 'demo-api', 'demo-web'].map(async name => (await world.deployments(name)).length)
      return Promise.all(counts)
    }
    expect(await begun()).toEqual([2, 1, 1])
    expect(await begin({ retry: 1 })).toEqual(WAITS)
    expect(await begun()).toEqual([2, 1, 1])
    await world.settled('demo-worker')
    expect(await begin({ retry: 2 })).toEqual(WAITS)
    expect(await begun()).toEqual([2, 2, 2])
    await world.settled('demo-api')
    await world.settled('demo-web')
    expect(await begin({ retry: 3 })).toEqual({ kind: 'done', output: { services: 3 } })
  })

  test('have their time each: that of a later group begins with its own deployment [P5.3b]', async () => {
    const file = changed(withService('demo-web', ROLLING), grouped(['demo-api'], ['demo-web']), quick)
    const { world, deploys, newest } = await aGreenRelease(file)
    const { begin } = await deploys()
    await begin()
    await world.settled('demo-api')
    await world.pass(4 * 60_000)
    const breaker = { enable: false, rollback: false }
    await world.update({ service: 'demo-web', deploymentConfiguration: { deploymentCircuitBreaker: breaker } })
    world.services.ecr.pull = () => {
      throw new Error('CannotPullContainerError: the registry is out')
    }
    await begin({ retry: 1 })
    await world.pass(5 * 60_000 - 2_000)
    expect(await begin({ retry: 2 })).toEqual(WAITS)
    expect((await newest('demo-web')).status).toBe('IN_PROGRESS')
    await world.pass(2_000)
    await begin({ retry: 3 })
    expect((await newest('demo-web')).status).toBe('ROLLBACK_REQUESTED')
  })

  test('of a later group do not change when the lease was lost meanwhile', async () => {
    const file = changed(withService('demo-web', ROLLING), grouped(['demo-api'], ['demo-web']))
    const { world, release, deploys } = await aGreenRelease(file)
    const { begin } = await deploys()
    await begin()
    await world.settled('demo-api')
    await release.loseLease()
    expect(await begin({ retry: 1 })).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
    expect(await world.deployments('demo-web')).toHaveLength(1)
  })
})
