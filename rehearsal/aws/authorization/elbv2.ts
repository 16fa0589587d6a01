import type {
  CreateListenerInput,
  CreateLoadBalancerInput,
  CreateRuleInput,
  CreateTargetGroupInput,
  DeleteRuleInput,
  DeleteTargetGroupInput,
  ModifyRuleInput,
  ModifyTargetGroupAttributesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { type Authorization, arn } from '../service.ts'
import { onAnything } from './access.ts'

const PREFIX = 'elasticloadbalancing'
const READING = [
  'DescribeListeners',
  'DescribeLoadBalancers',
  'DescribeRules',
  'DescribeTargetGroups',
  'DescribeTargetHealth',
]

const on = (operation: string, resource = '') => [{ action: `${PREFIX}:${operation}`, resource }]

export const ELB_AUTHORIZATION: Authorization = {
  ...Object.fromEntries(READING.map(operation => [operation, onAnything(`${PREFIX}:${operation}`)])),
  CreateLoadBalancer: ({ Name }: CreateLoadBalancerInput) =>
    on('CreateLoadBalancer', arn(PREFIX, `loadbalancer/app/${Name}/*`)),
  CreateTargetGroup: ({ Name }: CreateTargetGroupInput) =>
    on('CreateTargetGroup', arn(PREFIX, `targetgroup/${Name}/*`)),
  CreateListener: ({ LoadBalancerArn }: CreateListenerInput) => on('CreateListener', LoadBalancerArn),
  CreateRule: ({ ListenerArn }: CreateRuleInput) => on('CreateRule', ListenerArn),
  ModifyRule: ({ RuleArn }: ModifyRuleInput) => on('ModifyRule', RuleArn),
  DeleteRule: ({ RuleArn }: DeleteRuleInput) => on('DeleteRule', RuleArn),
  DeleteTargetGroup: ({ TargetGroupArn }: DeleteTargetGroupInput) => on('DeleteTargetGroup', TargetGroupArn),
  ModifyTargetGroupAttributes: ({ TargetGroupArn }: ModifyTargetGroupAttributesInput) =>
    on('ModifyTargetGroupAttributes', TargetGroupArn),
}
