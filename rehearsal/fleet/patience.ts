import type { Clock } from '../clock.ts'

/**
 * How long real code may take, in real milliseconds. Code runs in real time whatever AWS time does, so a time-out of
 * AWS seconds is waited for in real seconds; in `jump`, where nobody wants to wait for a hanging container, briefly.
 */
export function patienceMs(clock: Clock, seconds: number): number {
  return clock.drive === 'jump' ? Math.min(seconds * 1000, 1500) : seconds * 1000
}

/** Resolves with undefined when the work is still not done after that many seconds; the work itself goes on. */
export async function withPatience<T>(clock: Clock, seconds: number, work: () => Promise<T>): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>()
  const timeout = setTimeout(() => over.resolve(undefined), patienceMs(clock, seconds))
  try {
    return await Promise.race([work(), over.promise])
  } finally {
    clearTimeout(timeout)
  }
}
