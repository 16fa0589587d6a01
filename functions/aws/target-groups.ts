import * as z from 'zod'
import { askQuery, listOf } from './query.ts'
import { ServiceError } from './signed.ts'

const targetGroup = z
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
export type TargetGroup = z.output<typeof targetGroup>

/** Undefined when there is none of this ARN. */
export async function findTargetGroup(arn: string): Promise<TargetGroup | undefined> {
  return (await described([arn]))[0]
}

/** Target group → the load balancers (ARNs) that send requests to it; one that is gone is left out. */
export async function loadBalancersOf(arns: readonly string[]): Promise<Record<string, string[]>> {
  if (arns.length === 0) return {}
  const found = await described(arns)
  // ELB tells of none where one is gone.
  const there = found.length > 0 || arns.length === 1 ? found : (await Promise.all(arns.map(findTargetGroup))).flat()
  return Object.fromEntries(there.flatMap(group => (group ? [[group.arn, group.balancers]] : [])))
}

/** None where one of them is not there. */
async function described(arns: readonly string[]): Promise<TargetGroup[]> {
  try {
    const asked = { TargetGroupArns: { member: [...arns] } }
    const answer = await askQuery('elasticloadbalancing', 'DescribeTargetGroups', asked)
    return listOf('member', targetGroup).parse(answer.TargetGroups)
  } catch (error) {
    if (error instanceof ServiceError && error.name === 'TargetGroupNotFound') return []
    throw error
  }
}
