/**
 * What becomes of a message on its way to one receiver. One that comes `behindNext` waits until the next that the same receiver
 * gets has arrived, and for a minute at most.
 */
export type Fate = 'deliver' | 'drop' | 'twice' | { delayMs: number } | { behindNext: true }

/** How long after the first a duplicate comes; AWS says only that there may be one. */
const DUPLICATE_AFTER_MS = 1000
const LONGEST_BEHIND_MS = 60_000

/** After how long the message comes, each time that it comes; `latency` is what it takes when nothing goes wrong. */
export function arrivals(fate: Fate, latency: number): number[] {
  if (fate === 'drop') return []
  const first = latency + (typeof fate === 'object' ? ('delayMs' in fate ? fate.delayMs : LONGEST_BEHIND_MS) : 0)
  return fate === 'twice' ? [first, first + DUPLICATE_AFTER_MS] : [first]
}
