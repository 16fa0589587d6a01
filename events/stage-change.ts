import * as z from 'zod'
import { name } from '../domain/field.ts'

export const SOURCE = 'sluice'

/**
 * What Sluice itself announces of a stage. Whoever waits there looks again: `Lock Freed` its lock is free, or will never be;
 * `Release Arrived` another release stands at its gate or in its queue, and ends older ones there; `Release Left` one that others
 * let go first there has ended; `Decision Made` an approver has decided; `Rollback Requested` a person wants it back from the
 * release that holds it; `Rollback Ended` the way back has come to its end.
 */
export const STAGE_CHANGES = [
  'Lock Freed',
  'Release Arrived',
  'Release Left',
  'Decision Made',
  'Rollback Requested',
  'Rollback Ended',
] as const
export type StageChangeName = (typeof STAGE_CHANGES)[number]

export const stageChange = z.object({
  source: z.literal(SOURCE),
  'detail-type': z.enum(STAGE_CHANGES),
  detail: z.object({ app: name, stage: name }),
})
export type StageChange = z.infer<typeof stageChange>

export const stageChangePattern = { source: [SOURCE], detailType: [...STAGE_CHANGES] }
