import * as z from 'zod'

/** ECS says that a deployment of a service began, completed or failed. The detail names no service: `resources[0]` does. */
export const ecsDeploymentStateChange = z.object({
  source: z.literal('aws.ecs'),
  'detail-type': z.literal('ECS Deployment State Change'),
  /** ARN of the service. */
  resources: z.tuple([z.string()]).rest(z.string()),
  detail: z.object({ eventName: z.string(), deploymentId: z.string() }),
})

/** A deployment of a service in one of these clusters ended. By cluster: a pattern has at most 2,048 characters. */
export function deploymentsIn(clusterArns: string[]) {
  return {
    source: ['aws.ecs'],
    detailType: ['ECS Deployment State Change'],
    resources: clusterArns.map(arn => ({ prefix: `${arn.replace(':cluster/', ':service/')}/` })),
    detail: { eventName: ['SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_DEPLOYMENT_FAILED'] },
  }
}
