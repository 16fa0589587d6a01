import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ServiceDeployment } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { freed } from '../../domain/lock.ts'
import { blueGreen, deployedRelease, letOn, pauseOf } from './way-back.ts'

const example = (name: string) =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, `../../events/${name}.json`), 'utf8'))
const [HOOK, ENDED] = [example('ecs-hook-state-change'), example('ecs-deployment-state-change')]

const TESTED = 'POST_TEST_TRAFFIC_SHIFT'

/** A green of a release that waits to be tested, with Sluice's pauses on its service. */
async function paused() {
  const made = await deployedRelease({ file: blueGreen })
  const { world, release } = made
  const { handler } = await import('../../functions/clean-up.ts')
  const { readDriven } = await import('../../functions/aws/driven.ts')
  const { serviceArn = '' } = await world.describe()
  const settles = async (event: object) => {
    await world.invoke(handler, event)
    return world.logged.findLast(({ message }) => message === 'settled')
  }
  let pause = {}
  return {
    ...made,
    /** Of the latest pause that there was. */
    async hearsOfPause(arn = serviceArn, known?: Awaited<ReturnType<typeof pauseOf>>) {
      const { serviceDeploymentArn, hookId } = known ?? (await pauseOf(world))
      if (hookId) pause = { resources: [serviceDeploymentArn], detail: { ...HOOK.detail, serviceArn: arn, hookId } }
      return settles({ ...HOOK, ...pause })
    },
    hearsOfEnd: () => settles({ ...ENDED, resources: [serviceArn] }),
    /** Somebody deploys over it, and comes to the pause that was put there for the release. */
    async deploysByHand(taskDefinition?: string) {
      await world.update({ taskDefinition: taskDefinition ?? (await world.register()) })
      await comesToPause()
    },
    comesToPause: () => comesToPause(),
    letsGo: () => release.changeLock(freed),
    driven: () => readDriven({ app: 'demo', stage: 'production' }, 'demo-api'),
    pauses: async () => (await world.describe()).deploymentConfiguration?.lifecycleHooks?.length ?? 0,
    trouble: () =>
      world.told().flatMap(({ transition }) => (transition.kind === 'trouble' ? [transition.because] : [])),
  }
  async function comesToPause() {
    await world.until('it waits', async () => (await pauseOf(world)).hookId !== undefined)
  }
}

describe('somebody’s deployment that meets Sluice’s pauses', () => {
  test('is let through to its end, and told once [P5.7a]', async () => {
    const { world, deploysByHand, comesToPause, hearsOfPause, trouble } = await paused()
    await deploysByHand()
    const { serviceDeploymentArn } = await pauseOf(world)
    for (let pause = 0; pause < 3; pause++) {
      await comesToPause()
      expect(await hearsOfPause()).toMatchObject({ deployments: { [serviceDeploymentArn ?? '']: 'let through' } })
    }
    await world.settled()
    expect((await world.deployments())[0]).toMatchObject({ serviceDeploymentArn, status: 'SUCCESSFUL' })
    expect(trouble()).toEqual([
      `demo-api: somebody's deployment ${serviceDeploymentArn} met Sluice's pauses and is let through; Sluice neither tests nor watches it`,
    ])
    expect(world.told().findLast(({ transition }) => transition.kind === 'trouble')?.about).toMatchObject({ tag: 'v2' })
  })

  test('is let through once nobody has the stage any more, too', async () => {
    const { world, deploysByHand, letsGo, hearsOfPause, trouble } = await paused()
    await deploysByHand()
    await letsGo()
    await hearsOfPause()
    expect((await pauseOf(world)).hookId).toBeUndefined()
    expect(trouble()).toHaveLength(1)
  })

  test('is let through though it deploys what a release that has ended had deployed', async () => {
    const { world, release, held, deploysByHand, letsGo, hearsOfPause } = await paused()
    const revision = await release.revision()
    await letOn(world)
    await release.records.recordStageEnd(held, { outcome: 'released', reason: 'it serves', at: world.now() })
    await letsGo()
    await deploysByHand()
    await letOn(world)
    await deploysByHand(revision)
    await hearsOfPause()
    expect((await pauseOf(world)).hookId).toBeUndefined()
  })

  test('is left to its owners where they pause it there, too', async () => {
    const { world, deploysByHand, hearsOfPause, trouble } = await paused()
    const { lifecycleHooks = [] } = (await world.describe()).deploymentConfiguration ?? {}
    const own = { targetType: 'PAUSE', lifecycleStages: [TESTED], timeoutConfiguration: { timeoutInMinutes: 90 } }
    await world.update({
      deploymentConfiguration: { lifecycleHooks: [...lifecycleHooks, own] as typeof lifecycleHooks },
    })
    await deploysByHand()
    await hearsOfPause()
    expect((await pauseOf(world)).hookId).toBeDefined()
    expect(trouble()).toEqual([])
  })

  test('is let through, too, where it deploys the definition of a release once more that has not ended', async () => {
    const { world, release, deploysByHand, hearsOfPause } = await paused()
    await letOn(world)
    const { ourDeployment, readNewVersion } = await import('../../functions/deploying/new-version.ts')
    const version = await readNewVersion(release.held)
    for (const service of version.greens.flat()) await ourDeployment(release.held, version, service)
    await world.update({ forceNewDeployment: true })
    await deploysByHand(await release.revision())
    await hearsOfPause()
    expect((await pauseOf(world)).hookId).toBeUndefined()
  })

  test('is let through once ECS shows the pause that it has told of', async () => {
    const { world, deploysByHand, hearsOfPause, trouble } = await paused()
    await deploysByHand()
    const { operations } = world.services.ecs
    const describeAll = operations.DescribeServiceDeployments
    const event = await pauseOf(world)
    operations.DescribeServiceDeployments = async (input, caller) => {
      const found = (await describeAll?.(input, caller)) as { serviceDeployments: ServiceDeployment[] }
      return {
        ...found,
        serviceDeployments: found.serviceDeployments.map(one => ({ ...one, lifecycleHookDetails: [] })),
      }
    }
    await expect(hearsOfPause(undefined, event)).rejects.toMatchObject({ name: 'Transient' })
    expect(trouble()).toEqual([])
    if (describeAll) operations.DescribeServiceDeployments = describeAll
    await hearsOfPause()
    expect((await pauseOf(world)).hookId).toBeUndefined()
  })

  test('is told though the answer of ECS was lost', async () => {
    const { world, deploysByHand, hearsOfPause, trouble } = await paused()
    await deploysByHand()
    world.services.faults.add({ service: 'ecs', operation: 'ContinueServiceDeployment', does: 'lose-answer' })
    await expect(hearsOfPause()).rejects.toMatchObject({ name: 'Transient' })
    await hearsOfPause()
    expect((await pauseOf(world)).hookId).toBeUndefined()
    expect(trouble()).toHaveLength(1)
  })
})

describe('a green of ours that waits is not answered', () => {
  test('while its release has the stage', async () => {
    const { world, hearsOfPause, trouble } = await paused()
    expect(Object.values((await hearsOfPause())?.deployments ?? {})).toEqual([
      'its release answers, or ECS takes it back',
    ])
    expect((await pauseOf(world)).lifecycleStage).toBe(TESTED)
    expect(trouble()).toEqual([])
  })

  test('nor once nobody has the stage: users never see what nobody watches', async () => {
    const { world, letsGo, hearsOfPause } = await paused()
    await letsGo()
    await hearsOfPause()
    expect((await pauseOf(world)).hookId).toBeDefined()
    expect(await world.front().asUser()).toBe('one')
  })
})

describe('pauses come off', () => {
  test('when no deployment is open and nobody has the stage [P5.6a, P5.6b]', async () => {
    const { world, letsGo, hearsOfEnd, driven, pauses } = await paused()
    await letOn(world)
    await letsGo()
    await hearsOfEnd()
    expect(await pauses()).toBe(0)
    expect(await driven()).toBeUndefined()
    expect((await world.describe()).deploymentConfiguration?.bakeTimeInMinutes).toBe(1)
  })

  test('not while somebody has the stage', async () => {
    const { world, hearsOfEnd, driven, pauses } = await paused()
    await letOn(world)
    expect(await hearsOfEnd()).toMatchObject({ left: 'release 3f9c0a7f6d6a has the stage' })
    expect(await pauses()).toBe(3)
    expect(await driven()).toBeDefined()
  })

  test('not while a deployment is open [P5.6a]', async () => {
    const { letsGo, hearsOfEnd, pauses } = await paused()
    await letsGo()
    await hearsOfEnd()
    expect(await pauses()).toBe(3)
  })
})

describe('nothing is done to a service', () => {
  test('that no application names', async () => {
    const { world, hearsOfPause, deploysByHand } = await paused()
    await deploysByHand()
    await hearsOfPause('arn:aws:ecs:eu-west-1:111122223333:service/demo/another')
    expect((await pauseOf(world)).hookId).toBeDefined()
  })

  test('that is as its owners left it', async () => {
    const { world, hearsOfPause, deploysByHand } = await paused()
    await deploysByHand()
    const { forgetDriven, readDriven } = await import('../../functions/aws/driven.ts')
    const at = { app: 'demo', stage: 'production' }
    const driven = await readDriven(at, 'demo-api')
    if (driven) await forgetDriven(at, 'demo-api', driven)
    expect(await hearsOfPause()).toMatchObject({ left: 'nothing of it is changed' })
    expect((await pauseOf(world)).hookId).toBeDefined()
  })
})
