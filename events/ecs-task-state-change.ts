import * as z from 'zod'

/** ECS says that a task changed. Events can come twice and out of order, so nobody reads more from one than whom to wake. */
export const ecsTaskStateChange = z.object({
  source: z.literal('aws.ecs'),
  'detail-type': z.literal('ECS Task State Change'),
  detail: z.object({
    clusterArn: z.string(),
    taskArn: z.string(),
    /** `service:<name>` or `family:<name>`. */
    group: z.string(),
    lastStatus: z.string(),
  }),
})

const STATE_CHANGE = { source: ['aws.ecs'], detailType: ['ECS Task State Change'] }

/** A task of a service in one of these clusters started to run or stopped. */
export function tasksIn(clusterArns: string[]) {
  return {
    ...STATE_CHANGE,
    detail: { clusterArn: clusterArns, group: [{ prefix: 'service:' }], lastStatus: ['RUNNING', 'STOPPED'] },
  }
}

/** What the tasks that Sluice runs by themselves begin with in `startedBy`. */
export const STARTED_BY = 'sluice/'

/** A task that Sluice ran by itself in one of these clusters stopped. */
export function ownTasksIn(clusterArns: string[]) {
  return {
    ...STATE_CHANGE,
    detail: { clusterArn: clusterArns, startedBy: [{ prefix: STARTED_BY }], lastStatus: ['STOPPED'] },
  }
}
