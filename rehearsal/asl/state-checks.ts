import { integrationOf, type Problem } from './definition.ts'
import { expressionIn } from './expression.ts'
import * as rules from './rules.ts'
import { expressionProblems } from './variables.ts'

export type Fields = Record<string, unknown>
export type Found = Omit<Problem, 'code'> & { code?: Problem['code'] }
type Findings = Generator<Found>

export function invalid(message: string, at: string, code?: Problem['code']): Found {
  return code ? { kind: 'invalid', message, at, code } : { kind: 'invalid', message, at }
}

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

export function* known(fields: Fields, allowed: string[], at: string): Findings {
  for (const name of Object.keys(fields)) {
    if (!allowed.includes(name)) yield invalid(`The field '${name}' is not supported by Step Functions`, at)
  }
  if (fields.Comment !== undefined && typeof fields.Comment !== 'string') {
    yield invalid("The field 'Comment' must be a string", at)
  }
}

export function* required(fields: Fields, names: string[], at: string): Findings {
  for (const name of names) {
    if (fields[name] === undefined) yield invalid(`The field '${name}' is required but was missing`, at)
  }
}

export function* template(value: unknown, at: string, sees: string[]): Findings {
  for (const problem of expressionProblems(value, at, sees)) yield invalid(problem.message, problem.at)
}

export function* number(fields: Fields, name: string, rule: rules.NumberRule, at: string): Findings {
  const value = fields[name]
  if (value === undefined) return
  if (rule.expression && expressionIn(value) !== undefined) return yield* template(value, `${at}/${name}`, [])
  const problem = rules.numberProblem(name, value, rule)
  if (problem) yield invalid(problem, at)
}

/** What the fields of any state may hold. */
export function* values(state: Fields, at: string): Findings {
  for (const [field, rule] of Object.entries(rules.NUMBERS)) yield* number(state, field, rule, at)
  // A state that calls nothing has no result.
  const answered = ['Task', 'Map', 'Parallel'].includes(state.Type as string)
  for (const [field, sees] of Object.entries(rules.TEMPLATES)) {
    yield* template(state[field], `${at}/${field}`, sees && answered ? [sees] : [])
  }
  for (const field of ['Error', 'Cause', 'Timestamp']) {
    if (state[field] !== undefined && typeof state[field] !== 'string') {
      yield invalid(`The field '${field}' must be a string`, at)
    }
  }
  if (state.Assign !== undefined && !isFields(state.Assign)) yield invalid("The field 'Assign' must be an object", at)
  const { Items } = state
  if (Items !== undefined && (Items === null || typeof Items !== 'object') && expressionIn(Items) === undefined) {
    yield invalid("The field 'Items' must be an array, an object or an expression", at)
  }
}

export function* endOrNext(state: Fields, at: string): Findings {
  const { Next, End } = state
  if (Next === undefined && End === undefined) yield invalid("One of the fields 'Next' and 'End' is required", at)
  if (Next !== undefined && End !== undefined) yield invalid("Only one of 'Next' and 'End' is allowed", at)
  if (End !== undefined && End !== true) yield invalid("The field 'End' must be true", at)
}

export function* task(name: string, state: Fields, at: string): Findings {
  const { Resource, TimeoutSeconds, HeartbeatSeconds, Credentials } = state
  if (typeof Resource !== 'string') return
  if (/^arn:aws[\w-]*:states:[\w-]*:\d*:activity:/.test(Resource)) {
    const message = `The state '${name}' uses an activity, which is not rehearsed: ${Resource}`
    yield { kind: 'unsupported', message, at }
  } else if (!integrationOf(Resource)) {
    yield invalid(`The resource provided ${Resource} is not recognized`, `${at}/Resource`)
  }
  if (isFields(Credentials)) yield* required(Credentials, ['RoleArn'], `${at}/Credentials`)
  const both = typeof TimeoutSeconds === 'number' && typeof HeartbeatSeconds === 'number'
  if (both && HeartbeatSeconds >= TimeoutSeconds) {
    yield invalid("The field 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'", at)
  }
}

export function* choices(state: Fields, at: string): Findings {
  if (!Array.isArray(state.Choices) || state.Choices.length === 0) {
    if (state.Choices !== undefined) yield invalid("The field 'Choices' must be a non-empty array", at)
    return
  }
  for (const [index, rule] of state.Choices.entries()) yield* choiceRule(rule, `${at}/Choices[${index}]`)
}

function* choiceRule(rule: unknown, at: string): Findings {
  if (!isFields(rule)) return yield invalid('A choice must be an object', at)
  yield* known(rule, rules.CHOICE_FIELDS, at)
  yield* required(rule, ['Condition', 'Next'], at)
  const { Condition } = rule
  if (Condition !== undefined && typeof Condition !== 'boolean' && expressionIn(Condition) === undefined) {
    yield invalid("The field 'Condition' must be a boolean or an expression", at)
  }
  for (const field of ['Condition', 'Output', 'Assign']) yield* template(rule[field], `${at}/${field}`, [])
}

export function* wait({ Seconds, Timestamp }: Fields, at: string): Findings {
  if ((Seconds === undefined) === (Timestamp === undefined)) {
    yield invalid("Exactly one of the fields 'Seconds' and 'Timestamp' is required", at)
  }
}

export function* handlers(state: Fields, at: string): Findings {
  for (const [field, allowed] of [
    ['Retry', rules.RETRY_FIELDS],
    ['Catch', rules.CATCH_FIELDS],
  ] as const) {
    const list = state[field]
    if (list === undefined) continue
    if (!Array.isArray(list)) {
      yield invalid(`The field '${field}' must be an array`, at)
      continue
    }
    for (const [index, entry] of list.entries()) {
      const where = `${at}/${field}[${index}]`
      if (!isFields(entry)) yield invalid(`An entry of '${field}' must be an object`, where)
      else yield* handler(entry, allowed, index === list.length - 1, where)
    }
  }
}

function* handler(entry: Fields, allowed: string[], last: boolean, at: string): Findings {
  yield* known(entry, allowed, at)
  yield* required(entry, allowed.includes('Next') ? ['ErrorEquals', 'Next'] : ['ErrorEquals'], at)
  const { ErrorEquals, JitterStrategy } = entry
  if (ErrorEquals !== undefined && (!Array.isArray(ErrorEquals) || ErrorEquals.length === 0)) {
    yield invalid("The field 'ErrorEquals' must be a non-empty array", at)
  } else if (Array.isArray(ErrorEquals) && ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || !last)) {
    yield invalid("'States.ALL' must stand alone and in the last entry", at)
  }
  for (const [field, rule] of Object.entries(rules.RETRY_NUMBERS)) yield* number(entry, field, rule, at)
  if (JitterStrategy !== undefined && JitterStrategy !== 'NONE' && JitterStrategy !== 'FULL') {
    yield invalid("The field 'JitterStrategy' must be NONE or FULL", at)
  }
  for (const field of ['Output', 'Assign']) yield* template(entry[field], `${at}/${field}`, ['errorOutput'])
}

/** Transitions to states that do not exist, and states that no transition reaches. */
export function* transitions(states: Fields, start: unknown, at: string): Findings {
  const missing = (target: unknown, where: string) =>
    invalid(`Missing 'Next' target: ${target}`, where, 'MISSING_TRANSITION_TARGET')
  if (start !== undefined && !isFields(states[start as string])) yield missing(start, `${at}/StartAt`)
  const reached = new Set<unknown>([start])
  const open = [start]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = states[name as string]
    if (!isFields(state)) continue
    for (const target of targets(state)) {
      if (!isFields(states[target as string])) yield missing(target, `${at}/States/${name}`)
      if (!reached.has(target)) open.push(target)
      reached.add(target)
    }
  }
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) {
      yield invalid(`State "${name}" is not reachable`, `${at}/States/${name}`, 'MISSING_TRANSITION_TARGET')
    }
  }
}

function targets(state: Fields): unknown[] {
  const lists = [state.Choices, state.Catch].filter(Array.isArray).flat()
  return [state.Next, state.Default, ...lists.map(entry => entry?.Next)].filter(target => target !== undefined)
}
