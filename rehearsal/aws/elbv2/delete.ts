import type { DeleteRuleInput, DeleteTargetGroupInput } from '@aws-sdk/client-elastic-load-balancing-v2'
import { AwsError, type Operations } from '../service.ts'
import { type ElbState, ruleOf, targetGroupOf } from './state.ts'

export function deleteOperations(state: ElbState): Operations {
  return {
    DeleteRule({ RuleArn }: DeleteRuleInput) {
      const rule = ruleOf(state, RuleArn)
      if (rule.priority === 'default')
        throw new AwsError('OperationNotPermittedException', `Default rule '${rule.arn}' cannot be deleted`)
      for (const { rules } of state.loadBalancers.all.flatMap(({ listeners }) => listeners)) {
        const at = rules.indexOf(rule)
        if (at >= 0) rules.splice(at, 1)
      }
      state.records.delete(rule.arn)
      return {}
    },

    DeleteTargetGroup({ TargetGroupArn }: DeleteTargetGroupInput) {
      const group = targetGroupOf(state, TargetGroupArn)
      const rules = state.loadBalancers.all.flatMap(({ listeners }) => listeners.flatMap(listener => listener.rules))
      if (rules.some(({ action }) => action.type === 'forward' && action.to.some(to => to.group === group)))
        throw new AwsError(
          'ResourceInUseException',
          `Target group '${group.arn}' is currently in use by a listener or a rule`,
        )
      state.loadBalancers.groups.delete(group.arn)
      state.records.delete(group.arn)
      return {}
    },
  }
}
