import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { lateIn, type Wait, waitsIn } from '../../../cli/faults/delays.ts'

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
    { state: 'LockStage', from: 10, to: 300_500, heartbeatMs: 300_000 },
  ])
})

describe('a lost event', () => {
  const wait = (to: number): Wait => ({ state: 'DeployNewVersion', from: 0, to, heartbeatMs: 60_000 })
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
  test('is one of several, each of which may', () => {
    expect(lateIn([wait(161_000)], usual, [10_000, 90_000])).toEqual([])
  })
})
