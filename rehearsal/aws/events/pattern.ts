import { isRecord } from '../wire/shape.ts'
import { compileLeaf, invalidPattern, type Leaf } from './leaf.ts'

export type Matches = (event: Record<string, unknown>) => boolean

/** Compiles an event pattern; an invalid one is refused in AWS's words, an operator that is not rehearsed by name. */
export function compilePattern(pattern: unknown): Matches {
  if (!isRecord(pattern)) throw invalidPattern('Filter is not an object')
  const matches = compileObject(pattern)
  return event => matches(event)
}

/** Says whether an object of the event has what the pattern asks; what is not there is asked as an empty object. */
type ObjectTest = (value: Record<string, unknown>) => boolean

function compileObject(pattern: Record<string, unknown>): ObjectTest {
  const fields = Object.entries(pattern)
  if (fields.length === 0) throw invalidPattern('Empty objects are not allowed')
  const tests = fields.map(([name, wanted]) => (name === '$or' ? compileOr(wanted) : compileField(name, wanted)))
  return value => tests.every(test => test(value))
}

function compileOr(wanted: unknown): ObjectTest {
  if (!Array.isArray(wanted) || wanted.length < 2 || !wanted.every(isRecord)) {
    throw invalidPattern('"$or" must be an array of at least two objects')
  }
  const alternatives = wanted.map(compileObject)
  return value => alternatives.some(test => test(value))
}

function compileField(name: string, wanted: unknown): ObjectTest {
  if (Array.isArray(wanted)) {
    if (wanted.length === 0) throw invalidPattern('Empty arrays are not allowed')
    const leaves = wanted.map(compileLeaf)
    return value => matchesAny(leaves, scalars(value[name]))
  }
  if (!isRecord(wanted)) throw invalidPattern(`"${name}" must be an object or an array`)
  const inner = compileObject(wanted)
  return value => objects(value[name]).some(inner)
}

function matchesAny(leaves: Leaf[], values: unknown[]): boolean {
  return leaves.some(leaf => (leaf.absent ? values.length === 0 : values.some(leaf.test)))
}

/** The values that a leaf is compared with: one, an array's elements, or none where there is nothing or an object. */
function scalars(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(scalars)
  return value === undefined || isRecord(value) ? [] : [value]
}

/** The objects that a nested pattern is held against; of an array, all fields must be met by one and the same element. */
function objects(value: unknown): Record<string, unknown>[] {
  const found = (Array.isArray(value) ? value : [value]).filter(isRecord)
  return found.length > 0 ? found : [{}]
}
