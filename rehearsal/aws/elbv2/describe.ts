import type {
  DescribeListenersInput,
  DescribeLoadBalancersInput,
  DescribeRulesInput,
  DescribeTargetGroupsInput,
  DescribeTargetHealthInput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Listener } from '../../fleet/load-balancer.ts'
import type { Target, TargetGroup } from '../../fleet/target-group.ts'
import { AwsError, type Operations } from '../service.ts'
import { range } from '../wire/constraints.ts'
import { invalid } from './rules.ts'
import {
  actionDescription,
  type ElbState,
  listenerOf,
  loadBalancerOf,
  ruleDescription,
  ruleOf,
  targetGroupOf,
} from './state.ts'

export function describeOperations(state: ElbState): Operations {
  return {
    DescribeLoadBalancers: (input: DescribeLoadBalancersInput) => describeLoadBalancers(state, input),
    DescribeTargetGroups: (input: DescribeTargetGroupsInput) => describeTargetGroups(state, input),
    DescribeListeners: (input: DescribeListenersInput) => describeListeners(state, input),
    DescribeRules: (input: DescribeRulesInput) => describeRules(state, input),
    DescribeTargetHealth: (input: DescribeTargetHealthInput) => describeTargetHealth(state, input),
  }
}

function describeLoadBalancers(state: ElbState, input: DescribeLoadBalancersInput) {
  const { all } = state.loadBalancers
  const chosen = input.LoadBalancerArns?.length
    ? input.LoadBalancerArns.map(arn => loadBalancerOf(state, arn))
    : named(all, input.Names, 'LoadBalancerNotFoundException', 'Load balancers')
  const { page, NextMarker } = paged(chosen, input)
  return { LoadBalancers: page.map(({ arn }) => state.records.get(arn)), ...(NextMarker && { NextMarker }) }
}

function describeTargetGroups(state: ElbState, input: DescribeTargetGroupsInput) {
  const all = [...state.loadBalancers.groups.values()]
  const balancer = input.LoadBalancerArn ? loadBalancerOf(state, input.LoadBalancerArn) : undefined
  const chosen = input.TargetGroupArns?.length
    ? input.TargetGroupArns.map(arn => targetGroupOf(state, arn))
    : named(all, input.Names, 'TargetGroupNotFoundException', 'Target groups')
  const before = (group: TargetGroup) => balancersBefore(state, group)
  const { page, NextMarker } = paged(
    chosen.filter(group => !balancer || before(group).includes(balancer.arn)),
    input,
  )
  const TargetGroups = page.map(group => ({ ...state.records.get(group.arn), LoadBalancerArns: before(group) }))
  return { TargetGroups, ...(NextMarker && { NextMarker }) }
}

function describeListeners(state: ElbState, input: DescribeListenersInput) {
  if (!input.LoadBalancerArn && !input.ListenerArns?.length)
    throw new AwsError('ValidationError', 'You must specify either listener ARNs or a load balancer ARN')
  const chosen = input.LoadBalancerArn
    ? loadBalancerOf(state, input.LoadBalancerArn).listeners
    : (input.ListenerArns ?? []).map(arn => listenerOf(state, arn))
  const { page, NextMarker } = paged(chosen, input)
  return { Listeners: page.map(listener => listenerDescription(state, listener)), ...(NextMarker && { NextMarker }) }
}

function listenerDescription(state: ElbState, listener: Listener) {
  const byDefault = listener.rules.filter(rule => rule.priority === 'default')
  return { ...state.records.get(listener.arn), DefaultActions: byDefault.map(rule => actionDescription(rule.action)) }
}

function describeRules(state: ElbState, input: DescribeRulesInput) {
  if (!input.ListenerArn && !input.RuleArns?.length)
    throw new AwsError('ValidationError', 'You must specify either listener rule ARNs or a listener ARN')
  const rules = input.ListenerArn
    ? listenerOf(state, input.ListenerArn).rules
    : (input.RuleArns ?? []).map(arn => ruleOf(state, arn))
  const { page, NextMarker } = paged(rules, input)
  return { Rules: page.map(rule => ruleDescription(state, rule)), ...(NextMarker && { NextMarker }) }
}

function describeTargetHealth(state: ElbState, input: DescribeTargetHealthInput) {
  const group = targetGroupOf(state, input.TargetGroupArn)
  const asked = (target: Target) =>
    !input.Targets?.length ||
    input.Targets.some(({ Id, Port }) => Id === target.id && (Port ?? target.port) === target.port)
  const TargetHealthDescriptions = group
    .targets()
    .filter(asked)
    .map(target => ({
      Target: { Id: target.id, Port: target.port },
      HealthCheckPort: String(target.port),
      TargetHealth: healthOf(group, target),
    }))
  return { TargetHealthDescriptions }
}

function healthOf(group: TargetGroup, target: Target) {
  if (!group.inUse) {
    const Description = 'Target group is not configured to receive traffic from the load balancer'
    return { State: 'unused', Reason: 'Target.NotInUse', Description }
  }
  const { state, reason, description } = target
  return { State: state, ...(reason && { Reason: reason }), ...(description && { Description: description }) }
}

function balancersBefore(state: ElbState, group: TargetGroup): string[] {
  const forwardsHere = (listener: Listener) =>
    listener.rules.some(({ action }) => action.type === 'forward' && action.to.some(target => target.group === group))
  return state.loadBalancers.all.filter(({ listeners }) => listeners.some(forwardsHere)).map(({ arn }) => arn)
}

function named<T extends { name: string }>(all: T[], names: string[] | undefined, error: string, what: string): T[] {
  if (!names?.length) return all
  return names.map(name => {
    const found = all.find(each => each.name === name)
    if (!found) throw new AwsError(error, `${what} '[${name}]' not found`)
    return found
  })
}

function paged<T>(all: T[], input: { Marker?: string | undefined; PageSize?: number | undefined }) {
  range('pageSize', input.PageSize, 1, 400)
  const from = input.Marker === undefined ? 0 : Number(input.Marker)
  if (!Number.isInteger(from) || from < 0 || from > all.length) throw invalid(`Marker '${input.Marker}' is not valid`)
  const to = from + (input.PageSize ?? 400)
  return { page: all.slice(from, to), NextMarker: to < all.length ? String(to) : undefined }
}
