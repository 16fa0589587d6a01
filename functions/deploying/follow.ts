import type { Service } from '../../domain/application.ts'
import { judgeGreen } from '../../domain/blue-green.ts'
import { judgeRolling } from '../../domain/deployment.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { recordLate } from '../aws/deployment-ledger.ts'
import { stopDeployment, type TargetedDeployment } from '../aws/deployments.ts'
import { assertLease } from '../aws/lock.ts'
import { withTasks } from '../stopped-tasks.ts'
import type { Moment } from '../waiting-step.ts'
import type { NewVersion } from './new-version.ts'

export type Followed = { kind: 'done' } | { kind: 'open' } | { kind: 'failed'; because: string }

/**
 * Looks how one deployment of a new version is doing, which has `deploy.within` from when it began, or from `entered` while ECS
 * does not show it: a rolling one is to end, a green to wait to be tested. One that is late is stopped, and is still open until
 * ECS has taken it back; one that failed is told with what its tasks said.
 */
export async function follow(
  of: HeldStage,
  { stage }: NewVersion,
  { service, strategy }: Service,
  deployment: TargetedDeployment | undefined,
  { now, entered }: Pick<Moment, 'now' | 'entered'>,
): Promise<Followed> {
  const time = { now, since: deployment?.createdAt ?? entered, within: stage.deploy.within }
  const decision =
    strategy === 'blue-green'
      ? judgeGreen(deployment, 'POST_TEST_TRAFFIC_SHIFT', [], time)
      : judgeRolling(deployment, time)
  switch (decision.kind) {
    case 'done':
    case 'paused':
    case 'beyond':
      return { kind: 'done' }
    case 'waiting':
    case 'going-back':
      return { kind: 'open' }
    case 'stop':
      await assertLease(of)
      await recordLate(of, service)
      if (deployment) await stopDeployment(deployment.arn)
      return { kind: 'open' }
    case 'failed':
      return { kind: 'failed', because: await withTasks(stage.cluster, service, deployment, decision.because) }
  }
}
