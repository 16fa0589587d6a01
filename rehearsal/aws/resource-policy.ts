import { z } from 'zod'
import { ACCOUNT } from './service.ts'
import { notRehearsed } from './wire/endpoint.ts'

/** A service that wants to do something to a resource, for something else that it acts for. */
export interface ServiceRequest {
  service: string
  action: string
  resource: string
  sourceArn: string
}

/** Whether the policy of a resource lets a service in. */
export type ResourcePolicy = (request: ServiceRequest) => boolean

const oneOrMore = z.union([z.string().transform(one => [one]), z.array(z.string())])

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.strictObject({ AWS: oneOrMore, Service: oneOrMore }).partial()]),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).default({}),
})

const document = z.strictObject({
  Version: z.string().optional(),
  Id: z.string().optional(),
  Statement: z.array(statement),
})

type Statement = z.output<typeof statement>

/** Compiles a policy document; an element, a condition's operator or its key that is not known is refused by name. */
export function compileResourcePolicy(given: unknown): ResourcePolicy {
  const statements = document.parse(given).Statement.map(one => ({ effect: one.Effect, covers: compile(one) }))
  return request => {
    const effects = statements.filter(({ covers }) => covers(request)).map(({ effect }) => effect)
    return effects.includes('Allow') && !effects.includes('Deny')
  }
}

function compile({ Principal, Action, Resource, Condition }: Statement): ResourcePolicy {
  const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => compileCondition(operator, key, values)),
  )
  return request =>
    isPrincipal(Principal, request.service) &&
    Action.some(action => like(action.toLowerCase(), request.action.toLowerCase())) &&
    Resource.some(resource => like(resource, request.resource)) &&
    conditions.every(holds => holds(request))
}

/** An account's ARN stands for its people and roles, not for a service. */
function isPrincipal(principal: Statement['Principal'], service: string): boolean {
  if (principal === '*') return true
  const { AWS = [], Service = [] } = principal
  return AWS.includes('*') || Service.includes(service)
}

const OPERATORS: Record<string, (wanted: string, value: string) => boolean> = {
  ArnEquals: like,
  ArnLike: like,
  StringEquals: (wanted, value) => wanted === value,
  StringLike: like,
  Bool: (wanted, value) => wanted.toLowerCase() === value,
}

const KEYS: Record<string, (request: ServiceRequest) => string> = {
  'aws:sourcearn': ({ sourceArn }) => sourceArn,
  'aws:sourceaccount': () => ACCOUNT,
  'aws:securetransport': () => 'true',
}

function compileCondition(operator: string, key: string, values: string[]): ResourcePolicy {
  const test = OPERATORS[operator]
  if (!test) throw notRehearsed(`the condition operator ${operator}`)
  const actual = KEYS[key.toLowerCase()]
  if (!actual) throw notRehearsed(`the condition key ${key}`)
  return request => values.some(wanted => test(wanted, actual(request)))
}

function like(wanted: string, value: string): boolean {
  const source = wanted
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(value)
}
