import * as z from 'zod'
import { applicationSchema } from '../../domain/application.ts'

/** What can be written wrongly in an application file, derived from its schema: nobody has to think of each mistake. */

export type Spoil = 'missing' | 'ill-typed' | 'out of range' | 'unknown'

export interface Mistaken {
  spoil: Spoil
  /** Where the mistake is to be told. */
  path: string
  /** The file with this one mistake. */
  file: unknown
  /** What stands there now; undefined where the field was taken away. */
  value: unknown
}

export interface Derived {
  mistakes: Mistaken[]
  /** Fields of the schema that the file does not have, so that none of their mistakes was derived. */
  absent: string[]
}

/** What z.toJSONSchema says of a field, as far as mistakes can be derived from it. */
interface Node {
  type?: string
  const?: unknown
  enum?: unknown[]
  properties?: Record<string, Node>
  required?: string[]
  additionalProperties?: Node | boolean
  items?: Node
  oneOf?: Node[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}

/** Every mistake that the schema lets one make in this file, one at a time. */
export function mistakesIn(file: object): Derived {
  const derived: Derived = { mistakes: [], absent: [] }
  const absent = new Map<string, boolean>()
  walk(z.toJSONSchema(applicationSchema, { io: 'input' }) as Node, file, [], { file, derived, absent })
  derived.absent = [...absent].flatMap(([field, isAbsent]) => (isAbsent ? field : []))
  return derived
}

interface Walk {
  file: object
  derived: Derived
  /** By place in the schema, whatever the index in a list: whether no part of the file has it. */
  absent: Map<string, boolean>
}

function walk(node: Node, value: unknown, path: (string | number)[], at: Walk): void {
  const spoil = (kind: Spoil, wrong: unknown, where = path) =>
    at.derived.mistakes.push({
      spoil: kind,
      path: where.join('.'),
      file: withValue(at.file, where, wrong),
      value: wrong,
    })
  const known = node.oneOf?.find(({ properties }) => properties?.kind?.const === (value as { kind?: unknown }).kind)
  if (node.oneOf && !known) throw new Error(`${path.join('.')}: none of the kinds that the schema knows`)
  const { type, properties, required = [], additionalProperties, items, ...limits } = known ?? node

  if (path.length > 0) spoil('ill-typed', type === 'string' ? 7 : type === undefined ? null : 'a text')
  for (const wrong of outOfRange({ ...limits, ...(type && { type }) }, value)) spoil('out of range', wrong)

  const fields = value as Record<string, unknown>
  for (const [name, field] of Object.entries(properties ?? {})) {
    const place = [...path, name].filter(part => typeof part === 'string').join('.')
    const isHere = fields[name] !== undefined
    at.absent.set(place, !isHere && (at.absent.get(place) ?? true))
    if (!isHere) continue
    if (required.includes(name)) spoil('missing', undefined, [...path, name])
    walk(field, fields[name], [...path, name], at)
  }
  if (properties) spoil('unknown', 'red', [...path, 'colour'])
  if (typeof additionalProperties === 'object')
    for (const [name, entry] of Object.entries(fields)) walk(additionalProperties, entry, [...path, name], at)
  if (items) for (const [index, entry] of (value as unknown[]).entries()) walk(items, entry, [...path, index], at)
}

function outOfRange(node: Node, value: unknown): unknown[] {
  const { pattern, minLength, maxLength, minimum, maximum, minItems, maxItems } = node
  return [
    ...(pattern !== undefined ? ['\u0000 of no such form'] : []),
    ...(minLength ? ['x'.repeat(minLength - 1)] : []),
    ...(maxLength !== undefined ? ['x'.repeat(maxLength + 1)] : []),
    ...(minimum !== undefined ? [minimum - 1] : []),
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? [maximum + 1] : []),
    ...(minItems ? [(value as unknown[]).slice(0, minItems - 1)] : []),
    ...(maxItems !== undefined ? [Array.from({ length: maxItems + 1 }, () => (value as unknown[])[0])] : []),
    ...(node.enum !== undefined || node.const !== undefined ? ['nothing that is known'] : []),
  ]
}

/** A copy of the file with another value at the path; undefined takes the field away. */
export function withValue(file: object, path: (string | number)[], value: unknown): object {
  const copy = structuredClone(file) as Record<string | number, unknown>
  const last = path.at(-1) ?? ''
  const parent = path.slice(0, -1).reduce((part, key) => part[key] as Record<string | number, unknown>, copy)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return copy
}
