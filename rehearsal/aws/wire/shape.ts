import type { NormalizedSchema } from '@smithy/core/schema'
import { AwsError } from '../service.ts'
import { ConstraintViolation } from './constraints.ts'

/** The value of a JSON document as the schema's type; the SDK's own readers take what AWS refuses. Unknown members and nulls are dropped. */
export function readShape(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.isDocumentSchema()) return value
  if (schema.isStructSchema()) return readStruct(schema, record(value))
  if (schema.isMapSchema()) {
    const values = schema.getValueSchema()
    return Object.fromEntries(present(record(value)).map(([key, member]) => [key, readShape(values, member)]))
  }
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw illTyped(isRecord(value) ? START_OF_STRUCTURE : 'Unexpected field type')
    const members = schema.getValueSchema()
    return value.filter(isPresent).map(member => readShape(members, member))
  }
  return readScalar(schema, value)
}

/** Says of every required member that is absent what AWS says, wherever it is. */
export function demandRequired(schema: NormalizedSchema, input: unknown): void {
  const missing = [...missingMembers(schema, input, '')]
  if (missing.length > 0)
    throw new ConstraintViolation(
      ...missing.map(path => ({ path, value: undefined, constraint: 'Member must not be null' })),
    )
}

export function illTyped(message: string): AwsError {
  return new AwsError('SerializationException', message)
}

const START_OF_STRUCTURE = 'Start of structure or map found where not expected.'

function readStruct(schema: NormalizedSchema, value: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [name, member] of schema.structIterator()) {
    const given = value[member.getMergedTraits().jsonName ?? name]
    if (isPresent(given)) result[name] = readShape(member, given)
  }
  return result
}

function readScalar(schema: NormalizedSchema, value: unknown): unknown {
  if (Array.isArray(value)) throw illTyped('Start of list found where not expected')
  if (isRecord(value)) throw illTyped(START_OF_STRUCTURE)
  if (schema.isTimestampSchema()) return timestamp(value)
  if (schema.isBlobSchema()) return typeof value === 'string' ? Buffer.from(value, 'base64') : refuse(value, 'a Blob')
  if (schema.isStringSchema()) return typeof value === 'string' ? value : refuse(value, 'a String')
  if (schema.isBooleanSchema()) return typeof value === 'boolean' ? value : refuse(value, 'a Boolean')
  return typeof value === 'number' ? value : refuse(value, 'a Number')
}

function timestamp(value: unknown): Date {
  const date = typeof value === 'number' ? new Date(value * 1000) : new Date(String(value))
  return Number.isNaN(date.getTime()) ? refuse(value, 'a Timestamp') : date
}

function refuse(value: unknown, wanted: string): never {
  const kind = typeof value === 'boolean' ? String(value).toUpperCase() : (typeof value).toUpperCase()
  throw illTyped(`${kind}_VALUE can not be converted to ${wanted}`)
}

function* missingMembers(schema: NormalizedSchema, value: unknown, path: string): Generator<string> {
  if (schema.isListSchema() && Array.isArray(value)) {
    const member = schema.getValueSchema()
    for (const [at, item] of value.entries()) yield* missingMembers(member, item, `${path}.${at + 1}.member`)
  } else if (schema.isMapSchema() && isRecord(value)) {
    const member = schema.getValueSchema()
    for (const [key, item] of Object.entries(value)) yield* missingMembers(member, item, `${path}.${key}.member`)
  } else if (schema.isStructSchema() && isRecord(value)) {
    const required = requiredCount(schema)
    for (const [at, [name, member]] of [...schema.structIterator()].entries()) {
      const inner = `${path && `${path}.`}${name.charAt(0).toLowerCase()}${name.slice(1)}`
      if (value[name] !== undefined) yield* missingMembers(member, value[name], inner)
      else if (at < required && !member.isIdempotencyToken()) yield inner
    }
  }
}

/** A structure's schema lists its required members first and ends with their number. */
function requiredCount(schema: NormalizedSchema): number {
  const required = (schema.getSchema() as readonly unknown[])[6]
  return typeof required === 'number' ? required : 0
}

function record(value: unknown): Record<string, unknown> {
  if (isRecord(value)) return value
  throw illTyped(Array.isArray(value) ? 'Start of list found where not expected' : 'Unexpected field type')
}

function present(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).filter(([, member]) => isPresent(member))
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
