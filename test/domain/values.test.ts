import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { duration, inWords, milliseconds } from '../../domain/field.ts'
import { canonicalJson, digest, executionName, releaseId, shortDigest } from '../../domain/identity.ts'
import { isImage, pinned, plannedImage } from '../../domain/image.ts'
import { judgeAnswer } from '../../domain/smoke.ts'
import { withImages } from '../../domain/task-definition.ts'

describe('a length of time', () => {
  test.each([
    ['0s', 0],
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['15', undefined],
    ['15 m', undefined],
    ['1.5h', undefined],
    ['-1s', undefined],
    ['1d', undefined],
    ['1234567s', undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(milliseconds(text)).toBe(ms)
  })

  test('is accepted up to both of its limits', () => {
    const schema = duration({ min: '1m', max: '1h' })
    expect(['1m', '60m', '3600s', '1h'].map(text => schema.parse(text))).toEqual([60_000, 3.6e6, 3.6e6, 3.6e6])
    expect(['59s', '61m'].map(text => schema.safeParse(text).success)).toEqual([false, false])
  })

  test.each([
    [400, '0s'],
    [45_000, '45s'],
    [60_000, '1m'],
    [178_000, '2m 58s'],
    [3_600_000, '1h'],
    [3_900_000, '1h 5m'],
  ])('%s ms is %s in words', (ms, words) => {
    expect(inWords(ms)).toBe(words)
  })
})

describe('canonical JSON', () => {
  test('is the same text for the same value, whatever the order of its keys', () => {
    const one = { b: [{ d: 1, c: 2 }], a: null }
    const other = { a: null, b: [{ c: 2, d: 1 }] }
    expect(canonicalJson(one)).toBe('{"a":null,"b":[{"c":2,"d":1}]}')
    expect(canonicalJson(other)).toBe(canonicalJson(one))
  })

  test('keeps the order of lists, and leaves out what is undefined', () => {
    expect(canonicalJson({ list: [2, 1], absent: undefined })).toBe('{"list":[2,1]}')
  })
})

test('the name of an execution fits into the 80 characters of Step Functions, whatever the application is called', () => {
  const app = 'a'.repeat(32)
  const name = executionName({ app, release: releaseId.parse('f'.repeat(12)), attempt: 9_999 })
  expect(name).toBe(`${app}-ffffffffffff-9999`)
  expect(name.length).toBeLessThanOrEqual(80)
})

test('a digest is shortened to what people compare, and anything else left as it is', () => {
  expect(shortDigest(`sha256:3f9c${'0'.repeat(58)}e1`)).toBe('sha256:3f9c…e1')
  expect(shortDigest('v2')).toBe('v2')
})

test.each([`sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, 'a'.repeat(64), 'v1'])('%s is no digest', text => {
  expect(z.safeParse(digest, text).success).toBe(false)
})

describe('a planned image', () => {
  const planned = plannedImage.parse({
    name: 'api',
    repository: 'demo-api',
    uri: 'registry.example/demo-api',
    digest: `sha256:${'a'.repeat(64)}`,
    platforms: [`sha256:${'b'.repeat(64)}`],
  })

  test('is seen as its index or as one of its platforms, and as nothing else', () => {
    const seen = [planned.digest, planned.platforms[0], `sha256:${'c'.repeat(64)}`, undefined]
    expect(seen.map(one => isImage(planned, one))).toEqual([true, true, false, false])
  })

  test('is deployed by its digest', () => {
    expect(pinned(planned)).toBe(`registry.example/demo-api@sha256:${'a'.repeat(64)}`)
  })
})

describe('a new revision', () => {
  const sidecar = { name: 'proxy', image: 'proxy:1', essential: false }
  const base = { cpu: '256', containerDefinitions: [{ name: 'api', image: 'api:1', command: ['run'] }, sidecar] }

  test('changes the images of the named containers and nothing else', () => {
    expect(withImages(base, { api: 'api@sha256:new' })).toEqual({
      kind: 'revision',
      definition: {
        cpu: '256',
        containerDefinitions: [{ name: 'api', image: 'api@sha256:new', command: ['run'] }, sidecar],
      },
    })
    expect(base.containerDefinitions[0]?.image).toBe('api:1')
  })

  test('is refused where the definition lacks a named container', () => {
    expect(withImages(base, { api: 'x', web: 'y' })).toEqual({ kind: 'no-container', container: 'web' })
    expect(withImages({}, { api: 'x' })).toEqual({ kind: 'no-container', container: 'api' })
  })
})

describe('the answer to a smoke test', () => {
  const smoke = { service: 'api', url: 'http://demo.example/health', status: 200, within: 2_000 }
  const GET = 'GET http://demo.example/health'
  test.each([
    ['as expected passes', { kind: 'answered', status: 200, tookMs: 12 }, { kind: 'passed', tookMs: 12 }],
    ['at the last moment passes', { kind: 'answered', status: 200, tookMs: 2_000 }, { kind: 'passed', tookMs: 2_000 }],
    [
      'of another status fails',
      { kind: 'answered', status: 503, tookMs: 12 },
      { kind: 'failed', because: `${GET} answered 503, not 200` },
    ],
    [
      'that came too late fails',
      { kind: 'answered', status: 200, tookMs: 2_000.6 },
      { kind: 'failed', because: `${GET} took 2001 ms, more than 2s` },
    ],
    [
      'that never came fails',
      { kind: 'no-answer', error: 'ECONNREFUSED' },
      { kind: 'failed', because: `${GET} got no answer: ECONNREFUSED` },
    ],
  ] as const)('%s', (_, answer, verdict) => {
    expect(judgeAnswer(smoke, answer)).toEqual(verdict)
  })
})
