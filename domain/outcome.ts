import * as z from 'zod'

/**
 * How a release can end:
 * `released` the planned digests were seen running; `rolled-back` the stage serves what it served before; `failed`
 * stopped before services changed; `rejected` an approver said no; `expired` too few approvers said anything in time;
 * `superseded` a newer release came first; `aborted` stopped from outside; `rollback-failed` it could not be proven what
 * the stage serves, so the stage is blocked.
 */
export const outcome = z.enum([
  'released',
  'rolled-back',
  'failed',
  'rejected',
  'expired',
  'superseded',
  'aborted',
  'rollback-failed',
])
export type Outcome = z.infer<typeof outcome>
