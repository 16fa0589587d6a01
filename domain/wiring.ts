/** How users reach a service, as far as a decision needs to know what ECS and ELB say of it. */

/** A load balancer of a service, as ECS describes it. */
export interface DescribedBalancer {
  targetGroupArn?: string | undefined
  advancedConfiguration?: DescribedShift | undefined
}

/** By what ECS shifts the traffic of a service. */
export interface DescribedShift {
  alternateTargetGroupArn?: string | undefined
  productionListenerRule?: string | undefined
  testListenerRule?: string | undefined
  roleArn?: string | undefined
}

/** A service, as ECS describes it. */
export interface DescribedService {
  clusterArn?: string | undefined
  serviceName?: string | undefined
  desiredCount?: number | undefined
  deploymentController?: { type?: string | undefined } | undefined
  deploymentConfiguration?: { strategy?: string | undefined } | undefined
  loadBalancers?: readonly DescribedBalancer[] | undefined
}

/** How the users of a service that shifts traffic are sent to one of its two target groups; ARNs all of them. */
export interface Wiring {
  productionRule: string
  testRule?: string
  targetGroups: [string, string]
}

/** One for each load balancer that ECS may shift; none where it may shift nothing. */
export function wiringsOf({ loadBalancers = [] }: Pick<DescribedService, 'loadBalancers'>): Wiring[] {
  return loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration: advanced }) => {
    const { alternateTargetGroupArn, productionListenerRule, testListenerRule } = advanced ?? {}
    if (!targetGroupArn || !alternateTargetGroupArn || !productionListenerRule) return []
    return {
      productionRule: productionListenerRule,
      ...(testListenerRule && { testRule: testListenerRule }),
      targetGroups: [targetGroupArn, alternateTargetGroupArn] as [string, string],
    }
  })
}

/** How much of the traffic goes to a target group, beside the other weights of the rule. */
export interface Weighted {
  targetGroup: string
  weight: number
}

/** What a rule does with the requests that it is for. */
export interface Forwarding {
  /** Empty where it forwards nothing. */
  weights: readonly Weighted[]
  /** What else it does with a request, in ELB's words, such as having its user log in. */
  others: readonly string[]
  /** For so long a user stays with one target group; absent where that may change with each request. */
  stickySeconds?: number
}

/** `api-blue 70, api-green 30` */
export const weightsTold = (weights: readonly Weighted[]): string =>
  weights.map(({ targetGroup, weight }) => `${groupName(targetGroup)} ${weight}`).join(', ') || 'of no target group'

/** `…:targetgroup/<name>/<id>` → `<name>` */
export const groupName = (arn: string): string => arn.split('/').at(-2) ?? arn
