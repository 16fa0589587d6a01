import * as z from 'zod'

/** ECS says that a hook of a deployment began, waits for an answer, or has one. It tells where to look, and what for. */
export const ecsHookStateChange = z.object({
  source: z.literal('aws.ecs'),
  'detail-type': z.literal('ECS Hook State Change'),
  /** ARN of the deployment. */
  resources: z.tuple([z.string()]).rest(z.string()),
  detail: z.object({
    eventName: z.string(),
    clusterArn: z.string(),
    serviceArn: z.string().min(1),
    hookId: z.string(),
  }),
})

/** A hook of a service in one of these clusters waits for an answer, or was answered by nobody in time, or badly: of one that goes on, the next one tells. */
export function hooksIn(clusterArns: string[]) {
  return {
    source: ['aws.ecs'],
    detailType: ['ECS Hook State Change'],
    detail: {
      clusterArn: clusterArns,
      eventName: ['HOOK_AWAITING_ACTION', 'HOOK_FAILED', 'HOOK_TIMED_OUT'],
    },
  }
}
