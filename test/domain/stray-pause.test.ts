import { describe, expect, test } from 'vitest'
import type { PauseHook } from '../../domain/blue-green.ts'
import { isOfRelease, waitsForUs } from '../../domain/stray-pause.ts'

const AT = 'POST_TEST_TRAFFIC_SHIFT'
const OURS: PauseHook = {
  targetType: 'PAUSE',
  lifecycleStages: [AT],
  timeoutConfiguration: { timeoutInMinutes: 35, action: 'ROLLBACK' },
}
const theirs = (more: object = {}) => ({
  ...OURS,
  timeoutConfiguration: { timeoutInMinutes: 60, action: 'ROLLBACK' },
  ...more,
})

describe('a deployment that is paused waits for Sluice', () => {
  test.each<[string, Parameters<typeof waitsForUs>[0], boolean]>([
    ['where the pause there is one of its own', [OURS], true],
    ['where its owners pause elsewhere, too', [OURS, theirs({ lifecycleStages: ['POST_SCALE_UP'] })], true],
    ['where a function of its owners runs there, too', [OURS, theirs({ targetType: 'AWS_LAMBDA' })], true],
    ['not where its owners pause there, too', [OURS, theirs()], false],
    ['not where its owners alone pause there', [theirs()], false],
    ['not where nothing pauses there any more', [], false],
  ])('%s', (_, hooks, expected) => {
    expect(waitsForUs(hooks, [OURS], AT)).toBe(expected)
  })

  test('not at a stage where Sluice never pauses', () => {
    expect(waitsForUs([OURS], [OURS], 'POST_SCALE_UP')).toBe(false)
  })
})

describe('a deployment is a release’s own', () => {
  test.each<[string, Partial<Parameters<typeof isOfRelease>[0]>, boolean]>([
    ['where the release knows it', {}, true],
    ['where it began before the release ended', { endedAt: 101 }, true],
    ['not where it began after that', { endedAt: 100 }, false],
    ['not where the release does not know it', { isItsOwn: false }, false],
  ])('%s', (_, more, expected) => {
    const traces = { isItsOwn: true, createdAt: 100, endedAt: undefined }
    expect(isOfRelease({ ...traces, ...more })).toBe(expected)
  })
})
