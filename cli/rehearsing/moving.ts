import type { Rehearsal } from '../../rehearsal/index.ts'

/** Real time in which the clock of a rehearsal must move at least once. */
const STANDSTILL_MS = 60_000
const LOOK_MS = 1_000

/** Runs `work`, and rejects with what is in flight when the rehearsal's clock stands still: whatever is waited for will not come. */
export async function moving<T>(clock: Rehearsal['clock'], work: () => Promise<T>): Promise<T> {
  const stuck = Promise.withResolvers<never>()
  let [last, since] = [clock.now(), performance.now()]
  const look = setInterval(() => {
    const now = clock.now()
    if (now !== last) [last, since] = [now, performance.now()]
    else if (performance.now() - since > STANDSTILL_MS)
      stuck.reject(new Error(`the rehearsal stands still; in flight: ${clock.inFlight().join(', ') || 'nothing'}`))
  }, LOOK_MS)
  try {
    return await Promise.race([work(), stuck.promise])
  } finally {
    clearInterval(look)
  }
}
