import type {
  Action,
  Listener as ListenerDescription,
  LoadBalancer as LoadBalancerDescription,
  RuleCondition,
  TargetGroup as TargetGroupDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Listener, Rule } from '../../fleet/load-balancer.ts'
import type { LoadBalancer, LoadBalancers } from '../../fleet/load-balancers.ts'
import type { TargetGroup } from '../../fleet/target-group.ts'
import { AwsError } from '../service.ts'

export interface ElbState {
  loadBalancers: LoadBalancers
  /** What was said at creation and only is told back, by ARN. */
  records: Map<string, Told>
}

export type Told =
  | LoadBalancerDescription
  | TargetGroupDescription
  | ListenerDescription
  | { conditions: RuleCondition[] }

export function loadBalancerOf(state: ElbState, arn: string | undefined): LoadBalancer {
  const found = state.loadBalancers.all.find(balancer => balancer.arn === arn)
  if (!found) throw new AwsError('LoadBalancerNotFoundException', `Load balancers '[${arn}]' not found`)
  return found
}

export function targetGroupOf(state: ElbState, arn: string | undefined): TargetGroup {
  const found = state.loadBalancers.groups.get(arn ?? '')
  if (!found) throw new AwsError('TargetGroupNotFoundException', `Target groups '${arn}' not found`)
  return found
}

export function listenerOf(state: ElbState, arn: string | undefined): Listener {
  const found = state.loadBalancers.all.flatMap(balancer => balancer.listeners).find(each => each.arn === arn)
  if (!found) throw new AwsError('ListenerNotFoundException', `Listeners '${arn}' not found`)
  return found
}

export function ruleOf(state: ElbState, arn: string | undefined): Rule {
  const listeners = state.loadBalancers.all.flatMap(balancer => balancer.listeners)
  const found = listeners.flatMap(listener => listener.rules).find(rule => rule.arn === arn)
  if (!found) throw new AwsError('RuleNotFoundException', `Rules '${arn}' not found`)
  return found
}

export function ruleDescription(state: ElbState, rule: Rule) {
  const told = state.records.get(rule.arn) as { conditions: RuleCondition[] } | undefined
  return {
    RuleArn: rule.arn,
    Priority: String(rule.priority),
    Conditions: told?.conditions ?? [],
    Actions: [actionDescription(rule.action)],
    IsDefault: rule.priority === 'default',
  }
}

export function actionDescription(action: Rule['action']): Action {
  if (action.type === 'fixed-response') {
    const FixedResponseConfig = {
      StatusCode: String(action.status),
      MessageBody: action.body,
      ContentType: action.contentType,
    }
    return { Type: 'fixed-response', Order: 1, FixedResponseConfig }
  }
  const TargetGroups = action.to.map(({ group, weight }) => ({ TargetGroupArn: group.arn, Weight: weight }))
  const ForwardConfig = { TargetGroups, TargetGroupStickinessConfig: { Enabled: false } }
  const [only, ...others] = TargetGroups
  const single = only && others.length === 0 ? { TargetGroupArn: only.TargetGroupArn } : {}
  return { Type: 'forward', ...single, ForwardConfig }
}
