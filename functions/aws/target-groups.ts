import * as z from 'zod'
import { askQuery, listOf } from './query.ts'
import { ServiceError } from './signed.ts'

const described = z
  .object({
    TargetGroupArn: z.string(),
    TargetType: z.string().default('instance'),
    VpcId: z.string().optional(),
    LoadBalancerArns: listOf('member', z.string()),
  })
  .transform(group => ({
    arn: group.TargetGroupArn,
    /** ELB's own word: `ip`, `instance`, … */
    type: group.TargetType,
    ...(group.VpcId !== undefined && { vpc: group.VpcId }),
    /** ARNs of the load balancers that send requests to it. */
    balancers: group.LoadBalancerArns,
  }))
export type TargetGroup = z.output<typeof described>

/** Undefined when there is none of this ARN. */
export async function findTargetGroup(arn: string): Promise<TargetGroup | undefined> {
  try {
    const answer = await askQuery('elasticloadbalancing', 'DescribeTargetGroups', {
      TargetGroupArns: { member: [arn] },
    })
    return listOf('member', described).parse(answer.TargetGroups)[0]
  } catch (error) {
    if (error instanceof ServiceError && error.name === 'TargetGroupNotFound') return undefined
    throw error
  }
}
