/** How a request of ours reaches a green that has no users yet. */

/** One condition of a listener's rule. */
export interface RuleCondition {
  /** ELB's own word. */
  field: string
  /** Of an `http-header`: its name. */
  header?: string
  /** Patterns with `*` and `?`, of which one has to fit. */
  values: readonly string[]
  /** Of a `query-string`: the same, for parameters; without a key it may be any. */
  parameters?: readonly { key?: string; value: string }[]
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

/** The same host and path, asked at the test listener, with every header and parameter that its rule asks for. */
export function atTestListener(url: string, { port, protocol, conditions }: TestListener): TestRequest {
  const asked = new URL(url)
  const headers: Record<string, string> = {}
  for (const condition of conditions) {
    const because = whyUnfulfilled(condition, asked, headers)
    if (because) return { kind: 'unreachable', because }
  }
  const scheme = { HTTP: 'http:', HTTPS: 'https:' }[protocol]
  if (scheme) asked.protocol = scheme
  asked.port = String(port)
  return { kind: 'reachable', url: asked.href, headers }
}

/** Adds to the request what the condition asks for; says why that is not enough, where it is not. */
function whyUnfulfilled(condition: RuleCondition, asked: URL, headers: Record<string, string>): string | undefined {
  const { field, header = '', values, parameters = [], byRegex } = condition
  const its = `its ${field} is ${values.join(' or ')}`
  const isAny = (text: string) => byRegex || values.some(pattern => fits(text, pattern, field))
  const [pattern] = values
  switch (field) {
    case 'http-header':
      if (byRegex || pattern === undefined)
        return `it asks for header ${header} by a regular expression; give it a value`
      headers[header] = fulfilling(pattern)
      return undefined
    case 'host-header':
      return isAny(asked.hostname) ? undefined : `${its}, and the test asks for ${asked.hostname}`
    case 'path-pattern':
      return isAny(asked.pathname) ? undefined : `${its}, and the test asks for ${asked.pathname}`
    case 'query-string':
      return whyNoParameter(parameters, asked)
    case 'http-request-method':
      return values.includes('GET') ? undefined : `${its}, and the test asks by GET`
    case 'source-ip':
      return values.includes('0.0.0.0/0') ? undefined : `${its}, and nobody knows from where Sluice will ask`
    default:
      return `its condition ${field} is none that Sluice can fulfil`
  }
}

function whyNoParameter(parameters: NonNullable<RuleCondition['parameters']>, asked: URL): string | undefined {
  const there = [...asked.searchParams]
  const holds = parameters.some(({ key, value }) =>
    there.some(([name, text]) => (!key || fits(name, key, 'query-string')) && fits(text, value, 'query-string')),
  )
  if (holds) return undefined
  const named = parameters.find(({ key }) => key !== undefined)
  if (!named?.key)
    return `its query-string is ${parameters.map(({ value }) => value).join(' or ')}; write one of them into the test's url`
  asked.searchParams.append(fulfilling(named.key), fulfilling(named.value))
  return undefined
}

/** Only paths are told apart by their case. */
function fits(text: string, pattern: string, field: string): boolean {
  const source = pattern.replace(/[^*?]/g, literal).replaceAll('*', '.*').replaceAll('?', '.')
  return new RegExp(`^${source}$`, field === 'path-pattern' ? '' : 'i').test(text)
}

const literal = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A value that fits the pattern. */
const fulfilling = (pattern: string) => pattern.replaceAll('*', 'sluice').replaceAll('?', 's')
