import { expect, test } from 'vitest'
import { moment, timeLeft } from '../../../functions/approval/moment.ts'

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000]

test.each([
  [0, 'in less than a minute'],
  [59_999, 'in less than a minute'],
  [MINUTE, 'in 1 minute'],
  [59 * MINUTE, 'in 59 minutes'],
  [HOUR, 'in 1 hour'],
  [2 * HOUR - 1, 'in 1 hour and 59 minutes'],
  [23 * HOUR + 59 * MINUTE, 'in 23 hours'],
  [DAY + HOUR, 'in 1 day and 1 hour'],
  [3 * DAY + 23 * HOUR, 'in 3 days'],
])('%i ms are left: %s, never more than there is', (ms, words) => {
  expect(timeLeft(ms)).toBe(words)
})

test('a moment is UTC for who reads it without a script', async () => {
  const at = Date.UTC(2026, 10, 20, 23, 5, 9)
  expect(String(await moment(at))).toBe(
    '<time datetime="2026-11-20T23:05:09.000Z" data-form="day">Fri 20 Nov, 23:05 UTC</time>',
  )
  expect(String(await moment(at, 'log'))).toContain('>20 Nov, 23:05:09<')
})
