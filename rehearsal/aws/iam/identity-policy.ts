import { z } from 'zod'
import { notRehearsed } from '../wire/endpoint.ts'
import { type Condition, compileConditions, conditionBlock, oneOrMore, refuseVariables } from './conditions.ts'
import { likeArn, likeText, type Pattern } from './patterns.ts'

/** One statement of a role's policy. */
export interface IdentityStatement {
  effect: 'Allow' | 'Deny'
  /** Its Sid, else its place in the policy. */
  name: string
  /** Takes an action in lower case. */
  covers: Pattern
  resources: readonly { text: string; fits: Pattern }[]
  holds: Condition
}

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: conditionBlock,
})

const document = z.strictObject({
  Version: z.string().optional(),
  Statement: z.union([statement.transform(one => [one]), z.array(statement)]),
})

/** The condition keys that services here bring with their requests. */
const KEYS = ['ecs:cluster', 'ecs:createaction', 'iam:passedtoservice', 'kms:viaservice']

/** Compiles a role's policy; an element, a policy variable, a condition's operator or its key that is not known is refused by name. */
export function compileIdentityPolicy(policy: string, given: unknown): IdentityStatement[] {
  const parsed = document.safeParse(given)
  if (!parsed.success) throw unknownElement(policy, parsed.error)
  return parsed.data.Statement.map(({ Sid, Effect, Action, Resource, Condition: block }, at) => ({
    effect: Effect,
    name: Sid || `${policy}[${at}]`,
    covers: compileActions(Action),
    resources: Resource.map(text => ({ text, fits: compileResource(text) })),
    holds: compileConditions(block, KEYS),
  }))
}

function compileActions(actions: string[]): Pattern {
  const malformed = actions.find(action => !/^(\*|[a-z0-9-]+:[a-z0-9*?]+)$/i.test(action))
  if (malformed) throw new Error(`the action ${malformed} must be "*", or a service and one of its actions`)
  const patterns = actions.map(action => likeText(action.toLowerCase()))
  return action => patterns.some(fits => fits(action))
}

function compileResource(text: string): Pattern {
  refuseVariables(text)
  return likeArn(text)
}

function unknownElement(policy: string, error: z.ZodError): Error {
  const [issue] = error.issues.flatMap(one => (one.code === 'invalid_union' ? one.errors.flat() : [one])).reverse()
  const where = `${policy}: ${issue?.path.join('.')}`
  if (issue?.code === 'unrecognized_keys') return notRehearsed(`${where}.${issue.keys.join(', ')}`)
  return new Error(`${where}: ${issue?.message}`)
}
