import type { Clock } from '../clock.ts'

/**
 * What becomes of a message on its way to one receiver. One that comes `behindNext` waits until the next of its kind that this
 * receiver gets has arrived, and for some minutes at most; where one of its kind waits already, it is that next. The function
 * is called each time that a message was overtaken by its next.
 */
export type Fate = 'deliver' | 'drop' | 'twice' | { delayMs: number } | { behindNext: () => void }

/** How long after the first a duplicate comes; AWS says only that there may be one. */
const DUPLICATE_AFTER_MS = 1000
/** Longer than AWS takes between two events of most kinds in one piece of work. */
const LONGEST_BEHIND_MS = 6 * 60_000

/** Brings messages to one receiver: calls `arrive` each time that this one comes. */
export type Courier = (message: { kind: string; fate: Fate }, arrive: () => void) => void

/** `latency` is what a message takes when nothing goes wrong. */
export function createCourier(clock: Pick<Clock, 'timer'>, latency: number): Courier {
  /** By kind, what lets go the one that waits. */
  const waiting = new Map<string, () => void>()

  function bring(kind: string, after: number, arrive: () => void): void {
    clock.timer(after, () => {
      arrive()
      waiting.get(kind)?.()
    })
  }

  function keepBehind(kind: string, overtaken: () => void, arrive: () => void): void {
    const patience = clock.timer(LONGEST_BEHIND_MS, () => {
      waiting.delete(kind)
      clock.timer(latency, arrive)
    })
    waiting.set(kind, () => {
      patience.cancel()
      waiting.delete(kind)
      overtaken()
      clock.timer(latency, arrive)
    })
  }

  return ({ kind, fate }, arrive) => {
    if (fate === 'drop') return
    const isBehind = typeof fate === 'object' && 'behindNext' in fate
    if (isBehind && !waiting.has(kind)) return keepBehind(kind, fate.behindNext, arrive)
    const first = latency + (typeof fate === 'object' && 'delayMs' in fate ? fate.delayMs : 0)
    bring(kind, first, arrive)
    if (fate === 'twice') bring(kind, first + DUPLICATE_AFTER_MS, arrive)
  }
}
