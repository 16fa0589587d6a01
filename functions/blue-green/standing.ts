import type { Service } from '../../domain/application.ts'
import { judgeGreen, type Pause } from '../../domain/blue-green.ts'
import type { StageOf } from '../../domain/identity.ts'
import type { TargetedDeployment } from '../aws/deployments.ts'
import { type NewVersion, ourDeployment } from '../deploying/new-version.ts'
import { type Failed, failed } from '../failure.ts'
import { called } from '../stage-plan.ts'

export interface Standing {
  kind: 'standing'
  /** Undefined: ECS shows none. */
  deployment: TargetedDeployment | undefined
}

/**
 * A green that is to be at this pause, or beyond it, whoever let it go on. Failed: ECS takes it back, or somebody else's
 * deployment has taken over.
 */
export async function standingGreen(
  of: StageOf,
  version: NewVersion,
  service: Service,
  { pause, now }: { pause: Pause; now: number },
): Promise<Standing | Failed> {
  const ours = await ourDeployment(of, version, service)
  if (ours.kind === 'failed') return ours
  const { deployment } = ours
  const time = { now, since: now, within: version.stage.deploy.within }
  const decision = judgeGreen(deployment, pause, [], time)
  if (decision.kind === 'going-back' || decision.kind === 'failed')
    return failed('DeploymentFailed', `${called(version.stage, service)}: the new version ${decision.because}`)
  return { kind: 'standing', deployment }
}
