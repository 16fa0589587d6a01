import * as z from 'zod'
import { PAUSES } from '../../domain/blue-green.ts'
import type { StageOf } from '../../domain/identity.ts'
import { get, put, putNew, query, remove, update } from './dynamodb.ts'
import { ofRelease } from './ledger.ts'

/** What Sluice has changed of how a service is deployed, until it has put that back: its pauses, and the bake time that was there. */
const driven = z.object({
  /** Fence of the lease under which it was written. */
  fence: z.number(),
  /** Minutes; absent where the service had none. */
  bakeTimeInMinutes: z.number().optional(),
  hooks: z.array(
    z.object({
      targetType: z.literal('PAUSE'),
      lifecycleStages: z.tuple([z.enum(PAUSES)]),
      timeoutConfiguration: z.object({ timeoutInMinutes: z.number(), action: z.literal('ROLLBACK') }),
    }),
  ),
})
export type Driven = z.infer<typeof driven>

type Where = Pick<StageOf, 'app' | 'stage'>
const drivenKey = ({ app, stage }: Where, service: string) => ({
  pk: `STAGE#${app}#${stage}`,
  sk: `DRIVEN#${service}`,
})

/** Written before the service is changed; whoever holds the stage writes it. */
export async function recordDriven(at: Where, service: string, entry: Driven): Promise<void> {
  await put({ ...drivenKey(at, service), ...entry })
}

/** Undefined: the service is as its owners left it. */
export async function readDriven(at: Where, service: string): Promise<Driven | undefined> {
  const item = await get(drivenKey(at, service))
  return item && driven.parse(item)
}

/** Unless whoever has taken the stage since has written it anew. */
export async function forgetDriven(at: Where, service: string, { fence }: Driven): Promise<void> {
  await remove(drivenKey(at, service), {
    condition: '#fence = :fence',
    names: { '#fence': 'fence' },
    values: { ':fence': fence },
  })
}

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
