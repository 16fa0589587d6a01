import { expect, test } from 'vitest'
import { hasReached, STAGES, type StageFacts, stageAfter, stageEnd } from '../../../rehearsal/aws/ecs/stages.ts'

const facts = { enteredAt: 1000, stageMs: 3000, bakeMs: 60_000, paused: false, greenIsUp: false, reconciled: true }

test.each<[what: string, facts: Partial<StageFacts> & Pick<StageFacts, 'stage'>, end: number | undefined]>([
  ['a stage takes its least time', { stage: 'PRE_SCALE_UP' }, 4000],
  ['a pause has no end of its own', { stage: 'PRE_SCALE_UP', paused: true }, undefined],
  ['reconciling waits for what is in the way', { stage: 'RECONCILE_SERVICE', reconciled: false }, undefined],
  ['and for no more', { stage: 'RECONCILE_SERVICE' }, 4000],
  ['green is scaled up until it is healthy', { stage: 'SCALE_UP' }, undefined],
  ['and no longer', { stage: 'SCALE_UP', greenIsUp: true }, 4000],
  ['later stages wait for no green task', { stage: 'POST_SCALE_UP' }, 4000],
  ['the bake takes its own time', { stage: 'BAKE_TIME' }, 61_000],
  ['no time at all, if so wanted', { stage: 'BAKE_TIME', bakeMs: 0 }, 1000],
  ['the clean-up ends with the deployment', { stage: 'CLEAN_UP', greenIsUp: true }, undefined],
])('%s', (_, given, end) => {
  expect(stageEnd({ ...facts, ...given })).toBe(end)
})

test('stages follow each other, and the last one nothing', () => {
  expect(STAGES.map(stageAfter)).toEqual([...STAGES.slice(1), undefined])
  expect([hasReached('SCALE_UP', 'SCALE_UP'), hasReached('PRE_SCALE_UP', 'SCALE_UP')]).toEqual([true, false])
})
