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

test('where time is paced, each real second is a minute', () => {
  const clock = createClock({ drive: 'paced', speed: 60, start: START })
  expect(clock.realEndOf(START + 60_000) - clock.realEndOf(START)).toBeCloseTo(1000)
  expect(Math.abs(clock.realEndOf(clock.now()) - realNow())).toBeLessThan(1000)
  clock.stop()
})
