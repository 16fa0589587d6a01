import type { Clock } from '../clock.ts'
import type { Answer, Endpoint, Exchange } from './container.ts'

/** Real time that every container gets: a busy machine is not a hanging container. */
const LEAST_MS = { jump: 500, paced: 2000 }

export class TimedOut extends Error {
  override readonly name = 'TimedOut'
}

/** Asks, and rejects with TimedOut when no answer has come in that many AWS seconds and the least real time. */
export function askWithin(clock: Clock, seconds: number, endpoint: Endpoint, request: Exchange): Promise<Answer> {
  const giveUp = new AbortController()
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(
      () => {
        const late = new TimedOut(`no answer within ${seconds} s`)
        reject(late)
        giveUp.abort(late)
      },
      patienceMs(clock, seconds),
    )
    endpoint(request, giveUp.signal)
      .then(resolve, reject)
      .finally(() => clearTimeout(timeout))
  })
}

function patienceMs({ drive, speed }: Clock, seconds: number): number {
  const awsTime = speed > 0 ? (seconds * 1000) / speed : 0
  return Math.max(awsTime, Math.min(seconds * 1000, LEAST_MS[drive]))
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
