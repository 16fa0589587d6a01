import { describe, expect, test } from 'vitest'
import { digest } from '../../domain/identity.ts'
import { decidePush, missingImages, type PushFacts } from '../../domain/push.ts'

/** A tag that was pushed for the first time. */
const FIRST: PushFacts = {
  pushedAt: 1_000,
  lastStartedIsSameSet: false,
  liveEverywhere: false,
  liveInFirstStage: false,
}
/** A mutable tag that points again at a set that was released before another one. */
const MOVED_BACK: PushFacts = { ...FIRST, sameSet: { attempts: 2, startedAt: 500 } }

const BEFORE = { kind: 'already-released', because: 'attempt 2 of these digests was started before' }

describe('a push of a complete set [P1.3a, P1.3c]', () => {
  test.each<[string, PushFacts, ReturnType<typeof decidePush> | typeof BEFORE]>([
    ['starts the first attempt of a set that is new', FIRST, { kind: 'start', attempt: 1 }],
    [
      'starts a new set though the first stage runs it already',
      { ...FIRST, liveInFirstStage: true },
      { kind: 'start', attempt: 1 },
    ],
    [
      'starts nothing where every stage runs the set, even one that Sluice never released',
      { ...FIRST, liveEverywhere: true, liveInFirstStage: true },
      { kind: 'already-released', because: 'every stage runs these digests' },
    ],
    ['starts the next attempt of a set whose tag was moved back', MOVED_BACK, { kind: 'start', attempt: 3 }],
    ['starts nothing by an event older than the last start', { ...MOVED_BACK, pushedAt: 400 }, BEFORE],
    ['starts nothing by an event of the very moment of the last start', { ...MOVED_BACK, pushedAt: 500 }, BEFORE],
    ['starts nothing where no other set was started since', { ...MOVED_BACK, lastStartedIsSameSet: true }, BEFORE],
    ['starts nothing where the first stage runs the set', { ...MOVED_BACK, liveInFirstStage: true }, BEFORE],
  ])('%s', (_, facts, decision) => {
    expect(decidePush(facts)).toEqual(decision)
  })
})

test('a set is complete when every image carries the tag [P1.2a]', () => {
  const api = digest.parse(`sha256:${'a'.repeat(64)}`)
  expect(missingImages(['api', 'web'], {})).toEqual(['api', 'web'])
  expect(missingImages(['api', 'web'], { api })).toEqual(['web'])
  expect(missingImages(['api'], { api })).toEqual([])
})
