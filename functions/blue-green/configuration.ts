import type { DeploymentConfiguration } from '@aws-sdk/client-ecs'
import type { Stage } from '../../domain/application.ts'
import { hooksFor, isOneOf, type PauseHook } from '../../domain/blue-green.ts'
import type { HeldStage, StageOf } from '../../domain/identity.ts'
import { configure, deploy, openDeployments } from '../aws/deployments.ts'
import { type Driven, forgetDriven, readDriven, recordDriven } from '../aws/driven.ts'
import { readService } from '../aws/ecs.ts'
import { assertLease } from '../aws/lock.ts'

/** Deploys a green that waits at our pauses. What else its owners have configured of the service stays. */
export async function deployPaused(
  of: HeldStage,
  stage: Stage,
  service: string,
  taskDefinition: string,
): Promise<void> {
  const { current, driven } = await claim(of, stage.cluster, service, hooksFor(stage))
  const lifecycleHooks = [...othersHooks(current, driven), ...hooksFor(stage)]
  await assertLease(of)
  await deploy(stage.cluster, service, taskDefinition, {
    ...current,
    strategy: 'BLUE_GREEN',
    bakeTimeInMinutes: 0,
    lifecycleHooks,
  })
}

/** Deploys a way back, which waits for nobody: blue-green where that is the service's strategy, without our pauses. */
export async function deployBack(
  of: HeldStage,
  cluster: string,
  service: string,
  taskDefinition: string,
): Promise<void> {
  const { deploymentConfiguration } = await readService(cluster, service)
  if (deploymentConfiguration?.strategy !== 'BLUE_GREEN') {
    await assertLease(of)
    return deploy(cluster, service, taskDefinition)
  }
  const { current, driven } = await claim(of, cluster, service, [])
  await assertLease(of)
  await deploy(cluster, service, taskDefinition, {
    ...current,
    bakeTimeInMinutes: 0,
    lifecycleHooks: othersHooks(current, driven),
  })
}

/**
 * Puts back what Sluice has changed of how the service is deployed. `open`: a deployment is running, under which nothing is
 * put back; whoever looks after it has ended does that.
 */
export async function giveBack(
  at: Pick<StageOf, 'app' | 'stage'>,
  cluster: string,
  service: string,
): Promise<'given-back' | 'open'> {
  const driven = await readDriven(at, service)
  if (!driven) return 'given-back'
  if ((await openDeployments(cluster, service)).length > 0) return 'open'
  const { deploymentConfiguration: current = {} } = await readService(cluster, service)
  const lifecycleHooks = othersHooks(current, driven)
  const { bakeTimeInMinutes = 0 } = driven
  const isBakeOurs = current.bakeTimeInMinutes === 0 && bakeTimeInMinutes !== 0
  if (isBakeOurs || lifecycleHooks.length !== (current.lifecycleHooks ?? []).length)
    await configure(cluster, service, { ...current, lifecycleHooks, ...(isBakeOurs && { bakeTimeInMinutes }) })
  await forgetDriven(at, service, driven)
  return 'given-back'
}

/**
 * Writes down what is about to be changed. What an earlier one has not put back is still ours; a bake time other than our 0
 * is its owners', who have set it since.
 */
async function claim(of: HeldStage, cluster: string, service: string, hooks: PauseHook[]) {
  const { deploymentConfiguration: current = {} } = await readService(cluster, service)
  const earlier = await readDriven(of, service)
  const isBakeOurs = earlier && !current.bakeTimeInMinutes
  const { bakeTimeInMinutes } = isBakeOurs ? earlier : current
  const known = earlier?.hooks ?? []
  const driven: Driven = {
    fence: of.lease.fence,
    ...(bakeTimeInMinutes !== undefined && { bakeTimeInMinutes }),
    hooks: [...known, ...hooks.filter(hook => !isOneOf(known, hook))],
  }
  await assertLease(of)
  await recordDriven(of, service, driven)
  return { current, driven }
}

const othersHooks = ({ lifecycleHooks = [] }: DeploymentConfiguration, { hooks }: Driven) =>
  lifecycleHooks.filter(hook => !isOneOf(hooks, hook))
