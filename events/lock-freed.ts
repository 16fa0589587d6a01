import * as z from 'zod'
import { name } from '../domain/field.ts'

export const SOURCE = 'sluice'

/** Sluice says that a stage's lock is free (or will never be): whoever waits for it looks again. */
export const lockFreed = z.object({
  source: z.literal(SOURCE),
  'detail-type': z.literal('Lock Freed'),
  detail: z.object({ app: name, stage: name }),
})
export type LockFreed = z.infer<typeof lockFreed>

export const lockFreedPattern = { source: [SOURCE], detailType: ['Lock Freed'] }
