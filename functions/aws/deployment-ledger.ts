import * as z from 'zod'
import type { StageOf } from '../../domain/identity.ts'
import { get, putNew, query, update } from './dynamodb.ts'
import { ofRelease } from './ledger.ts'

/** The deployment of a service by which a release is known: whatever deploys the same definition later is somebody else's. */
const ownDeployment = z.object({
  arn: z.string(),
  /** Sluice has asked ECS to take it back, since it was late. */
  isLate: z.literal(true).optional(),
})
export type OwnDeployment = z.infer<typeof ownDeployment>

const ownKey = (of: StageOf, service: string) => ({
  pk: ofRelease(of),
  sk: `STAGE#${of.stage}#DEPLOYMENT#${service}`,
})

/** Written when ECS shows it first; the first word stands and is returned. */
export async function recordOwn(of: StageOf, service: string, arn: string): Promise<OwnDeployment> {
  await putNew({ ...ownKey(of, service), arn })
  return (await readOwn(of, service)) ?? { arn }
}

/** Undefined: ECS has not shown one yet. */
export async function readOwn(of: StageOf, service: string): Promise<OwnDeployment | undefined> {
  const item = await get(ownKey(of, service))
  return item && ownDeployment.parse(item)
}

/** Written before it is stopped. */
export async function recordLate(of: StageOf, service: string): Promise<void> {
  await update(ownKey(of, service), {
    UpdateExpression: 'SET isLate = :late',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: { ':late': true },
  })
}

const answerKey = (of: StageOf, service: string, hookId: string) => ({
  pk: ofRelease(of),
  sk: `STAGE#${of.stage}#ANSWER#${service}#${hookId}`,
})

/** Written before a pause is answered, with the step that answers it: a repetition of that step answers it again, no other one does. */
export async function recordAnswer(of: StageOf, service: string, hookId: string, by: string): Promise<void> {
  await putNew({ ...answerKey(of, service, hookId), hookId, by })
}

export interface Answer {
  hookId: string
  /** The step that answered. */
  by: string
}

/** What this release has answered of the service's pauses, or was about to. */
export async function readAnswers(of: StageOf, service: string): Promise<Answer[]> {
  const answers = await query(ofRelease(of), `STAGE#${of.stage}#ANSWER#${service}#`)
  return answers.map(({ hookId, by }) => ({ hookId: String(hookId), by: String(by) }))
}
