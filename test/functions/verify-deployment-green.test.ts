import { ElasticLoadBalancingV2Client, ModifyRuleCommand } from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'
import { takenOver } from '../../domain/lock.ts'
import { LONGEST_FUNCTION_MS } from '../../functions/permissions.ts'
import { aGreenRelease, type Greens } from './greens.ts'
import { enter } from './waiting.ts'

const WAITS = { kind: 'waits' }
const DONE = { kind: 'done', output: { tasks: 1 } }

/** The release is deployed to its blue-green service, and blue is gone. */
async function completed(): Promise<Greens> {
  const greens = await aGreenRelease()
  const { begin } = await greens.deploys()
  await begin()
  for (const stage of ['POST_TEST_TRAFFIC_SHIFT', 'PRE_PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT']) {
    await greens.pausedAt(stage)
    await greens.byHand()
  }
  await greens.world.settled()
  return greens
}

async function verify(
  { world, release }: Greens,
  target: 'plan' | 'before',
  { held = release.held, since = world.now() } = {},
) {
  const { handler } = await import('../../functions/verify-deployment.ts')
  return enter(world, handler, { ...held, target }, undefined, since)
}

/** Somebody gives the rule of the users these weights, in the order of the target groups. */
async function weigh({ world }: Greens, ...weights: [number, number]): Promise<void> {
  const { targetGroups, productionRule } = world.front()
  const TargetGroups = targetGroups.map((TargetGroupArn, at) => ({ TargetGroupArn, Weight: weights[at] ?? 0 }))
  const Actions = [{ Type: 'forward' as const, ForwardConfig: { TargetGroups } }]
  await new ElasticLoadBalancingV2Client({}).send(new ModifyRuleCommand({ RuleArn: productionRule, Actions }))
}

describe('a new version that came as a green', () => {
  test('is proven when it is all that runs, and all users are sent to it', async () => {
    const greens = await completed()
    const step = await verify(greens, 'plan')
    expect(await step.begin()).toEqual(DONE)
  })

  test('is waited for while some users are sent elsewhere [P5.5c]', async () => {
    const greens = await completed()
    await weigh(greens, 70, 30)
    const step = await verify(greens, 'plan')
    expect(await step.begin()).toEqual(WAITS)
    const { productionRule } = greens.world.front()
    expect(greens.world.logged.at(-1)?.message).toBe(
      `waits: demo-api: rule ${productionRule} sends 70 to demo-api-blue, 30 to demo-api-green, not all to demo-api-blue, where the revision that serves is`,
    )
    await weigh(greens, 1, 0)
    expect(await step.begin({ retry: 1 })).toEqual(DONE)
  })

  test('is not verified where users were not sent to it in time [P5.5c]', async () => {
    const greens = await completed()
    await weigh(greens, 0, 100)
    const step = await verify(greens, 'plan')
    expect(await step.begin()).toEqual(WAITS)
    await greens.world.pass(15 * 60_000)
    expect(await step.begin({ retry: 1 })).toMatchObject({
      kind: 'failed',
      error: 'VerificationFailed',
      because: expect.stringMatching(
        /^production demo-api: rule .* sends 0 to demo-api-blue, 100 to demo-api-green, not all to demo-api-blue/,
      ),
    })
  })

  describe('that somebody deploys once more', () => {
    /** Its own pauses are not in the way any more. */
    async function again() {
      const greens = await completed()
      await greens.world.update({
        forceNewDeployment: true,
        deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1, lifecycleHooks: [] },
      })
      await greens.world.pass(2_000)
      return { greens, step: await verify(greens, 'plan') }
    }

    test('is proven when that has ended', async () => {
      const { greens, step } = await again()
      expect(await step.begin()).toEqual(WAITS)
      const { serviceDeploymentArn } = await greens.newest()
      expect(greens.world.logged.at(-1)?.message).toBe(
        `waits: demo-api: deployment ${serviceDeploymentArn} to end, which deploys the same once more`,
      )
      await greens.world.until('users are on it', async () => (await greens.newest()).lifecycleStage === 'BAKE_TIME')
      expect(await step.begin({ retry: 1 })).toEqual(WAITS)
      await greens.world.settled()
      expect(await step.begin({ retry: 2 })).toEqual(DONE)
    })

    test('is proven when ECS has taken that back', async () => {
      const { greens, step } = await again()
      const { serviceDeploymentArn } = await greens.newest()
      await greens.world.until('both run', async () => (await greens.world.describe()).runningCount === 2)
      await greens.world.ask(greens.world.services.ecs, 'StopServiceDeployment', {
        serviceDeploymentArn,
        stopType: 'ROLLBACK',
      })
      expect(await step.begin()).toEqual(WAITS)
      await greens.world.settled()
      expect(await step.begin({ retry: 1 })).toMatchObject({ kind: 'done' })
    })

    test('is proven though that never ends: whoever is served has the planned digests', async () => {
      const { greens, step } = await again()
      greens.world.services.ecr.pull = () => {
        throw new Error('CannotPullContainerError: the registry is out')
      }
      await greens.world.update({ forceNewDeployment: true })
      expect(await step.begin()).toEqual(WAITS)
      const late = await verify(greens, 'plan', { since: greens.world.now() - 75 * 60_000 })
      expect(await late.begin()).toEqual(DONE)
    })
  })
})

describe('the version before, to which ECS has turned the users back', () => {
  async function takenBack(): Promise<Greens> {
    const greens = await aGreenRelease()
    const { begin } = await greens.deploys()
    await begin()
    for (const stage of ['POST_TEST_TRAFFIC_SHIFT', 'PRE_PRODUCTION_TRAFFIC_SHIFT']) {
      await greens.pausedAt(stage)
      await greens.byHand()
    }
    await greens.pausedAt('POST_PRODUCTION_TRAFFIC_SHIFT')
    const { world, newest, release } = greens
    const { serviceDeploymentArn } = await newest()
    await release.changeLock(lock => takenOver(lock, { ...release.held, holder: 'rollback' }, world.now()))
    await world.ask(world.services.ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
    await world.settled()
    await world.pass(LONGEST_FUNCTION_MS)
    return greens
  }
  const holding = ({ release: { held } }: Greens) => ({ held: { ...held, lease: { holder: 'rollback', fence: 2 } } })

  test('is proven when all users are sent to it again', async () => {
    const greens = await takenBack()
    const step = await verify(greens, 'before', holding(greens))
    expect(await step.begin()).toEqual(DONE)
  })

  test('is not proven while somebody else deploys there, which is left alone [P4.3d]', async () => {
    const greens = await takenBack()
    const { world, newest } = greens
    const foreign = await world.register()
    await world.update({ taskDefinition: foreign })
    const step = await verify(greens, 'before', holding(greens))
    const { serviceDeploymentArn } = await newest()
    expect(await step.begin()).toEqual({
      kind: 'failed',
      error: 'ForeignDeployment',
      because: `production demo-api: somebody else is deploying ${foreign} there by deployment ${serviceDeploymentArn}; it is left alone`,
    })
  })

  test('is proven only once its definition, which somebody deploys again, is all there is', async () => {
    const greens = await takenBack()
    const { world } = greens
    const deploymentConfiguration = { strategy: 'BLUE_GREEN' as const, bakeTimeInMinutes: 0, lifecycleHooks: [] }
    await world.update({ forceNewDeployment: true, deploymentConfiguration })
    const step = await verify(greens, 'before', holding(greens))
    expect(await step.begin()).toEqual(WAITS)
    await world.settled()
    expect(await step.begin({ retry: 1 })).toEqual(DONE)
  })

  test('is not proven while the rule still names green', async () => {
    const greens = await takenBack()
    await weigh(greens, 1, 99)
    const step = await verify(greens, 'before', holding(greens))
    expect(await step.begin()).toEqual(WAITS)
    expect(greens.world.logged.at(-1)?.message).toContain('sends 1 to demo-api-blue, 99 to demo-api-green')
  })
})
