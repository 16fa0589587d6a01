import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { canonicalJson, digest, executionName, releaseId, shortDigest } from '../../domain/identity.ts'

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

test('so does the name of a rollback, with the longest stage that a file may name beside that application', () => {
  const release = executionName({ app: 'a'.repeat(32), release: releaseId.parse('f'.repeat(12)), attempt: 9_999 })
  expect(`${release}-${'s'.repeat(12)}-9999999-clean-up`).toHaveLength(80)
})

test('a digest is shortened to what people compare, and anything else left as it is', () => {
  expect(shortDigest(`sha256:3f9c${'0'.repeat(58)}e1`)).toBe('sha256:3f9c…e1')
  expect(shortDigest('v2')).toBe('v2')
})

test.each([`sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, 'a'.repeat(64), 'v1'])('%s is no digest', text => {
  expect(z.safeParse(digest, text).success).toBe(false)
})
