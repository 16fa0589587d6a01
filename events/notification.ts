import * as z from 'zod'
import { approvalEnd } from '../domain/approval.ts'
import { attemptOf } from '../domain/identity.ts'
import { outcome } from '../domain/outcome.ts'

/** What a message is about: a release, or a rollback that a person started while no release was under way. */
const about = attemptOf.extend({
  tag: z.string(),
  /** Name of the rollback's execution; then the release is the one that is taken back. */
  rollback: z.string().optional(),
})

/** A transition worth telling; each carries what its sentence needs, never a secret and never a personal link. */
const transition = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('release-started') }),
  z.object({ kind: z.literal('approval-requested'), stage: z.string(), round: z.int() }),
  z.object({
    kind: z.literal('approval-decided'),
    stage: z.string(),
    round: z.int(),
    approver: z.string(),
    decision: z.enum(['approve', 'reject']),
    comment: z.string(),
  }),
  z.object({ kind: z.literal('approval-ended'), stage: z.string(), round: z.int(), end: approvalEnd }),
  z.object({ kind: z.literal('stage-started'), stage: z.string() }),
  /** All users have come to the new version, and the old one is still there. `watchFor`: ms; absent where nothing is watched. */
  z.object({ kind: z.literal('traffic-shifted'), stage: z.string(), watchFor: z.number().optional() }),
  z.object({ kind: z.literal('stage-released'), stage: z.string(), isLast: z.boolean() }),
  z.object({ kind: z.literal('rolling-back'), stage: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('rollback-ended'), stage: z.string(), outcome, reason: z.string() }),
  /** Nobody was there to choose: the stage goes back and its database stays as it was migrated, until a person has looked. */
  z.object({ kind: z.literal('database-kept'), stage: z.string(), because: z.string() }),
  z.object({ kind: z.literal('trouble'), stage: z.string(), because: z.string() }),
  z.object({ kind: z.literal('release-ended'), outcome, reason: z.string(), stage: z.string().optional() }),
])

/** The one message type of the topic that tells people. Delivered at least once and in no order: `id` tells repetitions apart. */
export const notification = z.object({ id: z.string(), at: z.number(), about, transition })
export type Notification = z.infer<typeof notification>
export type Transition = Notification['transition']
export type About = Notification['about']
