import { expect, test } from 'vitest'
import { linesOf, median, percentile } from './told.ts'

test('of a hundred waits, the 95th percentile is what five were slower than', () => {
  const waits = Array.from({ length: 100 }, (_, at) => 100 - at)
  expect([median(waits), percentile(waits, 95), percentile(waits, 100)]).toEqual([50, 95, 100])
  expect(median([7])).toBe(7)
  expect(median([])).toBeNaN()
})

test('a table has its numbers below each other, and says what did not hold', () => {
  const verdict = {
    title: 'two waits',
    table: [
      ['', 'median'],
      ['cold', '1052'],
      ['warm', '8'],
    ],
    checks: [
      { what: 'warm is quick', passed: true },
      { what: 'cold is quick', passed: false },
    ],
  }
  expect(linesOf(verdict)).toEqual([
    'two waits',
    '        median',
    '  cold    1052',
    '  warm       8',
    '  ✓ warm is quick',
    '  ✗ cold is quick',
  ])
})
