import { expect, test } from 'vitest'
import type { PauseHook } from '../../domain/blue-green.ts'
import { whyPaused } from '../../domain/owners-pauses.ts'

const ours: PauseHook = {
  targetType: 'PAUSE',
  lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'],
  timeoutConfiguration: { timeoutInMinutes: 35, action: 'ROLLBACK' },
}
const theirs = (lifecycleStage: string, targetType = 'PAUSE') => ({ targetType, lifecycleStages: [lifecycleStage] })
const early = (count: number) => Array.from({ length: count }, () => theirs('PRE_SCALE_UP'))

test.each([
  ['there are none', []],
  ['one is ours, from an earlier release', [ours]],
  ['one is at a stage where nobody of ours waits', [theirs('POST_SCALE_UP')]],
  ['a function is called where we pause', [theirs('POST_TEST_TRAFFIC_SHIFT', 'AWS_LAMBDA')]],
  ['there are seven, and three of ours', early(7)],
])('pauses are in nobody’s way where %s', (_, hooks) => {
  expect(whyPaused(hooks, [ours])).toBeUndefined()
})

test.each([
  [
    'at a stage where we pause',
    [theirs('PRE_PRODUCTION_TRAFFIC_SHIFT')],
    'it has a PAUSE hook at PRE_PRODUCTION_TRAFFIC_SHIFT',
  ],
  [
    'like ours, with other minutes',
    [{ ...ours, timeoutConfiguration: { timeoutInMinutes: 36, action: 'ROLLBACK' } }],
    'it has a PAUSE hook at POST_TEST_TRAFFIC_SHIFT',
  ],
  ['so many that ECS takes none of ours', early(8), 'it has 8 PAUSE hooks, and ECS takes 10 with the 3 of Sluice'],
])('pauses are in our way: %s', (_, hooks, found) => {
  expect(whyPaused(hooks, [ours])?.found).toContain(found)
})
