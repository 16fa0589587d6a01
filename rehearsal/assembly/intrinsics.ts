import { ACCOUNT, arn, REGION } from '../aws/service.ts'
import type { Template } from './read.ts'

/** What a created resource answers to `Ref` and `Fn::GetAtt`. */
export interface Created {
  ref: string
  attributes: Readonly<Record<string, string>>
}

export interface Scope {
  stackName: string
  template: Pick<Template, 'Parameters' | 'Conditions'>
  /** Undefined: not in the template, or its condition does not hold. */
  resource(logicalId: string): Created | undefined
}

const NO_VALUE = Symbol('AWS::NoValue')

export const stackId = (stackName: string) =>
  arn('cloudformation', `stack/${stackName}/00000000-0000-0000-0000-000000000000`)

/** The value with every intrinsic function answered; one that is not known is refused by its name. */
export function resolve(value: unknown, scope: Scope): unknown {
  const resolved = evaluate(value, scope)
  return resolved === NO_VALUE ? undefined : resolved
}

/** The logical ids (and parameters) that a value speaks of. */
export function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references)
  if (!isObject(value)) return []
  const { Ref: ref, 'Fn::GetAtt': getAtt, 'Fn::Sub': sub } = value
  const direct = [
    ...(typeof ref === 'string' ? [ref] : []),
    ...(getAtt === undefined ? [] : [attributePath(getAtt)[0]]),
    ...(sub === undefined ? [] : placeholders(Array.isArray(sub) ? String(sub[0]) : String(sub))),
  ]
  return [...direct, ...Object.values(value).flatMap(references)]
}

/** Whether a named condition of the template holds. */
export function holds(condition: string, scope: Scope): boolean {
  const definition = scope.template.Conditions[condition]
  if (definition === undefined) throw new Error(`condition ${condition} is not in the template`)
  return evaluate(definition, scope) === true
}

type Function = (argument: unknown, scope: Scope) => unknown

const FUNCTIONS: Record<string, Function> = {
  Ref: (name, scope) => refer(String(name), scope),
  Condition: (name, scope) => holds(String(name), scope),
  'Fn::GetAtt': (argument, scope) => attribute(attributePath(argument), scope),
  'Fn::Sub': substitute,
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = list('Fn::Join', argument, 2)
    return list('Fn::Join', evaluate(parts, scope)).map(text).join(String(separator))
  },
  'Fn::Select': (argument, scope) => {
    const [index, from] = list('Fn::Select', evaluate(argument, scope), 2)
    const values = list('Fn::Select', from)
    if (values[Number(index)] === undefined)
      throw new Error(`Fn::Select: there is no ${index} in ${values.length} values`)
    return values[Number(index)]
  },
  'Fn::Split': (argument, scope) => {
    const [separator, whole] = list('Fn::Split', evaluate(argument, scope), 2)
    return text(whole).split(String(separator))
  },
  'Fn::If': (argument, scope) => {
    const [condition, then, otherwise] = list('Fn::If', argument, 3)
    return evaluate(holds(String(condition), scope) ? then : otherwise, scope)
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list('Fn::Equals', evaluate(argument, scope), 2)
    return text(left) === text(right)
  },
  'Fn::And': (argument, scope) => list('Fn::And', evaluate(argument, scope)).every(one => one === true),
  'Fn::Or': (argument, scope) => list('Fn::Or', evaluate(argument, scope)).some(one => one === true),
  'Fn::Not': (argument, scope) => list('Fn::Not', evaluate(argument, scope), 1)[0] !== true,
}

function evaluate(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map(one => evaluate(one, scope)).filter(one => one !== NO_VALUE)
  if (!isObject(value)) return value
  const [only, ...more] = Object.entries(value)
  if (only && more.length === 0) {
    const [name, argument] = only
    // A policy statement has a member `Condition` too, but never as the only one.
    if (Object.hasOwn(FUNCTIONS, name) && (name !== 'Condition' || typeof argument === 'string'))
      return FUNCTIONS[name]?.(argument, scope)
    if (name.startsWith('Fn::')) throw new Error(`${name} is not part of this rehearsal`)
  }
  const members = Object.entries(value).map(([name, member]) => [name, evaluate(member, scope)] as const)
  return Object.fromEntries(members.filter(([, member]) => member !== NO_VALUE))
}

function refer(name: string, scope: Scope): unknown {
  const created = scope.resource(name)
  if (created) return created.ref
  const parameter = scope.template.Parameters[name]
  if (parameter?.Type.startsWith('AWS::SSM::'))
    throw new Error(`parameter ${name} of type ${parameter.Type} is not part of this rehearsal`)
  if (parameter && parameter.Default === undefined) throw new Error(`parameter ${name} has no default`)
  if (parameter) return parameter.Default
  switch (name) {
    case 'AWS::AccountId':
      return ACCOUNT
    case 'AWS::NoValue':
      return NO_VALUE
    case 'AWS::Partition':
      return 'aws'
    case 'AWS::Region':
      return REGION
    case 'AWS::StackId':
      return stackId(scope.stackName)
    case 'AWS::StackName':
      return scope.stackName
    case 'AWS::URLSuffix':
      return 'amazonaws.com'
    default:
      throw new Error(`Ref: there is no ${name}`)
  }
}

function attribute([id, name]: [string, string], scope: Scope): string {
  const found = scope.resource(id)?.attributes[name]
  if (found === undefined) throw new Error(`Fn::GetAtt: ${id} has no attribute ${name} in this rehearsal`)
  return found
}

function attributePath(argument: unknown): [string, string] {
  const parts = typeof argument === 'string' ? argument.split('.') : list('Fn::GetAtt', argument, 2).map(String)
  const [id = '', ...name] = parts
  return [id, name.join('.')]
}

const PLACEHOLDER = /\$\{(?!!)([^}]+)\}/g
const placeholders = (template: string) =>
  [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name.split('.')[0] ?? '')

function substitute(argument: unknown, scope: Scope): string {
  const [template, given] = Array.isArray(argument) ? argument : [argument, {}]
  const values = Object.entries(isObject(given) ? given : {}).map(
    ([name, value]) => [name, evaluate(value, scope)] as const,
  )
  const own = new Map(values)
  return String(template)
    .replaceAll(PLACEHOLDER, (_, name: string) => {
      if (own.has(name)) return text(own.get(name))
      return text(name.includes('.') ? attribute(attributePath(name), scope) : refer(name, scope))
    })
    .replaceAll('${!', '${')
}

function list(name: string, value: unknown, count?: number): unknown[] {
  if (!Array.isArray(value) || (count !== undefined && value.length !== count))
    throw new Error(`${name} wants a list${count === undefined ? '' : ` of ${count}`}, not ${JSON.stringify(value)}`)
  return value
}

function text(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error(`a text is wanted here, not ${JSON.stringify(value)}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
