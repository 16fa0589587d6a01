import { expect, test } from 'vitest'
import { createClock } from '../../rehearsal/clock.ts'

const START = Date.UTC(2026, 0, 5, 8)
const realNow = () => performance.timeOrigin + performance.now()

test('where time jumps, a moment of AWS time really ends when time goes on', async () => {
  const clock = createClock({ drive: 'jump', start: START })
  const before = realNow()
  await clock.sleep(60_000)
  const after = realNow()
  for (const moment of [START, START + 59_999]) {
    expect(clock.realEndOf(moment)).toBeGreaterThan(before)
    expect(clock.realEndOf(moment)).toBeLessThan(after)
  }
  expect(clock.realEndOf(START + 60_000)).toBeGreaterThan(after)
})

test('where time jumps, what recurs for ever does not keep it going, and comes up on the way to what somebody waits for', async () => {
  const clock = createClock({ drive: 'jump', start: START })
  const seen: number[] = []
  const recur = () =>
    void clock.recurrence(60_000, () => {
      seen.push(clock.now() - START)
      recur()
    })
  recur()
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  expect(clock.now()).toBe(START)
  await clock.sleep(150_000)
  expect(seen).toEqual([60_000, 120_000])
  expect(clock.now()).toBe(START + 150_000)
})

test('where time is paced, each real second is a minute', () => {
  const clock = createClock({ drive: 'paced', speed: 60, start: START })
  expect(clock.realEndOf(START + 60_000) - clock.realEndOf(START)).toBeCloseTo(1000)
  expect(Math.abs(clock.realEndOf(clock.now()) - realNow())).toBeLessThan(1000)
  clock.stop()
})
