import { isOpen } from '../../domain/deployment.ts'
import type { StageOf } from '../../domain/identity.ts'
import { waitsForUs } from '../../domain/stray-pause.ts'
import { applications } from '../applications.ts'
import { continueDeployment, findDeployment, openDeployments, type TargetedDeployment } from '../aws/deployments.ts'
import { type Driven, readDriven } from '../aws/driven.ts'
import { readService } from '../aws/ecs.ts'
import { readLock } from '../aws/lock.ts'
import { giveBack } from '../blue-green/configuration.ts'
import { StepFailure } from '../failure.ts'
import { tellUntilSent } from '../tell.ts'
import { isOurs, lastOf } from './whose.ts'

/** A service of an installed application. */
interface Place extends Pick<StageOf, 'app' | 'stage'> {
  cluster: string
  service: string
}

/** A hook that waits for an answer, by an event. */
interface Pause {
  /** ARN. */
  deployment: string
  hookId: string
}

/**
 * After it: a deployment of somebody else's that waits at a pause of Sluice's goes on, which is told once; and where nobody
 * has the stage and none is open, the service is deployed as its owners had it. Says what was done, and why not more.
 */
export async function settleService(serviceArn: string, pause: Pause | undefined): Promise<Record<string, unknown>> {
  const place = placeOf(serviceArn)
  const driven = place && (await readDriven(place, place.service))
  if (!driven) return { serviceArn, left: 'nothing of it is changed' }
  const paused = pause && (await shown(place, pause))
  const open = await openDeployments(place.cluster, place.service)
  if (paused && isOpen(paused.status) && !open.some(({ arn }) => arn === paused.arn)) open.push(paused)
  if (open.length === 0) return { serviceArn, ...(await putBack(place)) }
  const deployments: Record<string, string> = {}
  for (const deployment of open) deployments[deployment.arn] = await letThrough(place, driven, deployment)
  return { serviceArn, deployments }
}

/** `…:service/<cluster>/<service>` */
function placeOf(serviceArn: string): Place | undefined {
  const [, cluster = '', service = ''] = serviceArn.slice(serviceArn.lastIndexOf(':') + 1).split('/')
  for (const { app, stages } of applications())
    for (const stage of stages)
      if (stage.cluster === cluster && stage.services.some(one => one.service === service))
        return { app, stage: stage.name, cluster, service }
  return undefined
}

/** The deployment with its pause; events may come before ECS shows what they tell, and then come again. */
async function shown(place: Place, { deployment, hookId }: Pause): Promise<TargetedDeployment> {
  const found = await findDeployment(deployment)
  const isShown = found && (!isOpen(found.status) || found.met.includes(hookId))
  if (isShown || (found && (await isOurs(place, place.service, found)))) return found
  throw new StepFailure('Transient', `ECS does not show yet that ${deployment} waits for an answer to ${hookId}`)
}

async function putBack(place: Place): Promise<Record<string, unknown>> {
  const { held } = await readLock(place.app, place.stage)
  if (held) return { left: `release ${held.release} has the stage` }
  return { pauses: await giveBack(place, place.cluster, place.service) }
}

async function letThrough(place: Place, driven: Driven, deployment: TargetedDeployment): Promise<string> {
  const { arn, awaiting, lifecycleStage = '' } = deployment
  if (awaiting.length === 0) return 'it goes on by itself'
  const { deploymentConfiguration } = await readService(place.cluster, place.service)
  if (!waitsForUs(deploymentConfiguration?.lifecycleHooks ?? [], driven.hooks, lifecycleStage))
    return 'its owners have it wait there'
  if (await isOurs(place, place.service, deployment)) return 'its release answers, or ECS takes it back'
  const about = await lastOf(place)
  const because = `${place.service}: somebody's deployment ${arn} met Sluice's pauses and is let through; Sluice neither tests nor watches it`
  if (about) await tellUntilSent(about, { kind: 'trouble', stage: place.stage, because })
  for (const hookId of awaiting) await continueDeployment(arn, hookId)
  return 'let through'
}
