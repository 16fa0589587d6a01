import { describe, expect, test } from 'vitest'
import { type AnsweredMinute, latestOf, shareTold, sumUp, unansweredShare } from '../../domain/answers.ts'

const MINUTE = 60_000
const NOW = 1_000 * MINUTE
/** So many minutes ago. */
const minute = (ago: number, change: Partial<AnsweredMinute> = {}): AnsweredMinute => ({
  ...{ at: NOW - ago * MINUTE, requests: 100, answered: 100, errors: 0, ownWords: 0, ...change },
})
const old = (change: Partial<AnsweredMinute>) => minute(10, change)

describe('what users were answered', () => {
  type Row = [string, AnsweredMinute[], number, { requests: number; errors: number; lost: number }]
  test.each<Row>([
    ['all is well', [old({})], 0, { requests: 100, errors: 0, lost: 0 }],
    ['errors of the targets', [old({ errors: 7 }), minute(0, { errors: 2 })], 0, { requests: 200, errors: 9, lost: 0 }],
    [
      'targets that give no answer, for which the load balancer says 504',
      [old({ answered: 60, errors: 3, ownWords: 40 })],
      0,
      { requests: 100, errors: 43, lost: 40 },
    ],
    [
      'WebSockets, for which the load balancer has no words',
      [old({ answered: 60 })],
      0,
      { requests: 100, errors: 0, lost: 0 },
    ],
    [
      'errors of another service behind the same load balancer',
      [old({ answered: 98, ownWords: 500 })],
      0,
      { requests: 100, errors: 2, lost: 2 },
    ],
    [
      'as many without an answer as is ordinary',
      [old({ answered: 60, ownWords: 500 })],
      0.4,
      { requests: 100, errors: 0, lost: 0 },
    ],
    [
      'more without an answer than is ordinary',
      [old({ answered: 50, ownWords: 500 })],
      0.4,
      { requests: 100, errors: 10, lost: 10 },
    ],
    [
      'a minute of which not every count is known yet',
      [minute(2, { answered: 0, ownWords: 100 })],
      0,
      { requests: 100, errors: 0, lost: 0 },
    ],
    [
      'answers that came in the minute after their requests',
      [old({ answered: 40, ownWords: 60 }), minute(9, { answered: 160 })],
      0,
      { requests: 200, errors: 0, lost: 0 },
    ],
    ['nobody came', [], 0, { requests: 0, errors: 0, lost: 0 }],
  ])('%s', (_, minutes, ordinary, answers) => {
    expect(sumUp(minutes, ordinary, NOW)).toEqual(answers)
  })

  test('is ordinary where there were enough requests to know', () => {
    const before = [old({ answered: 60 })]
    expect(unansweredShare(before, 100)).toBe(0.4)
    expect(unansweredShare(before, 101)).toBe(0)
    expect(unansweredShare([], 0)).toBe(0)
  })

  test('lately is what was answered in the latest five minutes that are known', () => {
    const minutes = [2, 3, 4, 6, 7, 60].map(ago => minute(ago))
    expect(latestOf(minutes)).toEqual([2, 3, 4, 6].map(ago => minute(ago)))
    expect(latestOf([])).toEqual([])
  })
})

test.each([
  [{ requests: 3, errors: 1 }, 0, '33.3 %'],
  [{ requests: 400, errors: 0 }, 0, '0.0 %'],
  [{ requests: 10_000, errors: 2 }, 0.01, '0.02 %'],
  [{ requests: 10_000, errors: 1_004 }, 10, '10.04 %'],
  [{ requests: 1_000_000, errors: 1 }, 0, '0.0001 %'],
])('the share of %o is told as what it is beside %s %%', (answers, above, told) => {
  expect(shareTold(answers, above)).toBe(told)
})
