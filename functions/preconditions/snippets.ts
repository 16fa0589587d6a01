import type { AdvancedConfiguration, Service } from '@aws-sdk/client-ecs'

/** What to type where a service lacks something; in angle brackets what nobody but its owners knows. */

const RULE = 'ARN of the listener rule'
const WIRING: Required<AdvancedConfiguration> = {
  alternateTargetGroupArn: '<ARN of a second target group>',
  productionListenerRule: `<${RULE} that users come by>`,
  testListenerRule: `<${RULE} that tests come by>`,
  roleArn: '<ARN of a role with AmazonECSInfrastructureRolePolicyForLoadBalancers>',
}

/** Everything that blue-green needs; what is there stays. */
export const givesWiring = (service: Service): string => update(service, configured => ({ ...WIRING, ...configured }))

/** A rule by which tests reach green. */
export const givesTestRule = (service: Service): string =>
  update(service, configured => ({ testListenerRule: WIRING.testListenerRule, ...configured }))

function update(
  { clusterArn = '', serviceName, loadBalancers = [] }: Service,
  wire: (configured: AdvancedConfiguration) => AdvancedConfiguration,
): string {
  const wired = loadBalancers.map(balancer => ({
    ...balancer,
    advancedConfiguration: wire(balancer.advancedConfiguration ?? {}),
  }))
  const cluster = clusterArn.slice(clusterArn.lastIndexOf('/') + 1)
  return `aws ecs update-service --cluster ${cluster} --service ${serviceName} --load-balancers '${JSON.stringify(wired)}'`
}

/** Gives all traffic of a rule, or of a listener that has no rules, to one of two target groups. */
export function sendsAllTo(rule: string, serving: string, targetGroups: readonly string[]): string {
  const TargetGroups = targetGroups.map(arn => ({ TargetGroupArn: arn, Weight: arn === serving ? 100 : 0 }))
  const actions = JSON.stringify([{ Type: 'forward', ForwardConfig: { TargetGroups } }])
  return rule.includes(':listener/')
    ? `aws elbv2 modify-listener --listener-arn ${rule} --default-actions '${actions}'`
    : `aws elbv2 modify-rule --rule-arn ${rule} --actions '${actions}'`
}
