import { AwsError } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import { isRecord } from '../wire/shape.ts'

/** One alternative of a field's list. */
export interface Leaf {
  test: (value: unknown) => boolean
  /** Asks that there be no value at all. */
  absent?: true
}

type Test = Leaf['test']

export function invalidPattern(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`)
}

export function compileLeaf(wanted: unknown): Leaf {
  if (!isRecord(wanted)) return { test: equals(wanted) }
  const [operator, operand] = onlyEntry(wanted)
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw invalidPattern('exists match pattern must be either true or false.')
    return operand ? { test: () => true } : { test: () => false, absent: true }
  }
  return { test: compileOperator(operator, operand) }
}

function compileOperator(operator: string, operand: unknown): Test {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return affix(operator, operand)
    case 'equals-ignore-case':
      return onStrings(sameIgnoringCase(text(operator, operand)))
    case 'wildcard':
      return onStrings(wildcard(text(operator, operand)))
    case 'anything-but':
      return anythingBut(operand)
    case 'numeric':
      return numeric(operand)
    case 'cidr':
      throw notRehearsed('the event pattern operator "cidr"')
    default:
      throw invalidPattern(`Unrecognized match type ${operator}`)
  }
}

function equals(wanted: unknown): Test {
  if (Array.isArray(wanted)) throw invalidPattern('Match value must be String, number, true, false, or null')
  return value => value === wanted
}

function affix(operator: 'prefix' | 'suffix', operand: unknown): Test {
  if (isRecord(operand)) {
    const [inner, innerOperand] = onlyEntry(operand)
    if (inner !== 'equals-ignore-case') throw invalidPattern(`Unsupported ${operator} pattern: ${inner}`)
    const wanted = text(inner, innerOperand).toLowerCase()
    return onStrings(value => hasAffix(operator, value.toLowerCase(), wanted))
  }
  const wanted = text(operator, operand)
  return onStrings(value => hasAffix(operator, value, wanted))
}

function hasAffix(operator: 'prefix' | 'suffix', value: string, wanted: string): boolean {
  return operator === 'prefix' ? value.startsWith(wanted) : value.endsWith(wanted)
}

/** A value of another type than the excluded ones is, by that, something else. */
function anythingBut(operand: unknown): Test {
  if (!isRecord(operand)) {
    const excluded = nonEmptyList(operand)
    const kinds = new Set(excluded.map(value => typeof value))
    const [kind] = kinds
    if (kinds.size !== 1 || (kind !== 'string' && kind !== 'number')) {
      throw invalidPattern('Inside anything but list, values must be all strings or all numbers')
    }
    return value => !excluded.includes(value)
  }
  const [operator, innerOperand] = onlyEntry(operand)
  if (!['prefix', 'suffix', 'wildcard', 'equals-ignore-case'].includes(operator)) {
    throw invalidPattern(`Unsupported anything-but pattern: ${operator}`)
  }
  const excluded = nonEmptyList(innerOperand).map(each => compileOperator(operator, each))
  return value => !excluded.some(test => test(value))
}

/** EventBridge's limit for numbers in patterns. */
const FURTHEST = 5e9

const COMPARISONS: Record<string, (value: number, bound: number) => boolean> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

function numeric(operand: unknown): Test {
  const terms = nonEmptyList(operand)
  const bounds: { operator: string; bound: number }[] = []
  for (let at = 0; at < terms.length; at += 2) {
    const [operator, bound] = terms.slice(at, at + 2)
    if (typeof operator !== 'string' || !(operator in COMPARISONS)) {
      throw invalidPattern(`Unrecognized numeric range operator: ${operator}`)
    }
    if (typeof bound !== 'number') throw invalidPattern(`Value of ${operator} must be numeric`)
    if (Math.abs(bound) > FURTHEST) throw invalidPattern('Value must be between -5.0E9 and 5.0E9, inclusive')
    bounds.push({ operator, bound })
  }
  const [lower, upper] = bounds
  if (bounds.length > 2 || (upper && !(lower?.operator.startsWith('>') && upper.operator.startsWith('<')))) {
    throw invalidPattern('Too many terms in numeric range expression')
  }
  if (lower && upper && lower.bound >= upper.bound) throw invalidPattern('Bottom must be less than top')
  return value =>
    typeof value === 'number' && bounds.every(({ operator, bound }) => COMPARISONS[operator]?.(value, bound))
}

/** `*` stands for any characters; a backslash takes the next `*` or backslash by its letter. */
function wildcard(pattern: string): (value: string) => boolean {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at)
    if (character === '\\') {
      const escaped = pattern.charAt(++at)
      if (escaped !== '*' && escaped !== '\\') throw invalidPattern(`Invalid escape character at pos ${at - 1}`)
      source += `\\${escaped}`
    } else if (character === '*') {
      if (pattern.charAt(at + 1) === '*') throw invalidPattern(`Consecutive wildcard characters at pos ${at}`)
      source += '[^]*'
    } else {
      source += character.replace(/[.+?^${}()|[\]/]/, '\\$&')
    }
  }
  const whole = new RegExp(`^${source}$`, 'u')
  return value => whole.test(value)
}

function sameIgnoringCase(wanted: string): (value: string) => boolean {
  const lower = wanted.toLowerCase()
  return value => value.toLowerCase() === lower
}

function onStrings(test: (value: string) => boolean): Test {
  return value => typeof value === 'string' && test(value)
}

function text(operator: string, operand: unknown): string {
  if (typeof operand !== 'string') throw invalidPattern(`${operator} match pattern must be a string`)
  if (operand === '' && operator !== 'equals-ignore-case') throw invalidPattern('Null prefix/suffix not allowed')
  return operand
}

function nonEmptyList(operand: unknown): unknown[] {
  const list = Array.isArray(operand) ? operand : [operand]
  if (list.length === 0) throw invalidPattern('Empty arrays are not allowed')
  return list
}

function onlyEntry(expression: Record<string, unknown>): [string, unknown] {
  const [entry, ...more] = Object.entries(expression)
  if (!entry) throw invalidPattern('Empty expression not allowed')
  if (more.length > 0) throw invalidPattern('Only one key allowed in match expression')
  return entry
}
