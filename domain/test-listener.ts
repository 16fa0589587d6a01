import type { Service, SmokeTest } from './application.ts'
import type { Lack } from './lack.ts'
import { givesTestRule } from './snippets.ts'
import type { DescribedService } from './wiring.ts'

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

/** The request that reaches green by the first rule that it can fulfil. */
export function requestFor({ url }: Pick<SmokeTest, 'url'>, listeners: readonly TestListener[]): TestRequest {
  const requests = listeners.map(listener => atTestListener(url, listener))
  return (
    requests.find(({ kind }) => kind === 'reachable') ??
    requests[0] ?? { kind: 'unreachable', because: 'there is no rule for tests' }
  )
}

/**
 * Why the smoke tests of a service could not reach a green before its users do; undefined where they can, or where it has none.
 * `listeners`: those of the rules by which tests come to the service.
 */
export function whyUntestable(
  smoke: readonly Pick<SmokeTest, 'service' | 'url'>[],
  { service, strategy }: Pick<Service, 'service' | 'strategy'>,
  { found, listeners }: { found: DescribedService; listeners: readonly TestListener[] },
): Lack | undefined {
  const tests = smoke.filter(test => test.service === service)
  if (strategy !== 'blue-green' || tests.length === 0) return undefined
  if (listeners.length === 0)
    return {
      found: 'it has smoke tests and no rule by which they reach the new version before its users',
      remedy: 'give it one, or take them out',
      command: givesTestRule(found),
    }
  for (const test of tests) {
    const request = requestFor(test, listeners)
    if (request.kind === 'reachable') continue
    const found = `smoke test ${test.url} cannot come by the rule for tests: ${request.because}`
    return { found, remedy: "correct the test's url or the rule" }
  }
  return undefined
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
