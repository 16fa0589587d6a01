import { describe, expect, test } from 'vitest'
import { aGreenRelease } from './greens.ts'

describe('a green', () => {
  test('waits before any user sees it, at the first of three pauses of ours', async () => {
    const { world, release, deploys, newest, pausedAt } = await aGreenRelease()
    const { begin } = await deploys()
    expect(await begin()).toEqual({ kind: 'waits' })
    await pausedAt('POST_TEST_TRAFFIC_SHIFT')
    expect(await begin({ retry: 1 })).toEqual({ kind: 'done', output: { services: 1 } })
    const { taskDefinition, deploymentConfiguration } = await world.describe()
    expect(taskDefinition).toBe(await release.revision())
    expect(deploymentConfiguration).toMatchObject({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 })
    expect(deploymentConfiguration?.lifecycleHooks?.map(({ lifecycleStages }) => lifecycleStages)).toEqual([
      ['POST_TEST_TRAFFIC_SHIFT'],
      ['PRE_PRODUCTION_TRAFFIC_SHIFT'],
      ['POST_PRODUCTION_TRAFFIC_SHIFT'],
    ])
    expect((await newest()).status).toBe('IN_PROGRESS')
    expect(await world.front().asUser()).toBe('one')
    expect(await world.front().asTester()).toBe('two')
  })
})
