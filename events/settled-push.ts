import * as z from 'zod'
import { name } from '../domain/field.ts'
import { SOURCE } from './stage-change.ts'

/**
 * A push on which nothing more is waited for, or one that a look has found: what start-release gets through its queue. No rule
 * listens for it.
 */
export const settledPush = z.object({
  source: z.literal(SOURCE),
  'detail-type': z.literal('Push Settled'),
  detail: z.object({
    app: name,
    tag: z.string().min(1).max(300),
    /** When it was pushed, as ECR's event says, or would. */
    pushedAt: z.iso.datetime(),
  }),
})
export type SettledPush = z.infer<typeof settledPush>
