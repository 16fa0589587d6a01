import type { Clock } from '../clock.ts'

/**
 * What becomes of a message on its way to one receiver. One that comes `behindNext` waits until the next that this receiver
 * gets has arrived, and for a minute at most.
 */
export type Fate = 'deliver' | 'drop' | 'twice' | { delayMs: number } | { behindNext: true }

/** How long after the first a duplicate comes; AWS says only that there may be one. */
const DUPLICATE_AFTER_MS = 1000
const LONGEST_BEHIND_MS = 60_000

/** Brings messages to one receiver: calls `arrive` each time that this one comes. */
export type Courier = (fate: Fate, arrive: () => void) => void

/** `latency` is what a message takes when nothing goes wrong. */
export function createCourier(clock: Pick<Clock, 'timer'>, latency: number): Courier {
  const behind = new Set<() => void>()

  function bring(after: number, arrive: () => void): void {
    clock.timer(after, () => {
      arrive()
      for (const follow of behind) follow()
    })
  }

  function keepBehind(arrive: () => void): void {
    const follow = () => {
      behind.delete(follow)
      patience.cancel()
      clock.timer(latency, arrive)
    }
    const patience = clock.timer(LONGEST_BEHIND_MS, follow)
    behind.add(follow)
  }

  return (fate, arrive) => {
    if (fate === 'drop') return
    if (typeof fate === 'object' && 'behindNext' in fate) return keepBehind(arrive)
    const first = latency + (typeof fate === 'object' ? fate.delayMs : 0)
    bring(first, arrive)
    if (fate === 'twice') bring(first + DUPLICATE_AFTER_MS, arrive)
  }
}
