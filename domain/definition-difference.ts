import type { Difference } from './approval.ts'

/**
 * What differs between two task definitions, value by value. Entries of a list that have a `name` are compared by it, so
 * that one that is added does not move all others; of several that share it, the first.
 */
export function differences(from: unknown, to: unknown): Difference[] {
  const [before, after] = [flattened(from), flattened(to)]
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap(path => {
    const [was, is] = [before.get(path), after.get(path)]
    if (was === is || (isEmptiness(was ?? is) && hasBelow(was === undefined ? before : after, path))) return []
    return [{ path, ...(was !== undefined && { from: was }), ...(is !== undefined && { to: is }) }]
  })
}

/** What is empty on one side is told by what the other has there. */
const isEmptiness = (value: string | undefined) => value === '[]' || value === '{}'
const hasBelow = (values: Map<string, string>, path: string) =>
  [...values.keys()].some(other => other.startsWith(`${path}.`))

function flattened(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value === undefined) return into
  if (Array.isArray(value)) {
    const names = value.map(nameOf)
    for (const [at, entry] of value.entries()) {
      const name = names.indexOf(names[at]) === at ? names[at] : undefined
      flattened(name === undefined ? entry : withoutName(entry), joined(path, name ?? String(at)), into)
    }
    if (value.length === 0) into.set(path, '[]')
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) flattened(member, joined(path, key), into)
    if (path && Object.keys(value).length === 0) into.set(path, '{}')
  } else into.set(path, typeof value === 'string' ? value : JSON.stringify(value))
  return into
}

const joined = (path: string, key: string) => (path ? `${path}.${key}` : key)

function nameOf(entry: unknown): string | undefined {
  return isObject(entry) && typeof entry.name === 'string' ? entry.name : undefined
}

/** The name is part of the path; `{name, value}` is then the value alone. */
function withoutName(entry: unknown): unknown {
  if (!isObject(entry)) return entry
  const { name: _, ...rest } = entry
  const [only, ...more] = Object.entries(rest)
  return only?.[0] === 'value' && more.length === 0 ? only[1] : rest
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
