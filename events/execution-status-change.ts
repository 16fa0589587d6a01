import * as z from 'zod'

/** Step Functions says that an execution changed its status. Best effort. */
export const executionStatusChange = z.object({
  source: z.literal('aws.states'),
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({
    executionArn: z.string(),
    stateMachineArn: z.string(),
    name: z.string(),
    status: z.string(),
    /** The execution's input as JSON text; null where AWS left it out for its size. */
    input: z.string().nullable(),
    /** What the error or whoever stopped it said. */
    cause: z.string().nullish(),
  }),
})

/** An execution of one of these machines ended, however. */
export function endsOf(stateMachineArns: string[]) {
  return {
    source: ['aws.states'],
    detailType: ['Step Functions Execution Status Change'],
    detail: { stateMachineArn: stateMachineArns, status: ['SUCCEEDED', 'FAILED', 'ABORTED', 'TIMED_OUT'] },
  }
}
