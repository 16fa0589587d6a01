import { takenOver } from '../../domain/lock.ts'
import { checkedRelease, type Release } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld, type World } from './world.ts'

export const ROLLBACK = 'arn:aws:states:eu-west-1:111122223333:execution:rollback:demo-3f9c0a7f6d6a-1-production-1'

export interface Prepared {
  file?: Parameters<typeof createWorld>[0]
  /** What is so before the release. */
  before?: (world: World) => Promise<void>
}

export interface WayBack {
  world: World
  release: Release
  /** What the rollback's steps get: the same stage, under its own lease. */
  held: Release['held']
}

/** A release that has begun to deploy, and a rollback that has taken its stage over. */
export async function deployingRelease({ file, before }: Prepared = {}): Promise<WayBack> {
  const world = await createWorld(file)
  await before?.(world)
  const release = await checkedRelease(world)
  const { handler } = await import('../../functions/deploy-new-version.ts')
  await (await enter(world, handler, release.held)).begin()
  return { world, release, held: await takeOver(world, release) }
}

/** The same, once the new version is up and serves. */
export async function deployedRelease(prepared?: Prepared): Promise<WayBack> {
  const made = await deployingRelease(prepared)
  const { world } = made
  for (const { service } of world.application.stages[0]?.services ?? []) await world.settled(service)
  return made
}

/** ECS replaces a task that ends for as long as it takes. */
export async function withoutCircuitBreaker(world: World): Promise<void> {
  await world.update({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: false, rollback: false } } })
}

export async function takeOver(world: World, release: Release): Promise<Release['held']> {
  await release.changeLock(lock => takenOver(lock, { ...release.held, holder: ROLLBACK }, world.now()))
  return { ...release.held, lease: { holder: ROLLBACK, fence: 2 } }
}
