import { createHash } from 'node:crypto'
import type { LoadBalancer as ServiceLoadBalancer } from '@aws-sdk/client-ecs'
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  type RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Service, Stage } from '../../domain/application.ts'
import { BALANCING_ROLE, SUBNETS } from './ground.ts'

/** What users reach a stage by. */
export interface Front {
  arn: string
  dnsName: string
  /** Service → how ECS puts its tasks behind it; a worker that nobody asks anything has none. */
  loadBalancers: Map<string, ServiceLoadBalancer>
}

export const PORT = 3000
const TEST_PORT = 8080
/** Whoever sends it to the test port is no user. */
const TEST_HEADER = { HttpHeaderName: 'x-bookshop', Values: ['next'] }

const elb = () => new ElasticLoadBalancingV2Client({})

/** A load balancer whose rules lead each host of the smoke tests to its service; of a blue-green service, its test port too. */
export async function createFront(app: string, stage: Stage): Promise<Front> {
  const create = new CreateLoadBalancerCommand({ Name: within32(`${app}-${stage.name}`), Subnets: SUBNETS })
  const { LoadBalancers: [balancer] = [] } = await elb().send(create)
  const arn = balancer?.LoadBalancerArn ?? ''
  const asked = stage.services.filter(
    ({ service }, at) => at === 0 || stage.smoke.some(test => test.service === service),
  )
  const groups = new Map<string, string[]>()
  for (const { service, strategy } of asked)
    groups.set(service, await createTargetGroups(stage, service, strategy === 'blue-green' ? ['blue', 'green'] : ['']))
  const [first] = [...groups.values()].flat()
  const rules = new Map<string, string>()
  for (const [port, protocol] of portsOf(stage)) {
    const listener = await createListener(arn, port, protocol, first)
    for (const [at, service] of asked.entries()) {
      if (asked.length === 1 && service.strategy === 'rolling') continue
      rules.set(service.service, await createRule(listener, at + 1, conditionsFor(stage, service), groups))
    }
  }
  const tested = asked.filter(({ strategy }) => strategy === 'blue-green')
  const testListener = tested.length > 0 ? await createListener(arn, TEST_PORT, 'HTTP', first) : ''
  const testRules = new Map<string, string>()
  for (const [at, service] of tested.entries()) {
    const conditions = [...conditionsFor(stage, service), { Field: 'http-header', HttpHeaderConfig: TEST_HEADER }]
    testRules.set(service.service, await createRule(testListener, at + 1, conditions, groups))
  }
  const loadBalancers = asked.map(({ service, container }): [string, ServiceLoadBalancer] => {
    const [targetGroupArn, alternateTargetGroupArn] = groups.get(service) ?? []
    const advancedConfiguration = alternateTargetGroupArn && {
      alternateTargetGroupArn,
      productionListenerRule: rules.get(service),
      testListenerRule: testRules.get(service),
      roleArn: BALANCING_ROLE,
    }
    const behind = { targetGroupArn, containerName: container, containerPort: PORT }
    return [service, { ...behind, ...(advancedConfiguration && { advancedConfiguration }) }]
  })
  return { arn, dnsName: balancer?.DNSName ?? '', loadBalancers: new Map(loadBalancers) }
}

const CERTIFICATE = 'arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012'

async function createListener(
  LoadBalancerArn: string,
  Port: number,
  Protocol: 'HTTP' | 'HTTPS',
  TargetGroupArn: string | undefined,
): Promise<string> {
  const { Listeners: [listener] = [] } = await elb().send(
    new CreateListenerCommand({
      LoadBalancerArn,
      Port,
      Protocol,
      ...(Protocol === 'HTTPS' ? { Certificates: [{ CertificateArn: CERTIFICATE }] } : {}),
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  )
  return listener?.ListenerArn ?? ''
}

async function createTargetGroups(stage: Stage, service: string, colours: string[]): Promise<string[]> {
  const arns: string[] = []
  for (const colour of colours) {
    const { TargetGroups: [group] = [] } = await elb().send(
      new CreateTargetGroupCommand({
        Name: within32([stage.name, service, colour].filter(Boolean).join('-')),
        Protocol: 'HTTP',
        Port: PORT,
        VpcId: 'vpc-0a1b2c3d',
        TargetType: 'ip',
        HealthCheckPath: '/health',
        HealthCheckIntervalSeconds: 10,
        HealthyThresholdCount: 2,
      }),
    )
    const TargetGroupArn = group?.TargetGroupArn ?? ''
    const delay = { Key: 'deregistration_delay.timeout_seconds', Value: '30' }
    await elb().send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [delay] }))
    arns.push(TargetGroupArn)
  }
  return arns
}

async function createRule(
  ListenerArn: string,
  Priority: number,
  Conditions: RuleCondition[],
  groups: Map<string, string[]>,
): Promise<string> {
  const TargetGroupArn = [...groups.values()][Priority - 1]?.[0]
  const Actions = [{ Type: 'forward' as const, TargetGroupArn }]
  const { Rules: [rule] = [] } = await elb().send(new CreateRuleCommand({ ListenerArn, Priority, Conditions, Actions }))
  return rule?.RuleArn ?? ''
}

/** The hosts that a service's smoke tests ask; where another service has one of them too, their paths as well. */
function conditionsFor(stage: Stage, { service }: Service): RuleCondition[] {
  const asked = (of: (test: Stage['smoke'][number]) => boolean) => stage.smoke.filter(of).map(({ url }) => new URL(url))
  const mine = asked(test => test.service === service)
  const others = asked(test => test.service !== service).map(({ hostname }) => hostname)
  const hosts = [...new Set(mine.map(({ hostname }) => hostname))]
  const byHost = { Field: 'host-header', HostHeaderConfig: { Values: hosts.length > 0 ? hosts : hostsOf(stage) } }
  if (!hosts.some(host => others.includes(host))) return [byHost]
  const paths = [...new Set(mine.map(({ pathname }) => pathname))]
  return [byHost, { Field: 'path-pattern', PathPatternConfig: { Values: paths } }]
}

export function hostsOf({ smoke, cluster }: Stage): string[] {
  return smoke.length > 0
    ? smoke.map(({ url }) => new URL(url).hostname)
    : [new URL(`http://${cluster}.example`).hostname]
}

function portsOf({ smoke }: Stage): Map<number, 'HTTP' | 'HTTPS'> {
  const asked = smoke.map(({ url }) => new URL(url))
  const ports = asked.map(({ protocol, port }): [number, 'HTTP' | 'HTTPS'] =>
    protocol === 'https:' ? [Number(port || 443), 'HTTPS'] : [Number(port || 80), 'HTTP'],
  )
  return new Map(ports.length > 0 ? ports : [[80, 'HTTP']])
}

/** Names of load balancers and target groups: at most 32 letters, digits and hyphens. */
function within32(name: string): string {
  if (/^[A-Za-z0-9-]{1,32}$/.test(name)) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 23)}-${hash}`
}
