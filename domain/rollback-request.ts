import * as z from 'zod'
import { name } from './field.ts'
import { heldStage } from './identity.ts'
import { mistakes, sentence } from './invalid.ts'

/** What a rollback says that answers with the end of another one. */
export const underWay = (rollback: string): string => `rollback ${rollback} was under way already: `

/** What the release machine and clean-up hand over: a stage whose lease they hold. */
const handedOver = heldStage.extend({
  cause: z.enum(['failed', 'aborted']),
  reason: z.string(),
  releaseExecution: z.string(),
})
export type HandedOver = z.infer<typeof handedOver>

/** What a person starts the rollback machine with. */
const personal = z.strictObject({
  app: name.describe('Name of the application.'),
  stage: name.describe('The stage that is to go back.'),
  reason: z
    .string()
    .trim()
    .min(1, { error: 'is empty; say in a sentence why' })
    .max(500, { error: 'is longer than 500 characters; shorten it' })
    .describe('Why; everybody who is told reads it.'),
  to: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .describe('A release or tag that this stage has served; else what it served before.'),
  /** By it, Step Functions links an execution with the one that started it. */
  AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: z.string().optional(),
})
export type PersonalRequest = z.infer<typeof personal>

export type RollbackRequest =
  | { kind: 'handed-over'; request: HandedOver }
  | { kind: 'personal'; request: PersonalRequest }
  | { kind: 'refused'; because: string }

/** What a rollback was started with, by whoever started it. */
export function rollbackRequest(input: unknown): RollbackRequest {
  const given = handedOver.safeParse(input)
  if (given.success) return { kind: 'handed-over', request: given.data }
  const asked = personal.safeParse(input, { reportInput: true })
  if (asked.success) return { kind: 'personal', request: asked.data }
  const because = mistakes(asked.error, input).map(sentence).join('; ')
  return { kind: 'refused', because: `${because}. Write {"app": …, "stage": …, "reason": …}` }
}
