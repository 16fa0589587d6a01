import { describe, expect, test } from 'vitest'
import { waitingTags } from '../../cli/commands/releases.ts'
import type { TagEntry } from '../../functions/aws/pushes.ts'

const NEWEST = Date.UTC(2026, 10, 20, 10)
const NOW = Date.UTC(2026, 10, 20, 11)
const HALF_PAST = Date.UTC(2026, 10, 20, 10, 30)

describe('the list of releases says of a tag that starts none yet [P1.6d]', () => {
  test.each<[string, TagEntry, string[]]>([
    [
      'what it waits for',
      { incomplete: { pushedAt: HALF_PAST, missing: ['web', 'jobs'] } },
      ['v9, pushed 2026-11-20 10:30:00 UTC, waits for web, jobs with this tag'],
    ],
    [
      'when it starts, where it was pushed again',
      { handled: NEWEST, settling: { pushedAt: NOW, until: NOW + 120_000 } },
      ['v9 was pushed again and starts at 2026-11-20 11:02:00 UTC, if it is not pushed once more'],
    ],
    ['nothing, once a newer one was released', { incomplete: { pushedAt: NEWEST, missing: ['web'] } }, []],
    [
      'nothing, once its push was answered',
      { incomplete: { pushedAt: HALF_PAST, missing: ['web'] }, handled: HALF_PAST },
      [],
    ],
    ['nothing, once it has settled', { settling: { pushedAt: HALF_PAST, until: NOW } }, []],
    ['nothing, where nothing is known of it', {}, []],
  ])('%s', (_, tag, said) => {
    expect(waitingTags(new Map([['v9', tag]]), NEWEST, NOW)).toEqual(said)
  })
})
