import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeRulesCommand,
  type ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { type Place, PREFIX } from '../place.ts'

/** What a blue-green service of the probe's own needs of the account. */
export interface Wiring {
  elb: ElasticLoadBalancingV2Client
  /** ARN of a listener that a rule is added to; its other rules are left alone. */
  listener: string
  vpc: string
  port: number
  healthPath: string
  /** ARN of the role by which ECS changes the rule. */
  loadBalancerRole: string
}

export interface Front {
  rule: string
  targetGroups: [string, string]
}

/** A rule for a host that nobody asks for, and two target groups behind it. */
export async function makeFront({ made, id }: Place, { elb, ...wiring }: Wiring): Promise<Front> {
  const groupOf = async (colour: string): Promise<string> => {
    const { TargetGroups: [group] = [] } = await made.make(
      `target group ${PREFIX}-${id}-${colour}`,
      () =>
        elb.send(
          new CreateTargetGroupCommand({
            ...{ Name: `${PREFIX}-${id}-${colour}`, Protocol: 'HTTP', Port: wiring.port, TargetType: 'ip' },
            ...{ VpcId: wiring.vpc, HealthCheckPath: wiring.healthPath, HealthCheckIntervalSeconds: 10 },
            ...{ HealthyThresholdCount: 2, Tags: [{ Key: 'sluice:probe', Value: id }] },
          }),
        ),
      ({ TargetGroups }) =>
        elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: TargetGroups?.[0]?.TargetGroupArn })),
    )
    return group?.TargetGroupArn ?? ''
  }
  const targetGroups: Front['targetGroups'] = [await groupOf('blue'), await groupOf('green')]
  const Priority = await freePriority(elb, wiring.listener)
  const TargetGroups = targetGroups.map((TargetGroupArn, at) => ({ TargetGroupArn, Weight: at === 0 ? 100 : 0 }))
  const { Rules: [rule] = [] } = await made.make(
    `rule ${Priority} of the listener`,
    () =>
      elb.send(
        new CreateRuleCommand({
          ...{ ListenerArn: wiring.listener, Priority, Tags: [{ Key: 'sluice:probe', Value: id }] },
          Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [`${PREFIX}-${id}.invalid`] } }],
          Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
        }),
      ),
    ({ Rules }) => elb.send(new DeleteRuleCommand({ RuleArn: Rules?.[0]?.RuleArn })),
  )
  return { rule: rule?.RuleArn ?? '', targetGroups }
}

const LOWEST_PRIORITY = 50_000

/** The last one that is free: whatever the listener does is done before. */
async function freePriority(elb: ElasticLoadBalancingV2Client, ListenerArn: string): Promise<number> {
  const taken = new Set<string | undefined>()
  let Marker: string | undefined
  do {
    const page = await elb.send(new DescribeRulesCommand({ ListenerArn, Marker }))
    for (const { Priority } of page.Rules ?? []) taken.add(Priority)
    Marker = page.NextMarker
  } while (Marker)
  let priority = LOWEST_PRIORITY
  while (taken.has(String(priority))) priority--
  return priority
}
