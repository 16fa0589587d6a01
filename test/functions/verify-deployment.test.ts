import { describe, expect, test } from 'vitest'
import { takenOver } from '../../domain/lock.ts'
import { LONGEST_FUNCTION_MS } from '../../functions/permissions.ts'
import { REGISTRY } from './fleet.ts'
import { checkedRelease, lockedRelease, type Release } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld, type World } from './world.ts'

/** A release whose new version ECS calls successful; what is deployed is the planned digest, or another by intention. */
async function deployed(other?: (release: Release, world: World) => string | undefined) {
  const world = await createWorld()
  const release = await checkedRelease(world)
  const digest = other?.(release, world) ?? release.plan.images.api?.digest
  const revision = await world.register({
    containerDefinitions: [{ name: 'api', image: `${REGISTRY}/demo-api@${digest}` }],
  })
  await release.records.recordRevision(release.held, 'demo-api', revision)
  await world.update({ taskDefinition: revision })
  await world.settled()
  await world.until(
    'the old tasks are gone',
    async () => (await world.describe()).currentServiceRevisions?.length === 1,
  )
  const { handler } = await import('../../functions/verify-deployment.ts')
  const verify = (target: 'plan' | 'before', held = release.held) => enter(world, handler, { ...held, target })
  return { world, release, verify }
}

describe('a new version', () => {
  test('is proven by the digest of its index, in every task and in the revision that serves [P5.5b]', async () => {
    const { verify } = await deployed()
    expect(await (await verify('plan')).begin()).toEqual({ kind: 'done', output: { tasks: 1 } })
  })

  test('is proven by the digest of its platform as well [P5.5b]', async () => {
    const { verify } = await deployed(({ plan }) => plan.images.api?.platforms[0])
    expect(await (await verify('plan')).begin()).toEqual({ kind: 'done', output: { tasks: 1 } })
  })

  test('is waited for while a task of another revision runs', async () => {
    const { world, verify } = await deployed()
    await world.update({ taskDefinition: 'demo-api:1' })
    await world.settled()
    const step = await verify('plan')
    expect(await step.begin()).toEqual({ kind: 'waits' })
    expect(world.logged.at(-1)?.message).toBe('waits: demo-api: the revision that serves is demo-api:1, not demo-api:2')
  })

  test('that does not come to serve in time is not verified [P3.5b]', async () => {
    const { world, verify } = await deployed()
    await world.update({ taskDefinition: 'demo-api:1' })
    const step = await verify('plan')
    expect(await step.begin()).toEqual({ kind: 'waits' })
    await world.pass(15 * 60_000)
    expect(await step.begin({ retry: 1 })).toEqual({
      kind: 'failed',
      error: 'VerificationFailed',
      because: 'production demo-api: the revision that serves is demo-api:1, not demo-api:2',
    })
  })

  test('of another digest fails at once, and names both [P5.5b]', async () => {
    const { release, world, verify } = await deployed((_, world) => world.push('v1', 'one').digest)
    const { digest: old } = world.push('v1', 'one')
    expect(await (await verify('plan')).begin()).toEqual({
      kind: 'failed',
      error: 'VerificationFailed',
      because: expect.stringMatching(
        `^production demo-api: task [0-9a-f]+ runs api at ${old}, not ${release.plan.images.api?.digest}$`,
      ),
    })
  })

  test('of a release that has lost its lease is not looked at [P4.1a]', async () => {
    const { release, verify } = await deployed()
    await release.loseLease()
    expect(await (await verify('plan')).begin()).toMatchObject({ kind: 'failed', error: 'LeaseLost' })
  })
})

describe('the version before', () => {
  /** The rollback has taken the stage over, and what served before serves again. */
  async function takenBack() {
    const made = await deployed()
    const { world, release } = made
    await release.changeLock(lock => takenOver(lock, { ...release.held, holder: 'rollback' }, world.now()))
    const held = { ...release.held, lease: { holder: 'rollback', fence: 2 } }
    return { ...made, held }
  }

  test('is looked at only when nothing of the old lease can run any more [P4.3c]', async () => {
    const { world, held, verify } = await takenBack()
    const step = await verify('before', held)
    expect(await step.begin()).toEqual({ kind: 'waits' })
    expect(world.logged.at(-1)?.message).toBe('waits: whatever ran under the old lease to be over')
    await world.update({ taskDefinition: 'demo-api:1' })
    await world.settled()
    await world.pass(LONGEST_FUNCTION_MS)
    expect(await step.begin({ retry: 1 })).toEqual({ kind: 'done', output: { tasks: 1 } })
  })

  test('has to be brought back once more where a late call has deployed the new one [P4.3e]', async () => {
    const { world, held, verify } = await takenBack()
    const step = await verify('before', held)
    await world.pass(LONGEST_FUNCTION_MS)
    expect(await step.begin()).toEqual({
      kind: 'failed',
      error: 'ChangedAgain',
      because: 'production demo-api has the new version again, from a late call',
    })
  })
})

test('a release that never looked at its stage has nothing to verify on the way back', async () => {
  const world = await createWorld()
  const release = await lockedRelease(world)
  const { handler } = await import('../../functions/verify-deployment.ts')
  const step = await enter(world, handler, { ...release.held, target: 'before' })
  expect(await step.begin()).toEqual({ kind: 'done', output: { tasks: 0 } })
})
