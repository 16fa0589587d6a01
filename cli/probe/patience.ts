/** Lets time pass where AWS is: real time, or that of a rehearsal. */
export type Pause = (ms: number) => Promise<void>

const SHORTEST_MS = 1_000
const LONGEST_MS = 10_000

/** Looks until there is something to see, less and less often; undefined where there was nothing in that time. */
export async function seenWithin<T>(
  withinMs: number,
  pause: Pause,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  let waited = 0
  for (let next = SHORTEST_MS; ; next = Math.min(next * 1.5, LONGEST_MS)) {
    const seen = await look()
    if (seen !== undefined || waited >= withinMs) return seen
    const ms = Math.min(next, withinMs - waited)
    await pause(ms)
    waited += ms
  }
}

/** The same, where it must come. */
export async function until<T>(
  what: string,
  withinMs: number,
  pause: Pause,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const seen = await seenWithin(withinMs, pause, look)
  if (seen === undefined) throw new Error(`${what}: not within ${Math.round(withinMs / 60_000)} minutes`)
  return seen
}
