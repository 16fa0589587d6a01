import type { ServiceDeployment } from '@aws-sdk/client-ecs'
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

/** The same, once DeployNewVersion is done: a rolling version serves, a green waits to be tested. */
export async function deployedRelease({ file, before }: Prepared = {}): Promise<WayBack> {
  const world = await createWorld(file)
  await before?.(world)
  const release = await checkedRelease(world)
  const { handler } = await import('../../functions/deploy-new-version.ts')
  const step = await enter(world, handler, release.held)
  let retry = 0
  await world.until('the new version is up', async () => (await step.begin({ retry: retry++ })).kind === 'done', 10_000)
  return { world, release, held: await takeOver(world, release) }
}

/** Every service of the stage shifts traffic. */
export const blueGreen: NonNullable<Prepared['file']> = ({ stages: [stage] }) => {
  for (const service of stage?.services ?? []) Object.assign(service, { strategy: 'blue-green' })
}

/** Where the newest deployment of a service is, and the hook that waits there. */
export async function pauseOf(world: World, service?: string) {
  const [{ serviceDeploymentArn, lifecycleStage, lifecycleHookDetails = [] } = {}] = await world.deployments(service)
  const hookId = lifecycleHookDetails.find(({ status }) => status === 'AWAITING_ACTION')?.hookId
  return { serviceDeploymentArn, lifecycleStage, hookId }
}

/** Answers the pauses of the newest deployment, as a person in the console does, until it is at that one; or until its end. */
export async function letOn(world: World, until?: string, service?: string): Promise<ServiceDeployment | undefined> {
  await world.until(until ?? 'its end', async () => {
    const [{ status = '' } = {}] = await world.deployments(service)
    if (status !== 'PENDING' && status !== 'IN_PROGRESS') return true
    const { lifecycleStage, hookId, serviceDeploymentArn } = await pauseOf(world, service)
    if (!hookId) return false
    if (lifecycleStage === until) return true
    await world.ask(world.services.ecs, 'ContinueServiceDeployment', { serviceDeploymentArn, hookId })
    return false
  })
  return (await world.deployments(service))[0]
}

/** ECS replaces a task that ends for as long as it takes. */
export async function withoutCircuitBreaker(world: World): Promise<void> {
  await world.update({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: false, rollback: false } } })
}

export async function takeOver(world: World, release: Release): Promise<Release['held']> {
  await release.changeLock(lock => takenOver(lock, { ...release.held, holder: ROLLBACK }, world.now()))
  return { ...release.held, lease: { holder: ROLLBACK, fence: 2 } }
}
