import { describe, expect, test } from 'vitest'
import { decideLook, type LookDecision, type LookFacts, setsOf, type TaggedSet } from '../../domain/tagged.ts'

describe('the tags of several images', () => {
  test('are one set for each tag, as old as its newest image, the newest first', () => {
    const api = [
      { tag: 'v1', pushedAt: 1 },
      { tag: 'v2', pushedAt: 5 },
      { tag: 'v3', pushedAt: 9 },
      { tag: 'latest', pushedAt: 9 },
    ]
    const web = [
      { tag: 'v1', pushedAt: 2 },
      { tag: 'v2', pushedAt: 4 },
    ]
    expect(setsOf({ api, web }, '^v\\d+$')).toEqual([
      { tag: 'v3', pushedAt: 9, missing: ['web'] },
      { tag: 'v2', pushedAt: 5, missing: [] },
      { tag: 'v1', pushedAt: 2, missing: [] },
    ])
  })

  test('of one age come in one order, whichever ECR tells first', () => {
    const both = [
      { tag: 'b', pushedAt: 1 },
      { tag: 'a', pushedAt: 1 },
    ]
    expect(setsOf({ api: both }, '.').map(({ tag }) => tag)).toEqual(['a', 'b'])
    expect(setsOf({ api: both.toReversed() }, '.').map(({ tag }) => tag)).toEqual(['a', 'b'])
  })
})

const V3: TaggedSet = { tag: 'v3', pushedAt: 1_000_000, missing: [] }
const V2: TaggedSet = { tag: 'v2', pushedAt: 500_000, missing: [] }
const V4: TaggedSet = { tag: 'v4', pushedAt: 1_100_000, missing: ['web'] }
const NOTHING: LookDecision = {}

/** v3 was pushed after v2 was released, long enough ago, and nobody has heard of it. */
const MISSED: LookFacts = {
  now: 1_200_000,
  settle: 120_000,
  installedAt: 100_000,
  newestRelease: 500_000,
  handled: tag => (tag === 'v2' ? 500_000 : undefined),
}

describe('a look at the repositories [P1.6b, P1.6d]', () => {
  test.each<[string, Partial<LookFacts>, TaggedSet[], LookDecision]>([
    ['finds the newest tag of which nobody has heard', {}, [V3, V2], { missed: V3 }],
    ['finds it where nothing was released yet', { newestRelease: undefined }, [V3, V2], { missed: V3 }],
    ['finds nothing where there is nothing', {}, [], NOTHING],
    ['leaves alone what was there before Sluice', { installedAt: 1_000_000 }, [V3, V2], NOTHING],
    ['leaves alone what is older than the last release', { newestRelease: 1_000_000 }, [V3, V2], NOTHING],
    ['waits for a tag that may still be pushed', { now: 1_119_999 }, [V3, V2], NOTHING],
    ['waits no longer than that', { now: 1_120_000 }, [V3, V2], { missed: V3 }],
    ['finds nothing where the push was decided on', { handled: () => 1_000_000 }, [V3, V2], NOTHING],
    ['finds a later push of a tag that was decided on before', { handled: () => 999_000 }, [V3, V2], { missed: V3 }],
    ['starts no older tag than the newest one', { handled: tag => (tag === 'v3' ? 1_000_000 : 0) }, [V3, V2], NOTHING],
    ['says what a newer tag waits for', {}, [V4, V3, V2], { missed: V3, incomplete: V4 }],
    ['says nothing of an older tag that never became complete', {}, [V3, { ...V2, missing: ['web'] }], { missed: V3 }],
    ['says nothing of a tag that waited when Sluice came', { installedAt: 1_100_000 }, [V4, V3], NOTHING],
  ])('%s', (_, facts, sets, decision) => {
    expect(decideLook(sets, { ...MISSED, ...facts })).toEqual(decision)
  })
})
