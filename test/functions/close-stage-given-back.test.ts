import { describe, expect, test } from 'vitest'
import { taken } from '../../domain/lock.ts'
import { EXECUTION } from './release.ts'
import { blueGreen, deployedRelease, letOn, ROLLBACK } from './way-back.ts'

const DISTRIBUTION = 'E1A2B3C4D5E6F7'

/** A stage whose green has come to its end, with CloseStage under the lease of the release or of a rollback. */
async function deployed({ isOver = true } = {}) {
  const made = await deployedRelease({
    file: file => {
      blueGreen(file)
      const after = [{ kind: 'cloudfront-invalidation', distribution: DISTRIBUTION, paths: ['/*'] }]
      Object.assign(file.stages[0] ?? {}, { after })
    },
  })
  const { world, held } = made
  if (isOver) await letOn(world)
  const { readDriven } = await import('../../functions/aws/driven.ts')
  const { handler } = await import('../../functions/close-stage.ts')
  const close = (over: object) =>
    world.invoke(handler, { trouble: '', executions: [EXECUTION], endsRelease: false, ...held, ...over })
  const configured = async () => {
    const { deploymentConfiguration: is } = await world.describe()
    return { strategy: is?.strategy, bake: is?.bakeTimeInMinutes, pauses: is?.lifecycleHooks?.length ?? 0 }
  }
  return {
    ...made,
    configured,
    driven: () => readDriven({ app: 'demo', stage: 'production' }, 'demo-api'),
    releases: () => close({ outcome: 'released', reason: 'the planned digests were seen running' }),
    rollsBack: (outcome = 'rolled-back', executions = [ROLLBACK, EXECUTION]) =>
      close({ outcome, reason: 'an alarm rang', executions }),
    trouble: () =>
      world.told().flatMap(({ transition }) => (transition.kind === 'trouble' ? [transition.because] : [])),
  }
}

const OWN = { strategy: 'BLUE_GREEN', bake: 1, pauses: 0 }
const PAUSED = { strategy: 'BLUE_GREEN', bake: 0, pauses: 3 }

describe('a stage that ends leaves its services as their owners had them', () => {
  test.each(['released', 'rolled-back', 'failed', 'aborted', 'rollback-failed'])(
    '%s [P5.6a, P5.6b, P5.6c]',
    async outcome => {
      const { world, release, configured, driven, releases, rollsBack, trouble } = await deployed()
      expect(await configured()).toEqual(PAUSED)
      const before = await world.deployments()
      await (outcome === 'released' ? releases() : rollsBack(outcome))
      expect(await configured()).toEqual(OWN)
      expect(await driven()).toBeUndefined()
      expect(await world.deployments()).toEqual(before)
      expect((await release.lock()).held).toBeUndefined()
      expect(trouble().filter(because => because.includes('pauses'))).toEqual([])
    },
  )

  test('while it still has the lock', async () => {
    const { world, release, releases } = await deployed()
    const { operations } = world.services.ecs
    const { UpdateService: update } = operations
    let holder: string | undefined
    operations.UpdateService = async (input, caller) => {
      holder = (await release.lock()).held?.holder
      return update?.(input, caller) ?? {}
    }
    await releases()
    expect(holder).toBe(ROLLBACK)
  })

  test('but not under a deployment that is open, which is told [P5.6a]', async () => {
    const { world, release, configured, driven, rollsBack, trouble } = await deployed({ isOver: false })
    const { operations } = world.services.sns
    const { Publish: publish } = operations
    const holders: (string | undefined)[] = []
    operations.Publish = async (input, caller) => {
      if (input.Message?.includes('trouble')) holders.push((await release.lock()).held?.holder)
      return publish?.(input, caller) ?? {}
    }
    expect(await rollsBack('rollback-failed')).toMatchObject({ outcome: 'rollback-failed' })
    // Whoever takes the stage next may meet them.
    expect(holders).toEqual([ROLLBACK])
    expect(await configured()).toEqual(PAUSED)
    expect(await driven()).toBeDefined()
    expect(trouble()).toEqual([
      "demo-api is being deployed, so Sluice's pauses stay on it; they come off when that has ended",
    ])
  })

  test('but not where somebody else has the stage by now', async () => {
    const { world, release, held, configured, releases } = await deployed()
    await release.changeLock(lock => taken(lock, { ...held, holder: 'another', order: world.now() }, world.now()))
    await expect(releases()).rejects.toMatchObject({ name: 'LeaseLost' })
    expect(await configured()).toEqual(PAUSED)
  })

  test('and tries that again where ECS is busy, before it lets go of the stage [P2.6d]', async () => {
    const { world, release, releases, trouble } = await deployed()
    world.services.faults.add({ service: 'ecs', operation: 'UpdateService', does: 'throttle' })
    await expect(releases()).rejects.toMatchObject({ name: 'Transient' })
    expect((await release.lock()).held).toBeDefined()
    expect(await releases()).toMatchObject({ outcome: 'released' })
    expect((await release.lock()).held).toBeUndefined()
    expect(trouble().filter(because => because.includes('pauses'))).toEqual([])
  })

  test('and is released all the same where ECS refuses it, which is told [P2.6d]', async () => {
    const { world, release, releases, trouble } = await deployed()
    const refused = { fail: 'AccessDeniedException', message: 'not authorized' }
    world.services.faults.add({ service: 'ecs', operation: 'UpdateService', does: refused })
    expect(await releases()).toMatchObject({ outcome: 'released' })
    expect((await release.lock()).held).toBeUndefined()
    expect(trouble()[0]).toMatch(
      /^Sluice's pauses could not be taken off demo-api \(.*not authorized\); its next deployment is let through, /,
    )
  })
})

describe('what the file asks for after a release', () => {
  test('is begun once the stage is free, and told nobody', async () => {
    const { world, release, releases, trouble } = await deployed()
    const { cloudFront } = world.services
    cloudFront.addDistribution(DISTRIBUTION)
    const { CreateInvalidation: create } = cloudFront.operations
    let held: unknown = 'nobody asked'
    cloudFront.operations.CreateInvalidation = async (input, caller) => {
      held = (await release.lock()).held
      return create?.(input, caller) ?? {}
    }
    await releases()
    expect(held).toBeUndefined()
    expect(cloudFront.invalidations()).toMatchObject([{ distribution: DISTRIBUTION, paths: ['/*'] }])
    expect(trouble()).toEqual([])
  })

  test('takes nothing back where CloudFront refuses it, and that is told', async () => {
    const { releases, trouble } = await deployed()
    expect(await releases()).toMatchObject({ outcome: 'released' })
    expect(trouble()).toEqual([
      expect.stringContaining(`type aws cloudfront create-invalidation --distribution-id ${DISTRIBUTION} --paths '/*'`),
    ])
  })

  test('is not begun on the way back', async () => {
    const { world, rollsBack } = await deployed()
    world.services.cloudFront.addDistribution(DISTRIBUTION)
    await rollsBack()
    expect(world.services.cloudFront.invalidations()).toEqual([])
  })
})
