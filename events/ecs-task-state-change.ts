import * as z from 'zod'

/** ECS says that a task changed. Events can come twice and out of order, so nobody reads more from one than whom to wake. */
export const ecsTaskStateChange = z.object({
  source: z.literal('aws.ecs'),
  'detail-type': z.literal('ECS Task State Change'),
  detail: z.object({
    clusterArn: z.string(),
    /** `service:<name>` or `family:<name>`. */
    group: z.string(),
    lastStatus: z.string(),
  }),
})

/** A task of a service in one of these clusters started to run or stopped. */
export function tasksIn(clusterArns: string[]) {
  return {
    source: ['aws.ecs'],
    detailType: ['ECS Task State Change'],
    detail: { clusterArn: clusterArns, group: [{ prefix: 'service:' }], lastStatus: ['RUNNING', 'STOPPED'] },
  }
}
