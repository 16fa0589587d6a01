import { describe, expect, test } from 'vitest'
import { aGreenRelease, blueGreen, changed, grouped, withService } from './greens.ts'
import { RELEASE } from './release.ts'
import type { World } from './world.ts'

const LEFT = `that is left alone. When this release may replace it: sluice retry demo ${RELEASE}`

/** Somebody deploys a definition of his own, to its end. */
async function hotfixed(world: World, service?: string): Promise<string> {
  const family = service ?? 'demo-api'
  const taskDefinition = await world.register({ family })
  await world.update({ service: family, taskDefinition })
  await world.settled(service)
  return taskDefinition
}
const changedTo = (hotfix: string, found: string) =>
  `it has ${nameOf(hotfix)} and no longer ${nameOf(found)}, which it had when the release looked; ${LEFT}`
const nameOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1)

describe('a service that somebody has changed since the release looked at it', () => {
  test('keeps the hotfix that it has', async () => {
    const { world, release, deploys } = await aGreenRelease()
    const { taskDefinition: found = '' } = await world.describe()
    const hotfix = await hotfixed(world)
    expect(await (await deploys()).begin()).toEqual({
      kind: 'failed',
      error: 'ForeignDeployment',
      because: `production demo-api: ${changedTo(hotfix, found)}`,
    })
    expect((await world.describe()).taskDefinition).toBe(hotfix)
    expect(await release.revision()).toBeUndefined()
    expect((await world.describe()).deploymentConfiguration).toMatchObject({ bakeTimeInMinutes: 1 })
  })

  test('keeps the hotfix that it is just getting', async () => {
    const { world, deploys, newest } = await aGreenRelease()
    await world.update({ taskDefinition: await world.register() })
    const { serviceDeploymentArn } = await newest()
    expect(await (await deploys()).begin()).toEqual({
      kind: 'failed',
      error: 'ForeignDeployment',
      because: `production demo-api: deployment ${serviceDeploymentArn}, which is not ours, has begun since the release looked; ${LEFT}`,
    })
    await world.settled()
    expect(await newest()).toMatchObject({ serviceDeploymentArn, status: 'SUCCESSFUL' })
  })

  test('keeps the green beside it from beginning', async () => {
    const { world, deploys } = await aGreenRelease(changed(blueGreen, withService('demo-web', 'blue-green')))
    await hotfixed(world, 'demo-web')
    expect(await (await deploys()).begin()).toMatchObject({ kind: 'failed', error: 'ForeignDeployment' })
    expect(await world.deployments('demo-api')).toHaveLength(1)
  })

  test('keeps its hotfix though its turn comes late', async () => {
    const file = changed(withService('demo-web', 'rolling'), grouped(['demo-api'], ['demo-web']))
    const { world, release, deploys } = await aGreenRelease(file)
    const { begin } = await deploys()
    await begin()
    await world.settled('demo-api')
    const hotfix = await hotfixed(world, 'demo-web')
    expect(await begin({ retry: 1 })).toMatchObject({ kind: 'failed', error: 'ForeignDeployment' })
    expect((await world.describe('demo-web')).taskDefinition).toBe(hotfix)
    expect((await world.describe('demo-api')).taskDefinition).toBe(await release.revision('demo-api'))
  })

  test('is deployed where that was only the same once more', async () => {
    const { world, deploys, pausedAt } = await aGreenRelease()
    await world.update({ forceNewDeployment: true })
    await world.settled()
    const { begin } = await deploys()
    await begin()
    await pausedAt('POST_TEST_TRAFFIC_SHIFT')
    expect(await begin({ retry: 1 })).toMatchObject({ kind: 'done' })
  })
})

test('a service that waits for its owners where Sluice would is not deployed, and they are told what to take out', async () => {
  const { world, deploys } = await aGreenRelease()
  const pause = {
    targetType: 'PAUSE',
    lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'],
    timeoutConfiguration: { timeoutInMinutes: 600, action: 'ROLLBACK' },
  } as const
  await world.update({
    deploymentConfiguration: { lifecycleHooks: [{ ...pause, lifecycleStages: [...pause.lifecycleStages] }] },
  })
  expect(await (await deploys()).begin()).toMatchObject({
    kind: 'failed',
    error: 'PreconditionFailed',
    because: expect.stringMatching(/^production demo-api: it has a PAUSE hook at POST_TEST_TRAFFIC_SHIFT/),
  })
  expect(await world.deployments()).toHaveLength(1)
})
