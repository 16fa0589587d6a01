import type { Clock } from '../clock.ts'
import type { Answer, Endpoint, Exchange } from './container.ts'

/** In `jump` nobody wants to wait for a container that hangs. */
const LONGEST_IN_JUMP_MS = 500

export class TimedOut extends Error {
  override readonly name = 'TimedOut'
}

/**
 * Asks, and rejects with TimedOut when no answer has come in time. Code runs in real time whatever AWS time does, so a
 * time-out of AWS seconds is waited for in real seconds.
 */
export function askWithin(clock: Clock, seconds: number, endpoint: Endpoint, request: Exchange): Promise<Answer> {
  const giveUp = new AbortController()
  return new Promise((resolve, reject) => {
    const ms = clock.drive === 'jump' ? Math.min(seconds * 1000, LONGEST_IN_JUMP_MS) : seconds * 1000
    const timeout = setTimeout(() => {
      const late = new TimedOut(`no answer within ${seconds} s`)
      reject(late)
      giveUp.abort(late)
    }, ms)
    endpoint(request, giveUp.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timeout))
  })
}

/** Resolves when the work is done or that much real time has passed. */
export async function settledWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>()
  const timeout = setTimeout(over.resolve, ms)
  try {
    await Promise.race([work, over.promise])
  } finally {
    clearTimeout(timeout)
  }
}
