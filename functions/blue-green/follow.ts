import type { Service } from '../../domain/application.ts'
import { judgeGreen } from '../../domain/blue-green.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { stopDeployment, type TargetedDeployment } from '../aws/deployments.ts'
import { recordLate } from '../aws/driven.ts'
import { assertLease } from '../aws/lock.ts'
import type { NewVersion } from '../new-version.ts'
import { type Followed, withTasks } from '../rolling-deployment.ts'
import type { Moment } from '../waiting-step.ts'

/**
 * Looks whether a green waits to be tested, or is beyond that. One that is late is stopped, and is still open until ECS has
 * taken it back; one that failed is told with what its tasks said. Undefined: ECS does not show it yet.
 */
export async function followGreen(
  of: HeldStage,
  { stage }: NewVersion,
  { service }: Service,
  deployment: TargetedDeployment | undefined,
  { now, entered }: Pick<Moment, 'now' | 'entered'>,
): Promise<Followed> {
  const time = { now, since: deployment?.createdAt ?? entered, within: stage.deploy.within }
  const decision = judgeGreen(deployment, 'POST_TEST_TRAFFIC_SHIFT', [], time)
  switch (decision.kind) {
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
