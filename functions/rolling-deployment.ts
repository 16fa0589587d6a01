import type { Stage } from '../domain/application.ts'
import { judgeRolling } from '../domain/deployment.ts'
import type { HeldStage } from '../domain/identity.ts'
import { stopDeployment, type TargetedDeployment } from './aws/deployments.ts'
import { recordLate } from './aws/driven.ts'
import { assertLease } from './aws/lock.ts'
import type { Site, Statement } from './permissions.ts'
import {
  deploysServices,
  readsDeployments,
  readsTasks,
  registersTaskDefinitions,
  stopsDeployments,
} from './permissions.ts'
import { whyTasksStopped } from './stopped-tasks.ts'
import type { Moment } from './waiting-step.ts'

/** What it takes to register a revision, deploy it and see it through. */
export const deploysAndFollows = (site: Site): Statement[] => [
  readsDeployments(site),
  ...readsTasks(site),
  ...registersTaskDefinitions(site),
  ...deploysServices(site),
  stopsDeployments(site),
]

export type Followed = { kind: 'done' } | { kind: 'open' } | { kind: 'failed'; because: string }

/**
 * Looks how one rolling deployment is doing, which has `deploy.within` from when it began, or from `entered` while ECS does not
 * show it. One that is not up in time is stopped, and is still open until ECS has taken it back; one that failed is told with
 * what its tasks said.
 */
export async function followRolling(
  input: HeldStage,
  stage: Stage,
  service: string,
  deployment: TargetedDeployment | undefined,
  { now, entered }: Pick<Moment, 'now' | 'entered'>,
): Promise<Followed> {
  const time = { now, since: deployment?.createdAt ?? entered, within: stage.deploy.within }
  const decision = judgeRolling(deployment, time)
  switch (decision.kind) {
    case 'done':
      return { kind: 'done' }
    case 'waiting':
      return { kind: 'open' }
    case 'stop':
      await assertLease(input)
      await recordLate(input, service)
      if (deployment) await stopDeployment(deployment.arn)
      return { kind: 'open' }
    case 'failed':
      return { kind: 'failed', because: await withTasks(stage.cluster, service, deployment, decision.because) }
  }
}

/** Why a deployment failed, with what its tasks said. */
export async function withTasks(
  cluster: string,
  service: string,
  deployment: TargetedDeployment | undefined,
  because: string,
): Promise<string> {
  const why = deployment ? await whyTasksStopped(cluster, service, deployment.taskDefinition) : ''
  return `${because}${why ? `; ${why}` : ''}`
}
