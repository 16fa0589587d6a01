import { describe, expect, test } from 'vitest'
import { atTestListener, type RuleCondition } from '../../domain/test-listener.ts'

const URL = 'https://api.demo.example/v1/health?deep=1'
const on = (field: string, ...values: string[]): RuleCondition => ({ field, values, byRegex: false })
const header = (name: string, ...values: string[]): RuleCondition => ({ ...on('http-header', ...values), header: name })
const query = (...parameters: { key?: string; value: string }[]): RuleCondition => ({
  ...on('query-string'),
  parameters,
})
const asked = (conditions: RuleCondition[], listener = { port: 8443, protocol: 'HTTPS' }) =>
  atTestListener(URL, { ...listener, conditions })

describe('a smoke test on green [P5.4b]', () => {
  test.each([
    [8443, 'HTTPS', 'https://api.demo.example:8443/v1/health?deep=1'],
    [443, 'HTTPS', 'https://api.demo.example/v1/health?deep=1'],
    [8080, 'HTTP', 'http://api.demo.example:8080/v1/health?deep=1'],
    [80, 'HTTP', 'http://api.demo.example/v1/health?deep=1'],
    [9000, 'TCP', 'https://api.demo.example:9000/v1/health?deep=1'],
  ])('asks for the same host and path at port %i, by %s', (port, protocol, url) => {
    expect(asked([], { port, protocol })).toEqual({ kind: 'reachable', url, headers: {} })
  })

  test.each([
    ['its value', 'green', 'green'],
    ['something where anything will do', '*', 'sluice'],
    ['something in the places of wildcards', 'a*-?c', 'asluice-sc'],
  ])('has a header that the rule asks for, with %s', (_, pattern, value) => {
    expect(asked([header('x-test', pattern, 'other'), header('x-b', '1')])).toMatchObject({
      headers: { 'x-test': value, 'x-b': '1' },
    })
  })

  test('has a parameter that the rule asks for, beside its own', () => {
    expect(asked([query({ value: 'any' }, { key: 'look', value: 'gre*' })])).toMatchObject({
      url: 'https://api.demo.example:8443/v1/health?deep=1&look=gresluice',
    })
  })

  test.each([
    ['the host itself', on('host-header', 'api.demo.example')],
    ['the host in another case', on('host-header', 'API.demo.example')],
    ['any host of a domain', on('host-header', 'other.example', '*.demo.example')],
    ['one character of the host', on('host-header', 'ap?.demo.example')],
    ['the path', on('path-pattern', '/v1/health')],
    ['all paths below', on('path-pattern', '/v1/*')],
    ['a parameter that is there', query({ key: 'DEEP', value: '?' })],
    ['a parameter of any name', query({ value: '1' })],
    ['a request by GET', on('http-request-method', 'HEAD', 'GET')],
    ['whoever asks', on('source-ip', '0.0.0.0/0')],
    ['a host by a regular expression', { ...on('host-header'), byRegex: true }],
  ])('fulfils a rule for %s', (_, condition) => {
    expect(asked([condition])).toMatchObject({ kind: 'reachable' })
  })

  test.each([
    [
      'another host',
      on('host-header', 'demo.example'),
      'its host-header is demo.example, and the test asks for api.demo.example',
    ],
    ['a host with a dot less', on('host-header', 'apiXdemo.example'), 'its host-header is apiXdemo.example'],
    [
      'other paths',
      on('path-pattern', '/v2/*', '/v3/*'),
      'its path-pattern is /v2/* or /v3/*, and the test asks for /v1/health',
    ],
    ['the path in another case', on('path-pattern', '/V1/health'), 'its path-pattern is /V1/health'],
    [
      'a header by a regular expression',
      { ...header('x-test'), byRegex: true },
      'it asks for header x-test by a regular expression; give it a value',
    ],
    [
      'a parameter of which only the value is known',
      query({ value: 'green' }, { value: 'v2' }),
      "its query-string is green or v2; write one of them into the test's url",
    ],
    ['another method', on('http-request-method', 'POST'), 'its http-request-method is POST, and the test asks by GET'],
    ['some addresses', on('source-ip', '10.0.0.0/8'), 'its source-ip is 10.0.0.0/8, and nobody knows'],
    ['a condition that nothing is known of', on('moon-phase', 'full'), 'its condition moon-phase is none that'],
  ])('cannot fulfil a rule for %s', (_, condition, because) => {
    expect(asked([condition])).toEqual({ kind: 'unreachable', because: expect.stringContaining(because) })
  })
})
