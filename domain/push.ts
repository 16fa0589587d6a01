import type { DigestSet } from './identity.ts'

/** What is known of an application's releases when a push arrives. Times are milliseconds since the epoch. */
export interface PushFacts {
  /** When the pushed event says that it happened. */
  pushedAt: number
  /** Attempts of this very set so far; the last one started at `startedAt`. Absent: never started. */
  sameSet?: { attempts: number; startedAt: number }
  /** Whether the application's last started release is of this set. */
  lastStartedIsSameSet: boolean
  /** Whether every service of every stage runs this set. */
  liveEverywhere: boolean
  /** Whether the first stage runs this set. */
  liveInFirstStage: boolean
}

export type PushDecision = { kind: 'start'; attempt: number } | { kind: 'already-released'; because: string }

/**
 * Whether a push of a complete set starts a release. Once per set; again only when a mutable tag moved back: the event
 * is later than this set's last start, another set was started since, and the first stage runs something else.
 */
export function decidePush(facts: PushFacts): PushDecision {
  if (facts.liveEverywhere) return { kind: 'already-released', because: 'every stage runs these digests' }
  if (!facts.sameSet) return { kind: 'start', attempt: 1 }
  const movedBack = facts.pushedAt > facts.sameSet.startedAt && !facts.lastStartedIsSameSet && !facts.liveInFirstStage
  if (movedBack) return { kind: 'start', attempt: facts.sameSet.attempts + 1 }
  return { kind: 'already-released', because: `attempt ${facts.sameSet.attempts} of these digests was started before` }
}

/** Names of the images that do not carry the tag yet; a release starts when there is none. */
export function missingImages(images: readonly string[], digests: Partial<DigestSet>): string[] {
  return images.filter(image => digests[image] === undefined)
}
