import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Service, Stage } from '../../domain/application.ts'
import type { StageOf } from '../../domain/identity.ts'
import type { PlannedImage } from '../../domain/image.ts'
import { whyAnothers } from '../../domain/installation.ts'
import { lackTold } from '../../domain/lack.ts'
import type { Plan } from '../../domain/plan.ts'
import { retryCommand } from '../../domain/retry.ts'
import type { ContainerDigests } from '../../domain/serving.ts'
import type { Served } from '../../domain/stage-history.ts'
import { whyOtherStrategy } from '../../domain/strategy-fit.ts'
import { whyUntestable } from '../../domain/test-listener.ts'
import { baseOf } from '../aws/base-definition.ts'
import { alarmsOf, openDeployments } from '../aws/deployments.ts'
import { findImage } from '../aws/ecr.ts'
import { findService, servingRevision } from '../aws/ecs.ts'
import type { Override } from '../aws/overrides.ts'
import { testListenersOf } from '../aws/test-listeners.ts'
import { environment } from '../environment.ts'
import { imageOf, imagesFor } from '../stage-plan.ts'
import { whyNotCopyable } from './definition.ts'
import { whyPaused } from './pauses.ts'
import { type Refused, refused } from './refused.ts'
import { whyMisdirected } from './traffic.ts'

/**
 * `before`: what it serves now. `targetGroups`: all that it is in, by their ARNs. `alarms`: names of those that its owners have ECS
 * watch a deployment by.
 */
export type Checked = { kind: 'ready'; before: Served; targetGroups: string[]; alarms: string[] } | Refused

/** Whether the service can take the release; if so, what it serves until then. */
export async function checkService(
  of: StageOf,
  plan: Plan,
  stage: Stage,
  service: Service,
  overrides: readonly Override[],
): Promise<Checked> {
  const found = await findService(stage.cluster, service.service)
  if (!found)
    return refused(
      `cluster ${stage.cluster} has no active service of this name; create it, or correct the application file`,
    )
  const other = whyAnothers(found, environment('INSTALLATION')) ?? whyOtherStrategy(service, found)
  const undriven = other ? lackTold(other) : await whyPaused(of, service, found)
  if (undriven) return refused(undriven)
  const [running] = await openDeployments(stage.cluster, service.service)
  if (running)
    return refused(`another deployment is running: ${running.arn}; let it end or stop it, then: ${retryCommand(of)}`)

  const serving = await servingRevision(found)
  if (!serving || !found.taskDefinition)
    return refused(`ECS records no revision that serves; deploy the service once, then: ${retryCommand(of)}`)
  const base = await baseOf(of, service, found)
  const unfit =
    (await whyMisdirected(of, service, { found, serving }, overrides)) ??
    (await untestable(stage, service, found)) ??
    (await whyNotCopyable(base, imagesFor(plan, service)))
  if (unfit) return refused(unfit)
  const before = {
    serviceArn: found.serviceArn ?? '',
    revisionArn: serving.arn,
    taskDefinition: serving.taskDefinition,
    digests: serving.digests,
    proof: await proofOf(imageOf(plan, service), service, serving.digests),
    base,
  }
  return { kind: 'ready', before, targetGroups: targetGroupsOf(found), alarms: alarmsOf(found) }
}

async function untestable({ smoke }: Stage, service: Service, found: EcsService): Promise<string | undefined> {
  if (!smoke.some(test => test.service === service.service)) return undefined
  const lack = whyUntestable(smoke, service, { found, listeners: await testListenersOf(found) })
  return lack && lackTold(lack)
}

const targetGroupsOf = ({ loadBalancers = [] }: EcsService): string[] =>
  loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? [])

/** What ECS may record for the same content: the digest that it had recorded, or one of its platforms'. */
async function proofOf(
  { repository }: PlannedImage,
  { container }: Service,
  digests: ContainerDigests,
): Promise<Served['proof']> {
  const recorded = digests[container]
  if (recorded === undefined) return {}
  const image = await findImage(repository, { digest: recorded })
  return { [container]: [recorded, ...(image?.platforms ?? [])] }
}
