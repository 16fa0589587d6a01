import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { name } from '../../domain/field.ts'
import { canonicalJson, digest, executionName, releaseId, rollbackName, shortDigest } from '../../domain/identity.ts'

describe('canonical JSON', () => {
  test('is the same text for the same value, whatever the order of its keys [P1.1b]', () => {
    const one = { b: [{ d: 1, c: 2 }], a: null }
    const other = { a: null, b: [{ c: 2, d: 1 }] }
    expect(canonicalJson(one)).toBe('{"a":null,"b":[{"c":2,"d":1}]}')
    expect(canonicalJson(other)).toBe(canonicalJson(one))
  })

  test('keeps the order of lists, and leaves out what is undefined', () => {
    expect(canonicalJson({ list: [2, 1], absent: undefined })).toBe('{"list":[2,1]}')
  })
})

describe('the name of an execution', () => {
  const longest = {
    app: name.parse('a'.repeat(24)),
    stage: name.parse('s'.repeat(24)),
    release: releaseId.parse('f'.repeat(12)),
    attempt: 9_999_999,
  }

  test('says application, release and attempt [P1.2c]', () => {
    expect(executionName({ ...longest, app: 'demo', attempt: 2 })).toBe('demo-ffffffffffff-2')
  })

  test('of a rollback says stage and fence as well, and whose it is', () => {
    const of = { ...longest, app: 'demo', stage: 'production', attempt: 2 }
    expect(rollbackName(of, 7, 'release')).toBe('demo-ffffffffffff-2-production-7')
    expect(rollbackName(of, 7, 'clean-up')).toBe('demo-ffffffffffff-2-production-7-c')
  })

  test('fits into the 80 characters of Step Functions, whatever application and stage are called [P1.2c]', () => {
    expect(name.safeParse('a'.repeat(25)).success).toBe(false)
    expect(rollbackName(longest, 9_999_999, 'clean-up')).toHaveLength(80)
  })
})

test('a digest is shortened to what people compare, and anything else left as it is', () => {
  expect(shortDigest(`sha256:3f9c${'0'.repeat(58)}e1`)).toBe('sha256:3f9c…e1')
  expect(shortDigest('v2')).toBe('v2')
})

test.each([`sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(63)}`, 'a'.repeat(64), 'v1'])('%s is no digest', text => {
  expect(z.safeParse(digest, text).success).toBe(false)
})
