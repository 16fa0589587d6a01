import type { Service } from '../../domain/application.ts'
import { judgeStart } from '../../domain/deployment.ts'
import type { StageOf } from '../../domain/identity.ts'
import { retryCommand } from '../../domain/retry.ts'
import { openDeployments } from '../aws/deployments.ts'
import { readService } from '../aws/ecs.ts'
import { type Failed, failed } from '../failure.ts'
import { whyPaused } from '../preconditions/pauses.ts'
import { called } from '../stage-plan.ts'
import { type NewVersion, servedBefore } from './new-version.ts'

/**
 * Whether the service may be given the new version: backup and migration may have taken hours since it was looked at. `begun`:
 * it has `revision` already, though ECS shows no deployment of it yet. Failed: somebody else has come before.
 */
export async function asFound(
  of: StageOf,
  { stage, before }: NewVersion,
  service: Service,
  revision: string | undefined,
): Promise<{ kind: 'free' } | { kind: 'begun' } | Failed> {
  const found = await readService(stage.cluster, service.service)
  const [running] = await openDeployments(stage.cluster, service.service)
  const { taskDefinition: recorded } = servedBefore(before, service.service)
  const decision = judgeStart({ has: found.taskDefinition ?? '', recorded, revision, running: running?.arn })
  if (decision.kind === 'begun') return decision
  if (decision.kind === 'foreign')
    return failed(
      'ForeignDeployment',
      `${called(stage, service)}: ${decision.because}; that is left alone. When this release may replace it: ${retryCommand(of)}`,
    )
  const paused = await whyPaused(of, service, found)
  return paused === undefined ? decision : failed('PreconditionFailed', `${called(stage, service)}: ${paused}`)
}
