import { describe, expect, test } from 'vitest'
import { duration, inWords, milliseconds } from '../../domain/field.ts'

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
