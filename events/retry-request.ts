import * as z from 'zod'
import { name } from '../domain/field.ts'
import { releaseId } from '../domain/identity.ts'
import { SOURCE } from './stage-change.ts'

/** A person wants the next attempt of a release: what start-release is invoked with. No rule listens for it. */
export const retryRequest = z.object({
  /** The same for every repetition of one request. */
  id: z.string().min(1).max(100),
  source: z.literal(SOURCE),
  'detail-type': z.literal('Retry Requested'),
  detail: z.object({
    app: name,
    release: releaseId,
    /** Why, for the ledger. */
    reason: z.string().trim().min(1).max(500).optional(),
  }),
})
export type RetryRequest = z.infer<typeof retryRequest>
