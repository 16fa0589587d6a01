/** How a request of ours reaches a green that has no users yet. */

/** One condition of a listener's rule. */
export interface RuleCondition {
  /** ELB's own word. */
  field: string
  /** Of an `http-header`: its name. */
  header?: string
  /** Patterns with `*` and `?`, of which one has to fit. */
  values: readonly string[]
  /** Whether it is fulfilled by regular expressions, of which `values` says nothing. */
  byRegex: boolean
}

/** The rule by which tests reach a green, and the listener that it belongs to. */
export interface TestListener {
  port: number
  protocol: string
  conditions: readonly RuleCondition[]
}

export type TestRequest =
  | { kind: 'reachable'; url: string; headers: Record<string, string> }
  /** No request for this host and path fulfils the rule. */
  | { kind: 'unreachable'; because: string }

/** The same host and path, asked at the test listener, with every header that its rule asks for. */
export function atTestListener(url: string, { port, protocol, conditions }: TestListener): TestRequest {
  const asked = new URL(url)
  const headers: Record<string, string> = {}
  for (const { field, header, values, byRegex } of conditions) {
    if (field === 'http-header' && header !== undefined) {
      const [pattern] = values
      if (byRegex || pattern === undefined)
        return unreachable(`it asks for header ${header} by a regular expression; give it a value`)
      headers[header] = fulfilling(pattern)
    }
    const said = { 'host-header': asked.hostname, 'path-pattern': asked.pathname }[field]
    if (said === undefined || byRegex || values.some(pattern => fits(said, pattern, field))) continue
    return unreachable(`its ${field} is ${values.join(' or ')}, and the test asks for ${said}`)
  }
  const scheme = { HTTP: 'http:', HTTPS: 'https:' }[protocol]
  if (scheme) asked.protocol = scheme
  asked.port = String(port)
  return { kind: 'reachable', url: asked.href, headers }
}

const unreachable = (because: string): TestRequest => ({ kind: 'unreachable', because })

/** Host names are the same in every case, paths are not. */
function fits(text: string, pattern: string, field: string): boolean {
  const source = pattern.replace(/[^*?]/g, literal).replaceAll('*', '.*').replaceAll('?', '.')
  return new RegExp(`^${source}$`, field === 'host-header' ? 'i' : '').test(text)
}

const literal = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A value that fits the pattern. */
const fulfilling = (pattern: string) => pattern.replaceAll('*', 'sluice').replaceAll('?', 's')
