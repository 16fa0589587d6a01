import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { heartbeatOf, lateIn, type Wait, waitsIn } from '../../../cli/faults/delays.ts'
import { WAITING } from '../../contracts/state-machines.ts'

const at = (ms: number) => ({ timestamp: new Date(ms) })
const entered = (name: string, ms: number) => ({
  type: 'TaskStateEntered',
  stateEnteredEventDetails: { name },
  ...at(ms),
})
const scheduled = (ms: number, heartbeatInSeconds?: number) => ({
  type: 'TaskScheduled',
  taskScheduledEventDetails: { ...(heartbeatInSeconds && { heartbeatInSeconds }) },
  ...at(ms),
})
const left = (ms: number) => ({ type: 'TaskStateExited', ...at(ms) })

test('a wait lasts from the entrance of its state to its exit, over all its tries', () => {
  const history = [
    ...[entered('PlanRelease', 0), scheduled(0), left(5)],
    ...[entered('LockStage', 10), scheduled(10, 300), scheduled(300_010, 300), left(300_500)],
  ]
  expect(waitsIn(history as HistoryEvent[])).toEqual([
    { state: 'LockStage', from: 10, to: 300_500, looks: [10, 300_010] },
  ])
})

describe('a lost event', () => {
  const wait = (to: number, looks = [0, 61_000, 122_000]): Wait => ({ state: 'DeployNewVersion', from: 0, to, looks })
  const usual = [wait(40_000)]

  test('may delay by one heartbeat', () => {
    expect(lateIn([wait(101_000)], usual, [30_000])).toEqual([])
  })
  test('may not delay by two', () => {
    expect(lateIn([wait(161_000)], usual, [30_000])).toEqual([
      'DeployNewVersion took 161 s, 40 s where no event is lost',
    ])
  })
  test('that was lost before the state was entered does not delay it', () => {
    expect(lateIn([wait(101_000)], usual, [-1])).toHaveLength(1)
  })
  test('is found by the look that finds the others since the last one, and costs nothing beside them', () => {
    expect(lateIn([wait(101_000)], usual, [30_000, 30_000, 40_000])).toEqual([])
    expect(lateIn([wait(161_000)], usual, [30_000, 30_000, 40_000])).toHaveLength(1)
  })
  test('may not delay by more than the protocol says, however seldom the state looks', () => {
    expect(lateIn([wait(341_000, [0, 301_000])], usual, [30_000])).toHaveLength(1)
  })
  test('is one of several, each of which may', () => {
    expect(lateIn([wait(161_000)], usual, [10_000, 90_000])).toEqual([])
  })
})

test.each(WAITING)('$machine $name beats as a lost event may delay it', ({ name, HeartbeatSeconds: seconds }) => {
  // That of an approval is an hour, or what is left of its time.
  expect(heartbeatOf(name)).toBe((typeof seconds === 'string' ? 3_600 : (seconds ?? 0)) * 1_000)
})
