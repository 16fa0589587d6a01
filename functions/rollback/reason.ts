import { idIn } from '../../domain/arn.ts'
import type { HeldStage } from '../../domain/identity.ts'
import type { Outcome } from '../../domain/outcome.ts'
import { openDeployments } from '../aws/deployments.ts'
import { readServing } from '../aws/ecs.ts'
import type { RollbackEntry } from '../aws/stage-ledger.ts'
import { howToUnlock, readableReason } from '../reason.ts'
import { readStagePlan } from '../stage-plan.ts'

/** What CloseStage is told of why a stage ended as it did: sentences, or causes of errors as Step Functions gives them. */
export interface Reasons {
  outcome: Outcome
  reason: string
  trouble: string
  database: string
}

/** Why, in the sentences that people read; where nothing could be proven, with what runs and what to type. */
export async function reasonOf(of: HeldStage & Reasons, rollback: RollbackEntry | undefined): Promise<string> {
  const database = of.database && `. ${readableReason(of.database)}`
  const reason = `${readableReason(of.reason)}${await whatIsLeft(of, rollback?.chosen)}${database}`
  if (of.outcome !== 'rollback-failed') return reason
  const unproven =
    of.trouble &&
    ` It could not be proven that ${of.stage} serves what it served before: ${readableReason(of.trouble)}.`
  return `${reason}.${unproven} ${await whatRuns(of)} ${howToUnlock(of.app, of.stage)}`
}

/** Services that came to the stage after what a person has chosen do not go back with the others, which is said. */
async function whatIsLeft(of: HeldStage, chosen: RollbackEntry['chosen']): Promise<string> {
  if (!chosen) return ''
  const { stage } = await readStagePlan(of)
  const left = stage.services.flatMap(({ service }) => (service in chosen.target ? [] : service))
  return left.length > 0 ? `; what was not there then is left as it is: ${left.join(', ')}` : ''
}

/** What ECS says of the services now. Read for the message only: a stage that cannot be read is closed all the same. */
async function whatRuns(of: HeldStage): Promise<string> {
  try {
    const { stage } = await readStagePlan(of)
    const seen = await Promise.all(
      stage.services.map(async ({ service }) => {
        const { revision, running } = await readServing(stage.cluster, service)
        const [open] = await openDeployments(stage.cluster, service)
        const tasks = `${running.length} running tasks`
        // What ECS calls the service's own while a deployment is open is what it deploys, whoever serves.
        if (!open) return `${service} serves ${idIn(revision.taskDefinition)} with ${tasks}`
        return `${service} is being deployed as ${idIn(open.taskDefinition)}, which ${open.share} % of its users see, with ${tasks}`
      }),
    )
    return `By ECS's record ${seen.join(', ')}.`
  } catch (error) {
    return `What runs could not be read: ${(error as Error).message}.`
  }
}

/** `…:task-definition/demo-api:7` → `demo-api:7`. */
