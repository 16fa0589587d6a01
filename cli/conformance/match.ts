/** The first difference between what was recorded and what happened, as a path and both values; undefined when none. */
export function difference(expected: unknown, actual: unknown, path = '$'): string | undefined {
  const wildcard = wildcardOf(expected)
  if (wildcard) return wildcard(actual, path)
  if (Array.isArray(expected)) return listDifference(expected, actual, path)
  if (isObject(expected)) return objectDifference(expected, actual, path)
  return Object.is(expected, actual) || expected === actual ? undefined : differs(path, expected, actual)
}

type Wildcard = (actual: unknown, path: string) => string | undefined

function wildcardOf(expected: unknown): Wildcard | undefined {
  if (!isObject(expected)) return undefined
  if ('$any' in expected) return (actual, path) => (actual === undefined ? `${path}: missing` : undefined)
  if ('$engineText' in expected) {
    return (actual, path) => (typeof actual === 'string' && actual !== '' ? undefined : `${path}: expected a text`)
  }
  if ('$regex' in expected) {
    const pattern = new RegExp(String(expected.$regex), 's')
    return (actual, path) =>
      typeof actual === 'string' && pattern.test(actual) ? undefined : differs(path, `/${pattern.source}/`, actual)
  }
  if ('$jsonText' in expected) return (actual, path) => difference(expected.$jsonText, parsed(actual), `${path}(json)`)
  return undefined
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

function listDifference(expected: unknown[], actual: unknown, path: string): string | undefined {
  if (!Array.isArray(actual)) return differs(path, expected, actual)
  for (const [at, value] of expected.entries()) {
    if (at >= actual.length) break
    const found = difference(value, actual[at], `${path}[${at}]`)
    if (found) return found
  }
  return actual.length === expected.length ? undefined : differs(`${path}.length`, expected.length, actual.length)
}

function objectDifference(expected: Record<string, unknown>, actual: unknown, path: string): string | undefined {
  if (!isObject(actual)) return differs(path, expected, actual)
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    if (!(key in expected) && actual[key] === undefined) continue
    if (!(key in expected)) return differs(`${path}.${key}`, undefined, actual[key])
    const found = difference(expected[key], actual[key], `${path}.${key}`)
    if (found) return found
  }
  return undefined
}

function differs(path: string, expected: unknown, actual: unknown): string {
  return `${path}: expected ${short(expected)}, got ${short(actual)}`
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 300)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
