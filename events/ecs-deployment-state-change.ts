import * as z from 'zod'

/** ECS says that a deployment of a service began, completed or failed. The detail names no service: `resources[0]` does. */
export const ecsDeploymentStateChange = z.object({
  source: z.literal('aws.ecs'),
  'detail-type': z.literal('ECS Deployment State Change'),
  /** ARN of the service. */
  resources: z.tuple([z.string()]).rest(z.string()),
  detail: z.object({ eventName: z.string(), deploymentId: z.string() }),
})

/** A deployment of one of these services ended. */
export function deploymentsOf(serviceArns: string[]) {
  return {
    source: ['aws.ecs'],
    detailType: ['ECS Deployment State Change'],
    resources: serviceArns,
    detail: { eventName: ['SERVICE_DEPLOYMENT_COMPLETED', 'SERVICE_DEPLOYMENT_FAILED'] },
  }
}
