import { z } from 'zod'
import { type Condition, compileConditions, conditionBlock, oneOrMore } from './iam/conditions.ts'
import { likeArn, likeText } from './iam/patterns.ts'
import { ACCOUNT } from './service.ts'

/** A service that wants to do something to a resource, for something else that it acts for. */
export interface ServiceRequest {
  service: string
  action: string
  resource: string
  /** Absent: the service does not say what it acts for. */
  sourceArn?: string
}

/** Whether the policy of a resource lets a service in. */
export type ResourcePolicy = (request: ServiceRequest) => boolean

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.strictObject({ AWS: oneOrMore, Service: oneOrMore }).partial()]),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: conditionBlock,
})

const trust = statement.omit({ Resource: true }).transform(one => ({ ...one, Resource: ['*'] }))

const document = <S extends z.ZodType>(one: S) =>
  z.strictObject({ Version: z.string().optional(), Id: z.string().optional(), Statement: z.array(one) })

type Statement = z.output<typeof statement>

/** Compiles a policy document; an element, a condition's operator or its key that is not known is refused by name. */
export function compileResourcePolicy(given: unknown): ResourcePolicy {
  return policyOf(document(statement).parse(given).Statement)
}

/** The same of a role: its policy says who assumes it, and names no resource. */
export function compileTrustPolicy(given: unknown): ResourcePolicy {
  return policyOf(document(trust).parse(given).Statement)
}

function policyOf(given: Statement[]): ResourcePolicy {
  const statements = given.map(one => ({ effect: one.Effect, covers: compile(one) }))
  return request => {
    const effects = statements.filter(({ covers }) => covers(request)).map(({ effect }) => effect)
    return effects.includes('Allow') && !effects.includes('Deny')
  }
}

const KEYS = ['aws:sourcearn', 'aws:sourceaccount', 'aws:securetransport']

function compile({ Principal, Action, Resource, Condition: block }: Statement): ResourcePolicy {
  const actions = Action.map(action => likeText(action.toLowerCase()))
  const resources = Resource.map(likeArn)
  const holds: Condition = compileConditions(block, KEYS)
  return request =>
    isPrincipal(Principal, request.service) &&
    actions.some(fits => fits(request.action.toLowerCase())) &&
    resources.some(fits => fits(request.resource)) &&
    holds(contextOf(request))
}

/** An account's ARN stands for its people and roles, not for a service. */
function isPrincipal(principal: Statement['Principal'], service: string): boolean {
  if (principal === '*') return true
  const { AWS = [], Service = [] } = principal
  return AWS.includes('*') || Service.includes(service)
}

function contextOf({ sourceArn }: ServiceRequest): Record<string, string> {
  const source = sourceArn === undefined ? {} : { 'aws:sourcearn': sourceArn, 'aws:sourceaccount': ACCOUNT }
  return { 'aws:securetransport': 'true', ...source }
}
