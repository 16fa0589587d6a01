import { AwsError } from '../service.ts'

/** A route as it was written, `GET /releases/{id}`, compiled. */
export interface Route {
  readonly key: string
  readonly integrationId: string
  /** Undefined for `$default`, which takes what no other route takes. */
  readonly path?: CompiledPath
}

interface CompiledPath {
  method: string
  template: string
  expression: RegExp
  /** Per segment: 2 for a fixed one, 1 for `{name}`, 0 for `{name+}`. */
  ranks: number[]
}

export interface Found {
  route: Route
  /** By the names in the route's path; undefined where it has none. */
  parameters?: Record<string, string>
}

const METHODS = ['ANY', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export function compileRoute(key: string, integrationId: string): Route {
  if (key === '$default') return { key, integrationId }
  const [, method = '', template = ''] = /^([A-Z]+) (\/\S*)$/.exec(key) ?? []
  if (!METHODS.includes(method)) throw malformed()
  const segments = template.split('/').slice(1)
  const compiled = segments.map((segment, at) => compileSegment(segment, at === segments.length - 1))
  const expression = new RegExp(`^/${compiled.map(({ source }) => source).join('/')}$`)
  const ranks = compiled.map(({ rank }) => rank)
  return { key, integrationId, path: { method, template, expression, ranks } }
}

/** The most specific route that takes the request: fixed segments before variables, those before the rest of a path, a method before ANY. */
export function findRoute(routes: readonly Route[], method: string, rawPath: string): Found | undefined {
  const fitting = routes.filter(({ path }) => path && takes(path, method, rawPath))
  const [route = routes.find(({ path }) => !path)] = fitting.sort(moreSpecificFirst)
  if (!route) return undefined
  const groups = Object.entries(route.path?.expression.exec(rawPath)?.groups ?? {})
  const parameters = Object.fromEntries(groups.map(([name, value]) => [name, decoded(value)]))
  return { route, ...(groups.length > 0 && { parameters }) }
}

function takes(path: CompiledPath, method: string, rawPath: string): boolean {
  return (path.method === 'ANY' || path.method === method) && path.expression.test(rawPath)
}

function moreSpecificFirst({ path: one }: Route, { path: other }: Route): number {
  if (!one || !other) return 0
  const at = one.ranks.findIndex((rank, index) => rank !== other.ranks[index])
  if (at >= 0) return (other.ranks[at] ?? 0) - (one.ranks[at] ?? 0)
  return Number(one.method === 'ANY') - Number(other.method === 'ANY')
}

function compileSegment(segment: string, isLast: boolean): { source: string; rank: number } {
  const [, name, plus] = /^\{([A-Za-z_]\w*)(\+?)\}$/.exec(segment) ?? []
  if (name === undefined) {
    if (/[{}]/.test(segment)) throw malformed()
    return { source: segment.replace(/[.*+?^$()|[\]\\]/g, '\\$&'), rank: 2 }
  }
  if (!plus) return { source: `(?<${name}>[^/]+)`, rank: 1 }
  if (!isLast) throw malformed()
  return { source: `(?<${name}>.+)`, rank: 0 }
}

/** What is not percent-encoded UTF-8 stays as it came. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function malformed(): AwsError {
  const format = 'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
  const message = `The provided route key is not formatted properly for HTTP protocol. ${format}`
  return new AwsError('BadRequestException', message)
}
