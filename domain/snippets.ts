import { idIn } from './arn.ts'
import { quoted } from './shell.ts'
import type { DescribedService, DescribedShift, Forwarding, Wiring } from './wiring.ts'

/** What to type where a service lacks something; in angle brackets what nobody but its owners knows. */

const RULE = 'ARN of the listener rule'
const WIRING: Required<DescribedShift> = {
  alternateTargetGroupArn: '<ARN of a second target group>',
  productionListenerRule: `<${RULE} that users come by>`,
  testListenerRule: `<${RULE} that tests come by>`,
  roleArn: '<ARN of a role with AmazonECSInfrastructureRolePolicyForLoadBalancers>',
}

/** Everything that blue-green needs; what is there stays. */
export const givesWiring = (service: DescribedService): string =>
  update(service, configured => ({ ...WIRING, ...configured }))

/** A rule by which tests reach green. */
export const givesTestRule = (service: DescribedService): string =>
  update(service, configured => ({ testListenerRule: WIRING.testListenerRule, ...configured }))

function update(
  { clusterArn = '', serviceName, loadBalancers = [] }: DescribedService,
  wire: (configured: DescribedShift) => DescribedShift,
): string {
  const wired = loadBalancers.map(balancer => ({
    ...balancer,
    advancedConfiguration: wire(balancer.advancedConfiguration ?? {}),
  }))
  const cluster = idIn(clusterArn)
  const at = `--cluster ${quoted(cluster)} --service ${quoted(serviceName ?? '')}`
  return `aws ecs update-service ${at} --load-balancers ${quoted(JSON.stringify(wired))}`
}

/**
 * Gives all traffic of a rule, or of a listener that has no rules, to one target group; what else it forwards to, and for how
 * long users stay where they are, remains.
 */
export function sendsAllTo(
  rule: string,
  serving: string,
  {
    weights,
    stickySeconds,
    targetGroups,
  }: Pick<Forwarding, 'weights' | 'stickySeconds'> & Pick<Wiring, 'targetGroups'>,
): string {
  const groups = new Set([...targetGroups, ...weights.map(({ targetGroup }) => targetGroup)])
  const ForwardConfig = {
    TargetGroups: [...groups].map(arn => ({ TargetGroupArn: arn, Weight: arn === serving ? 100 : 0 })),
    ...(stickySeconds && { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: stickySeconds } }),
  }
  const actions = quoted(JSON.stringify([{ Type: 'forward', ForwardConfig }]))
  return rule.includes(':listener/')
    ? `aws elbv2 modify-listener --listener-arn ${quoted(rule)} --default-actions ${actions}`
    : `aws elbv2 modify-rule --rule-arn ${quoted(rule)} --actions ${actions}`
}
