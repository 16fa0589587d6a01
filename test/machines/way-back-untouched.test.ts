import { describe, expect, test } from 'vitest'
import { changed, grouped, withService } from '../functions/greens.ts'
import { blueGreen } from '../functions/way-back.ts'
import { type Machines, startMachines } from './machines.ts'

/** Somebody deploys a definition of his own as the step is called, and does not wait for it to end. */
function hotfixes({ calling, world }: Machines, step: string, service = 'demo-api') {
  const made = { hotfix: '' }
  calling(step, async () => {
    made.hotfix = await world.register({ family: service })
    await world.update({ service, taskDefinition: made.hotfix })
  })
  return made
}

describe('what somebody else deployed before the release came there', () => {
  test('is left alone, and the release has failed without a change', async () => {
    const machines = await startMachines(blueGreen)
    const { world, release, records, serves } = machines
    const made = hotfixes(machines, 'release/DeployNewVersion')
    const v2 = await release('v2')
    expect(v2).toMatchObject({ error: 'failed', cause: expect.stringContaining('that is left alone') })
    await world.settled()
    expect((await world.describe()).taskDefinition).toBe(made.hotfix)
    expect(await serves()).toBe('v1')
    expect(await world.deployments()).toHaveLength(2)
    const { held, blocked } = await records.readLock('demo', 'production')
    expect({ held, blocked }).toEqual({ held: undefined, blocked: undefined })
    expect(await records.quarantined('demo', 'production')).toEqual([])
  })

  test('keeps no other service from going back, which is proven', async () => {
    const machines = await startMachines(
      changed(withService('demo-web', 'rolling'), grouped(['demo-api'], ['demo-web'])),
    )
    const { world, push, ended, records, serves, reaches } = machines
    const v2 = await push('v2')
    await reaches('release/DeployNewVersion')
    const hotfix = await world.register({ family: 'demo-web' })
    await world.update({ service: 'demo-web', taskDefinition: hotfix })
    expect(await ended(v2.arn)).toMatchObject({
      error: 'rolled-back',
      cause: expect.stringMatching(/^production demo-web: .*that is left alone/),
    })
    expect(await serves('demo-api')).toBe('v1')
    expect((await world.describe('demo-web')).taskDefinition).toBe(hotfix)
    expect(await records.readLock('demo', 'production')).not.toHaveProperty('blocked')
    expect(
      world.told().flatMap(({ transition }) => (transition.kind === 'trouble' ? [transition.because] : [])),
    ).toEqual([
      `production demo-web has ${hotfix}, which somebody else deployed before the release did; it is left alone`,
    ])
  })
})

test('what somebody else deployed over the release is left alone, too, but the stage is closed [P5.7c]', async () => {
  const machines = await startMachines()
  const { world, release, records } = machines
  const made = hotfixes(machines, 'release/RunSmokeTests')
  expect(await release('v2')).toMatchObject({ error: 'rollback-failed' })
  expect((await world.describe()).taskDefinition).toBe(made.hotfix)
  expect(await records.readLock('demo', 'production')).toHaveProperty('blocked')
})
