import {
  type Action as ActionInput,
  ActionTypeEnum,
  type RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Action, Condition } from '../../fleet/load-balancer.ts'
import { AwsError } from '../service.ts'
import { oneOf, range } from '../wire/constraints.ts'
import { type ElbState, targetGroupOf } from './state.ts'

/** What ELB says to malformed values; the SDK has no class for it. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message)
}

export function notRehearsed(what: string): AwsError {
  return new AwsError('NotRehearsed', `elasticloadbalancing: ${what} is not part of this rehearsal`)
}

export function actionOf(state: ElbState, actions: ActionInput[] | undefined): Action {
  const [action, ...others] = actions ?? []
  if (!action) throw invalid('An action must be specified')
  if (others.length > 0) throw notRehearsed('more than one action')
  oneOf('actions.1.member.type', action.Type, ActionTypeEnum)
  if (action.Type === 'fixed-response') return fixedResponse(action)
  if (action.Type !== 'forward') throw notRehearsed(`an action of type ${action.Type}`)
  if (action.ForwardConfig?.TargetGroupStickinessConfig?.Enabled) throw notRehearsed('target group stickiness')
  const tuples = action.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: action.TargetGroupArn, Weight: 1 }]
  if (tuples.length < 1 || tuples.length > 5) throw invalid('A forward action must have between 1 and 5 target groups')
  const to = tuples.map(({ TargetGroupArn, Weight }) => {
    range('actions.1.member.forwardConfig.targetGroups.weight', Weight, 0, 999)
    return { group: targetGroupOf(state, TargetGroupArn), weight: Weight ?? 1 }
  })
  return { type: 'forward', to }
}

function fixedResponse({ FixedResponseConfig: config }: ActionInput): Action {
  if (!config || !/^[245]\d\d$/.test(config.StatusCode ?? ''))
    throw invalid('The status code of a fixed response must be 2XX, 4XX, or 5XX')
  const body = config.MessageBody ?? ''
  return {
    type: 'fixed-response',
    status: Number(config.StatusCode),
    body,
    contentType: config.ContentType ?? 'text/plain',
  }
}

export function conditionOf(condition: RuleCondition): Condition {
  if (condition.RegexValues?.length) throw notRehearsed('RegexValues in a condition')
  switch (condition.Field) {
    case 'host-header':
      return { field: condition.Field, values: valuesOf(condition, condition.HostHeaderConfig?.Values) }
    case 'path-pattern':
      return { field: condition.Field, values: valuesOf(condition, condition.PathPatternConfig?.Values) }
    case 'http-header': {
      const header = condition.HttpHeaderConfig?.HttpHeaderName
      if (!header) throw invalid("A condition with field 'http-header' must name a header")
      return { field: condition.Field, header, values: valuesOf(condition, condition.HttpHeaderConfig?.Values) }
    }
    case 'http-request-method':
    case 'query-string':
    case 'source-ip':
      throw notRehearsed(`a condition on ${condition.Field}`)
    default:
      throw invalid(`Condition field '${condition.Field}' must be one of '[path-pattern,host-header,...]'`)
  }
}

function valuesOf(condition: RuleCondition, configured: string[] | undefined): string[] {
  const values = configured ?? condition.Values ?? []
  if (values.length === 0) throw invalid(`A condition value must be specified for field '${condition.Field}'`)
  return values
}
