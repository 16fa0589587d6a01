import jsonata from 'jsonata'
import type { Json } from './definition.ts'
import { stepFunctionsExtras } from './extras.ts'

/** What an expression can see. */
export interface Scope {
  states: { input: Json; context: Json; result?: Json; errorOutput?: Json }
  variables: Record<string, Json>
  /** The time for `$now()` and `$millis()`. */
  now: number
}

/** An expression, or what it returned, is not what its field needs. */
export class ExpressionFailed extends Error {
  /** The field, or undefined where AWS names none. */
  readonly location: string | undefined

  constructor(message: string, location: string | undefined) {
    super(message)
    this.location = location
  }
}

export type Expected = 'array' | 'boolean' | 'integer' | 'number' | 'string' | 'any'

/** The text between the delimiters, or undefined for a constant: the delimiters must touch both quotes. */
export function expressionIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.length >= 4 && value.startsWith('{%') && value.endsWith('%}')
    ? value.slice(2, -2).trim()
    : undefined
}

/** A JSON value in which every expression, at any depth, is replaced by what it returns. */
export async function fillIn(template: Json, location: string, scope: Scope): Promise<Json> {
  const expression = expressionIn(template)
  if (expression !== undefined) return evaluate(expression, location, scope)
  if (Array.isArray(template)) {
    const filled: Json[] = []
    for (const [at, element] of template.entries()) filled.push(await fillIn(element, `${location}[${at}]`, scope))
    return filled
  }
  if (template === null || typeof template !== 'object') return template
  const filled: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(template)) filled[key] = await fillIn(value, `${location}/${key}`, scope)
  return filled
}

/** As {@link fillIn}, for a field that takes one type only. */
export async function fillInAs(expected: Expected, template: Json, location: string, scope: Scope): Promise<Json> {
  const value = await fillIn(template, location, scope)
  if (fits(expected, value)) return value
  const expression = expressionIn(template)
  const what = expression === undefined ? `value '${JSON.stringify(template)}'` : `JSONata expression '${expression}'`
  throw new ExpressionFailed(
    `The ${what} specified for the field '${location}' returned an unexpected result type. Expected '${expected}', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`,
    location,
  )
}

function fits(expected: Expected, value: Json): boolean {
  if (expected === 'any') return true
  if (expected === 'integer') return Number.isInteger(value)
  return typeName(value) === expected
}

function typeName(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
}

const LIMIT_MICROSECONDS = 1_000_000
const STEPS_BETWEEN_LOOKS = 256
const ENTRY_HOOK = Symbol.for('jsonata.__evaluate_entry')

class ExpressionTimedOut extends Error {}

/** Thread time instead of time of day: a machine that is busy elsewhere must not fail an expression. */
function timeLimit(): () => void {
  const start = process.threadCpuUsage()
  let steps = 0
  return () => {
    if (++steps % STEPS_BETWEEN_LOOKS > 0) return
    const { user, system } = process.threadCpuUsage(start)
    if (user + system > LIMIT_MICROSECONDS) throw new ExpressionTimedOut('The expression ran longer than 1 second.')
  }
}

async function evaluate(expression: string, location: string, scope: Scope): Promise<Json> {
  const failed = (what: string) =>
    new ExpressionFailed(
      `The JSONata expression '${expression}' specified for the field '${location}' ${what}`,
      location,
    )
  let value: unknown
  try {
    const compiled = jsonata(expression)
    const bindings = { ...stepFunctionsExtras(scope.now), ...scope.variables, states: scope.states }
    for (const [name, bound] of Object.entries(bindings)) compiled.assign(name, bound)
    // The hook's name is a symbol, which the package's own typing of assign does not know.
    compiled.assign(ENTRY_HOOK as unknown as string, timeLimit())
    value = await compiled.evaluate(undefined)
  } catch (error) {
    if (error instanceof ExpressionTimedOut) throw failed(`timed out. ${error.message}`)
    throw failed(`threw an error during evaluation. ${reason(error)}`)
  }
  if (value === undefined) throw failed('returned nothing (undefined).')
  if (!isData(value)) throw failed('returned an unsupported result type.')
  return JSON.parse(JSON.stringify(value)) as Json
}

/** JSONata throws plain objects with code and message, not Errors. */
function reason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ? `${code}: ${message}` : `${message ?? String(error)}`
}

function isData(value: unknown): boolean {
  if (typeof value === 'function') return false
  if (typeof value === 'number') return Number.isFinite(value)
  if (value === null || typeof value !== 'object') return true
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) return false
  return Object.values(value).every(isData)
}
