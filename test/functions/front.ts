import {
  type Action,
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  type RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { RehearsedServices } from '../../rehearsal/index.ts'

/** The port that a container of a blue-green service answers on. */
export const PORT = 3000
/** A request that has it gets green's answer at the test listener. */
export const TEST_HEADER = { 'x-looks-at': 'green' }
const [USERS, TESTERS] = [80, 8080]

/** How a blue-green service is reached: by its users, by its smoke tests, and what stands behind either. */
export interface Front {
  host: string
  /** ECS has its first tasks in the second one: users were sent to the first before it came. */
  targetGroups: [string, string]
  productionRule: string
  testRule: string
  /** Target group → weight, of a rule. */
  weights(rule?: string): Promise<Record<string, number>>
  /** Which version answers a user. */
  asUser(): Promise<string>
  /** Which one answers at the test listener. */
  asTester(): Promise<string>
}

export async function createFront(services: RehearsedServices, service: string): Promise<Front> {
  const elb = clientOf(services)
  const { LoadBalancers: [balancer] = [] } = await elb.send(
    new CreateLoadBalancerCommand({ Name: service, Subnets: ['subnet-1', 'subnet-2'] }),
  )
  const groupOf = async (colour: string) => {
    const { TargetGroups: [group] = [] } = await elb.send(
      new CreateTargetGroupCommand({
        ...{ Name: `${service}-${colour}`, Protocol: 'HTTP', Port: PORT, VpcId: 'vpc-1', TargetType: 'ip' },
        ...{ HealthCheckPath: '/health', HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2 },
        HealthyThresholdCount: 2,
      }),
    )
    const TargetGroupArn = group?.TargetGroupArn ?? ''
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }]
    await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }))
    return TargetGroupArn
  }
  const targetGroups: Front['targetGroups'] = [await groupOf('blue'), await groupOf('green')]
  const ruleAt = async (port: number, condition: RuleCondition) => {
    const notFound = { StatusCode: '404', MessageBody: 'nothing here' }
    const { Listeners: [listener] = [] } = await elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: balancer?.LoadBalancerArn,
        Port: port,
        Protocol: 'HTTP',
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: notFound }],
      }),
    )
    const to = targetGroups.map((TargetGroupArn, at) => ({ TargetGroupArn, Weight: at === 0 ? 100 : 0 }))
    const { Rules: [rule] = [] } = await elb.send(
      new CreateRuleCommand({
        ListenerArn: listener?.ListenerArn,
        Priority: 1,
        Conditions: [condition],
        Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups: to } }],
      }),
    )
    return rule?.RuleArn ?? ''
  }
  const [[HttpHeaderName = '', value = ''] = []] = Object.entries(TEST_HEADER)
  const productionRule = await ruleAt(USERS, { Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } })
  const testRule = await ruleAt(TESTERS, {
    Field: 'http-header',
    HttpHeaderConfig: { HttpHeaderName, Values: [value] },
  })

  const host = balancer?.DNSName ?? ''
  const ask = async (port: number, headers = {}) => {
    const url = `http://${host}:${port}/`
    const text = await (await services.loadBalancers.request(host, new Request(url, { headers }))).text()
    return text.startsWith('{') ? String(JSON.parse(text).version) : text
  }
  return {
    host,
    targetGroups,
    productionRule,
    testRule,
    async weights(rule = productionRule) {
      const { Rules: [found] = [] } = await elb.send(new DescribeRulesCommand({ RuleArns: [rule] }))
      const to = found?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? []
      return Object.fromEntries(to.map(({ TargetGroupArn = '', Weight = 0 }) => [TargetGroupArn, Weight]))
    },
    asUser: () => ask(USERS),
    asTester: () => ask(TESTERS, TEST_HEADER),
  }
}

/** An operator's; ELB has no door beside the gateway. */
function clientOf({ endpoint, env }: RehearsedServices): ElasticLoadBalancingV2Client {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = env
  return new ElasticLoadBalancingV2Client({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId, secretAccessKey },
  })
}

export function forward(to: Record<string, number>): Action[] {
  const TargetGroups = Object.entries(to).map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight }))
  return [{ Type: 'forward', ForwardConfig: { TargetGroups } }]
}

/** A person, or a template, has changed the weights of a rule. */
export async function modify(RuleArn: string, to: Record<string, number>): Promise<void> {
  const elb = new ElasticLoadBalancingV2Client({ region: 'eu-west-1' })
  await elb.send(new ModifyRuleCommand({ RuleArn, Actions: forward(to) }))
}
