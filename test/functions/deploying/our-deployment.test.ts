import { describe, expect, test } from 'vitest'
import { aGreenRelease, type Greens, tested } from '../greens.ts'

/** As every step asks, and as CleanUp does. */
async function asks({ release, newest }: Greens) {
  const { isOurDeployment, ourDeployment, readNewVersion } = await import('../../../functions/deploying/new-version.ts')
  return {
    async ours() {
      const version = await readNewVersion(release.held)
      const [service] = version.greens.flat()
      if (!service) throw new Error('nothing changes')
      return ourDeployment(release.held, version, service)
    },
    async isNewestOurs() {
      const { serviceDeploymentArn: arn = '' } = await newest()
      return isOurDeployment(release.held, 'demo-api', { arn, taskDefinition: (await release.revision()) ?? '' })
    },
  }
}

describe('a release knows its deployment', () => {
  test('by its revision until ECS has shown it, and by its ARN from then on', async () => {
    const greens = await aGreenRelease()
    const { release, deploys, newest } = greens
    const { isNewestOurs, ours } = await asks(greens)
    const { readOwn } = await import('../../../functions/aws/deployment-ledger.ts')
    expect(await ours()).toMatchObject({ kind: 'ours', deployment: undefined, isBegun: false })
    expect(await isNewestOurs()).toBe(false)
    await (await deploys()).begin()
    const { serviceDeploymentArn: arn } = await newest()
    expect(await readOwn(release.held, 'demo-api')).toEqual({ arn })
    expect(await isNewestOurs()).toBe(true)
  })

  test('so one that somebody forces with the same definition is not its own, and has taken over', async () => {
    const greens = await tested()
    const { world, newest } = greens
    const { isNewestOurs, ours } = await asks(greens)
    await world.update({ forceNewDeployment: true })
    await world.pass(5_000)
    expect(await isNewestOurs()).toBe(false)
    expect(await ours()).toMatchObject({
      kind: 'failed',
      error: 'ForeignDeployment',
      because: expect.stringContaining((await newest()).serviceDeploymentArn ?? '?'),
    })
  })

  test('and does not begin it anew while ECS does not show what it has shown', async () => {
    const greens = await tested()
    const { world } = greens
    const { ours } = await asks(greens)
    const { operations } = world.services.ecs
    operations.ListServiceDeployments = () => ({ serviceDeployments: [] })
    expect(await ours()).toMatchObject({ kind: 'ours', deployment: undefined, isBegun: true })
  })
})
