import * as z from 'zod'
import type { RuleCondition } from '../../domain/test-listener.ts'
import type { Forwarding, Weighted } from '../../domain/wiring.ts'
import { askQuery, type Form, listOf } from './query.ts'
import { ServiceError } from './signed.ts'

/** How users reach a service: rules with their weights, listeners, and the health of targets. */

const texts = listOf('member', z.string())
const patterns = { Values: texts, RegexValues: texts }
const configured = z.object(patterns).optional()
const parameter = z.object({ Key: z.string().optional(), Value: z.string() })

const condition = z
  .object({
    ...{ Field: z.string(), ...patterns },
    ...{ HostHeaderConfig: configured, PathPatternConfig: configured, SourceIpConfig: configured },
    HttpRequestMethodConfig: configured,
    HttpHeaderConfig: z.object({ HttpHeaderName: z.string(), ...patterns }).optional(),
    QueryStringConfig: z.object({ Values: listOf('member', parameter) }).optional(),
  })
  .transform((said): RuleCondition => {
    const { Field, HttpHeaderConfig, QueryStringConfig } = said
    const { Values, RegexValues } =
      said.HostHeaderConfig ??
      said.PathPatternConfig ??
      said.SourceIpConfig ??
      said.HttpRequestMethodConfig ??
      HttpHeaderConfig ??
      said
    return {
      field: Field,
      ...(HttpHeaderConfig && { header: HttpHeaderConfig.HttpHeaderName }),
      ...(QueryStringConfig && {
        parameters: QueryStringConfig.Values.map(({ Key, Value }) => ({
          ...(Key !== undefined && { key: Key }),
          value: Value,
        })),
      }),
      values: Values,
      byRegex: RegexValues.length > 0 || said.RegexValues.length > 0,
    }
  })

const action = z.object({
  Type: z.string().default('forward'),
  TargetGroupArn: z.string().optional(),
  ForwardConfig: z
    .object({
      TargetGroups: listOf('member', z.object({ TargetGroupArn: z.string(), Weight: z.coerce.number().default(1) })),
      TargetGroupStickinessConfig: z
        .object({ Enabled: z.string(), DurationSeconds: z.coerce.number() })
        .partial()
        .optional(),
    })
    .optional(),
})

const actions = listOf('member', action).transform(all => {
  const forward = all.find(({ Type }) => Type === 'forward')
  const { TargetGroups: groups = [], TargetGroupStickinessConfig: sticky } = forward?.ForwardConfig ?? {}
  const named = forward?.TargetGroupArn ? [{ targetGroup: forward.TargetGroupArn, weight: 1 }] : []
  const weighted = groups.map(({ TargetGroupArn: targetGroup, Weight: weight }): Weighted => ({ targetGroup, weight }))
  return {
    weights: weighted.length > 0 ? weighted : named,
    others: all.filter(each => each !== forward).map(({ Type }) => Type),
    ...(sticky?.Enabled === 'true' && { stickySeconds: sticky.DurationSeconds ?? 3_600 }),
  }
})

/** Where a listener sends what fulfils the conditions. */
export interface Rule extends Forwarding {
  /** ARN. */
  listener: string
  weights: Weighted[]
  conditions: RuleCondition[]
}

/** `arn`: of a rule, or of a network load balancer's listener, which has one action and no rules. Undefined: there is none. */
export async function findRule(arn: string): Promise<Rule | undefined> {
  if (arn.includes(':listener/')) {
    const found = (await describe('Listener', { ListenerArns: { member: [arn] } }))[0]
    if (found === undefined) return undefined
    return { listener: arn, ...z.object({ DefaultActions: actions }).parse(found).DefaultActions, conditions: [] }
  }
  const found = (await describe('Rule', { RuleArns: { member: [arn] } }))[0]
  if (found === undefined) return undefined
  const rule = z.object({ Actions: actions, Conditions: listOf('member', condition) }).parse(found)
  return { listener: listenerOf(arn), ...rule.Actions, conditions: rule.Conditions }
}

/** The ARN of a rule is that of its listener, and an id. */
const listenerOf = (rule: string) => rule.replace(':listener-rule/', ':listener/').replace(/\/[^/]*$/, '')

export async function readListener(arn: string): Promise<{ port: number; protocol: string }> {
  const [found] = await describe('Listener', { ListenerArns: { member: [arn] } })
  if (found === undefined) throw new Error(`there is no listener ${arn}`)
  const { Port, Protocol } = z.object({ Port: z.coerce.number(), Protocol: z.string() }).parse(found)
  return { port: Port, protocol: Protocol }
}

/** None where one of them is not there. */
async function describe(what: 'Rule' | 'Listener', form: Form): Promise<unknown[]> {
  try {
    const answer = await askQuery('elasticloadbalancing', `Describe${what}s`, form)
    return listOf('member', z.unknown()).parse(answer[`${what}s`])
  } catch (error) {
    if (error instanceof ServiceError && error.name === `${what}NotFound`) return []
    throw error
  }
}

export interface TargetHealth {
  id: string
  /** ELB's own word: `healthy`, `initial`, `draining`, … */
  state: string
  reason?: string
}

const described = z
  .object({
    Target: z.object({ Id: z.string() }),
    TargetHealth: z.object({ State: z.string(), Reason: z.string().optional() }),
  })
  .transform(
    ({ Target, TargetHealth: { State, Reason } }): TargetHealth => ({
      id: Target.Id,
      state: State,
      ...(Reason && { reason: Reason }),
    }),
  )

export async function targetHealth(targetGroup: string): Promise<TargetHealth[]> {
  const answer = await askQuery('elasticloadbalancing', 'DescribeTargetHealth', { TargetGroupArn: targetGroup })
  return listOf('member', described).parse(answer.TargetHealthDescriptions)
}
