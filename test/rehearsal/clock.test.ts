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

test('where time jumps, it goes on while a piece of work lets go of its holds, those of whoever waits for it among them, and stands when it takes them up', async () => {
  const clock = createClock({ drive: 'jump', start: START })
  const seen: string[] = []
  clock.timer(10_000, () => seen.push('meanwhile'))
  clock.timer(90_000, () => seen.push('afterwards'))
  await clock.during('invocation', () =>
    clock.during('request', async () => {
      const held = clock.around()
      const stalled = clock.sleep(60_000).then(held.takeUp)
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
      expect(clock.now()).toBe(START)
      held.letGo()
      await stalled
      expect(clock.inFlight()).toEqual(['invocation', 'request'])
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    }),
  )
  expect([seen, clock.now()]).toEqual([['meanwhile'], START + 60_000])
  await clock.sleep(60_000)
  expect(seen).toEqual(['meanwhile', 'afterwards'])
})

test('where time jumps, holds that two let go of are taken up with the second, and what is over by then stays over', async () => {
  const clock = createClock({ drive: 'jump', start: START })
  const held = await clock.during('request', async () => clock.around())
  held.letGo()
  held.takeUp()
  expect(clock.inFlight()).toEqual([])
  await clock.during('request', async () => {
    const [one, other] = [clock.around(), clock.around()]
    one.letGo()
    other.letGo()
    one.takeUp()
    expect(clock.inFlight()).toEqual([])
    other.takeUp()
    expect(clock.inFlight()).toEqual(['request'])
  })
})

test('what a timer starts is under no hold of the work that let time go on', async () => {
  const clock = createClock({ drive: 'jump', start: START })
  let inside: string[] = []
  clock.timer(1000, () => {
    void clock.during('of its own', async () => {
      const held = clock.around()
      held.letGo()
      inside = clock.inFlight()
      held.takeUp()
    })
  })
  await clock.during('request', async () => {
    const held = clock.around()
    held.letGo()
    await clock.sleep(2000)
    held.takeUp()
    expect(clock.inFlight()).toEqual(['request'])
  })
  expect(inside).toEqual([])
})
