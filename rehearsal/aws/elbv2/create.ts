import type {
  CreateListenerInput,
  CreateLoadBalancerInput,
  CreateRuleInput,
  CreateTargetGroupInput,
  ModifyRuleInput,
  ModifyTargetGroupAttributesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { ProtocolEnum, TargetTypeEnum } from '@aws-sdk/client-elastic-load-balancing-v2'
import { changeAction, Listener, type Rule } from '../../fleet/load-balancer.ts'
import { TargetGroup } from '../../fleet/target-group.ts'
import { AwsError, arn, type Operations, REGION } from '../service.ts'
import { length, oneOf, pattern, range } from '../wire/constraints.ts'
import { actionOf, conditionOf, invalid, notRehearsed } from './rules.ts'
import {
  actionDescription,
  type ElbState,
  listenerOf,
  loadBalancerOf,
  ruleDescription,
  ruleOf,
  targetGroupOf,
} from './state.ts'

const NAME = /[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/

export function createOperations(state: ElbState): Operations {
  return {
    CreateLoadBalancer: (input: CreateLoadBalancerInput) => createLoadBalancer(state, input),
    CreateTargetGroup: (input: CreateTargetGroupInput) => createTargetGroup(state, input),
    ModifyTargetGroupAttributes: (input: ModifyTargetGroupAttributesInput) => modifyAttributes(state, input),
    CreateListener: (input: CreateListenerInput) => createListener(state, input),
    CreateRule: (input: CreateRuleInput) => createRule(state, input),
    ModifyRule: (input: ModifyRuleInput) => modifyRule(state, input),
  }
}

function createLoadBalancer(state: ElbState, input: CreateLoadBalancerInput) {
  const name = named(input.Name)
  if (name.startsWith('internal-')) throw invalid(`Load balancer name '${name}' cannot begin with 'internal-'`)
  if (input.Type && input.Type !== 'application') throw notRehearsed(`a load balancer of type ${input.Type}`)
  oneOf('scheme', input.Scheme, ['internal', 'internet-facing'])
  const subnets = input.Subnets ?? input.SubnetMappings?.map(mapping => mapping.SubnetId) ?? []
  if (subnets.length < 2) throw invalid('At least two subnets in two different Availability Zones must be specified')
  const { all, clock } = state.loadBalancers
  if (all.some(balancer => balancer.name === name))
    throw new AwsError('DuplicateLoadBalancerNameException', `A load balancer with the name '${name}' already exists`)
  const id = hexId(`lb/${name}`)
  const balancerArn = arn('elasticloadbalancing', `loadbalancer/app/${name}/${id}`)
  const dnsName = `${name}-${Number.parseInt(id.slice(0, 8), 16)}.${REGION}.elb.amazonaws.com`
  all.push({ arn: balancerArn, name, dnsName, listeners: [] })
  const told = {
    LoadBalancerArn: balancerArn,
    DNSName: dnsName,
    LoadBalancerName: name,
    CreatedTime: new Date(clock.now()),
    Scheme: input.Scheme ?? 'internet-facing',
    State: { Code: 'active' as const },
    Type: 'application' as const,
    AvailabilityZones: subnets.map((SubnetId, at) => ({ SubnetId, ZoneName: `${REGION}${'abc'[at % 3]}` })),
    SecurityGroups: input.SecurityGroups ?? [],
    IpAddressType: input.IpAddressType ?? 'ipv4',
  }
  state.records.set(balancerArn, told)
  return { LoadBalancers: [told] }
}

function createTargetGroup(state: ElbState, input: CreateTargetGroupInput) {
  const name = named(input.Name)
  oneOf('protocol', input.Protocol, ProtocolEnum)
  oneOf('targetType', input.TargetType, TargetTypeEnum)
  if (input.Protocol !== 'HTTP') throw notRehearsed(`a target group with protocol ${input.Protocol}`)
  if (input.TargetType !== 'ip') throw notRehearsed(`a target group of type ${input.TargetType ?? 'instance'}`)
  if (input.Port === undefined) throw invalid('A port must be specified')
  if (!input.VpcId) throw invalid('A VPC ID must be specified')
  range('port', input.Port, 1, 65535)
  range('healthCheckIntervalSeconds', input.HealthCheckIntervalSeconds, 5, 300)
  range('healthCheckTimeoutSeconds', input.HealthCheckTimeoutSeconds, 2, 120)
  range('healthyThresholdCount', input.HealthyThresholdCount, 2, 10)
  range('unhealthyThresholdCount', input.UnhealthyThresholdCount, 2, 10)
  length('healthCheckPath', input.HealthCheckPath, 1, 1024)
  if (input.HealthCheckPort && input.HealthCheckPort !== 'traffic-port') throw notRehearsed('HealthCheckPort')
  if (input.Matcher?.GrpcCode) throw notRehearsed('Matcher.GrpcCode')
  const healthCheck = {
    enabled: true,
    path: input.HealthCheckPath ?? '/',
    intervalSeconds: input.HealthCheckIntervalSeconds ?? 30,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? 5,
    healthyThreshold: input.HealthyThresholdCount ?? 5,
    unhealthyThreshold: input.UnhealthyThresholdCount ?? 2,
    matcher: input.Matcher?.HttpCode ?? '200',
  }
  if (healthCheck.timeoutSeconds >= healthCheck.intervalSeconds)
    throw invalid('Health check interval must be greater than the timeout.')
  if (!/^[2-4]\d\d([,-][2-4]\d\d)*$/.test(healthCheck.matcher))
    throw invalid(`Health check matcher HTTP code '${healthCheck.matcher}' must be within '200-499' inclusive`)
  const { groups, clock } = state.loadBalancers
  if ([...groups.values()].some(group => group.name === name))
    throw new AwsError('DuplicateTargetGroupNameException', `A target group with the same name '${name}' exists`)
  const groupArn = arn('elasticloadbalancing', `targetgroup/${name}/${hexId(`tg/${name}`)}`)
  groups.set(groupArn, new TargetGroup(groupArn, name, healthCheck, clock))
  const told = {
    TargetGroupArn: groupArn,
    TargetGroupName: name,
    Protocol: input.Protocol,
    ProtocolVersion: input.ProtocolVersion ?? 'HTTP1',
    Port: input.Port,
    VpcId: input.VpcId,
    HealthCheckProtocol: 'HTTP' as const,
    HealthCheckPort: 'traffic-port',
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    HealthCheckPath: healthCheck.path,
    Matcher: { HttpCode: healthCheck.matcher },
    TargetType: input.TargetType,
    IpAddressType: input.IpAddressType ?? 'ipv4',
  }
  state.records.set(groupArn, told)
  return { TargetGroups: [{ ...told, LoadBalancerArns: [] }] }
}

function modifyAttributes(state: ElbState, input: ModifyTargetGroupAttributesInput) {
  const group = targetGroupOf(state, input.TargetGroupArn)
  for (const { Key, Value } of input.Attributes ?? []) {
    if (Key !== 'deregistration_delay.timeout_seconds') throw notRehearsed(`the target group attribute ${Key}`)
    const seconds = Number(Value)
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 3600)
      throw invalid(`'${Key}' value '${Value}' must be between '0-3600' inclusive`)
    group.deregistrationDelaySeconds = seconds
  }
  const Value = String(group.deregistrationDelaySeconds)
  return { Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value }] }
}

async function createListener(state: ElbState, input: CreateListenerInput) {
  const balancer = loadBalancerOf(state, input.LoadBalancerArn)
  oneOf('protocol', input.Protocol, ProtocolEnum)
  range('port', input.Port, 1, 65535)
  if (input.Protocol !== 'HTTP' && input.Protocol !== 'HTTPS') throw notRehearsed(`protocol ${input.Protocol}`)
  if (input.Port === undefined) throw invalid('A listener port must be specified')
  if (input.Protocol === 'HTTPS' && !input.Certificates?.length)
    throw new AwsError('CertificateNotFoundException', 'A certificate must be specified for HTTPS listeners')
  if (balancer.listeners.some(listener => listener.port === input.Port))
    throw new AwsError('DuplicateListenerException', 'A listener already exists on this port for this load balancer')
  const action = actionOf(state, input.DefaultActions)
  const id = `${balancer.arn.split(':loadbalancer/')[1]}/${hexId(`${balancer.name}:${input.Port}`)}`
  const listenerArn = arn('elasticloadbalancing', `listener/${id}`)
  const { clock, random } = state.loadBalancers
  const listener = new Listener(listenerArn, input.Port, action, clock, random)
  await listener.open()
  balancer.listeners.push(listener)
  const told = {
    ListenerArn: listenerArn,
    LoadBalancerArn: balancer.arn,
    Port: input.Port,
    Protocol: input.Protocol,
    ...(input.Certificates && { Certificates: input.Certificates }),
    DefaultActions: [actionDescription(action)],
  }
  state.records.set(listenerArn, told)
  return { Listeners: [told] }
}

function createRule(state: ElbState, input: CreateRuleInput) {
  const listener = listenerOf(state, input.ListenerArn)
  const priority = input.Priority ?? 0
  range('priority', priority, 1, 50_000)
  if (listener.rules.some(rule => rule.priority === priority))
    throw new AwsError('PriorityInUseException', `Priority '${priority}' is currently in use`)
  if (!input.Conditions?.length) throw invalid('A condition must be specified')
  if (input.Transforms?.length) throw notRehearsed('Transforms')
  const ruleArn = `${listener.arn.replace(':listener/', ':listener-rule/')}/${hexId(`${listener.arn}/${priority}`)}`
  const conditions = input.Conditions.map(conditionOf)
  const rule: Rule = { arn: ruleArn, priority, conditions, action: actionOf(state, input.Actions) }
  listener.add(rule)
  state.records.set(ruleArn, { conditions: input.Conditions })
  return { Rules: [ruleDescription(state, rule)] }
}

function modifyRule(state: ElbState, input: ModifyRuleInput) {
  for (const member of ['Conditions', 'Transforms', 'ResetTransforms'] as const)
    if (input[member] !== undefined) throw notRehearsed(`ModifyRule with ${member}`)
  const rule = ruleOf(state, input.RuleArn)
  if (rule.priority === 'default')
    throw new AwsError('OperationNotPermittedException', `Default rule '${rule.arn}' cannot be modified`)
  changeAction(state.loadBalancers.all, rule, actionOf(state, input.Actions))
  return { Rules: [ruleDescription(state, rule)] }
}

function named(name: string | undefined): string {
  length('name', name, 1, 32)
  pattern('name', name, NAME)
  return name ?? ''
}

/** Sixteen hexadecimal digits that a name always gets again, so that two runs can be compared. */
function hexId(of: string): string {
  let [high, low] = [0x811c9dc5, 0x01000193]
  for (const character of of) {
    high = Math.imul(high ^ character.charCodeAt(0), 0x01000193) >>> 0
    low = Math.imul(low ^ character.charCodeAt(0), 0x85ebca6b) >>> 0
  }
  return (high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')).slice(0, 16)
}
