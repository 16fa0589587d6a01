import type { Pause } from './patience.ts'

/** A thing of the probe's in an account. */
export interface Thing {
  /** As it is called in a sentence. */
  what: string
  remove(): Promise<unknown>
}

export interface Removing {
  /** Hears what is removed. */
  note(line: string): void
  pause: Pause
}

/** AWS may call something in use for a while after nothing uses it any more. */
const TRIES = 4
const PAUSE_MS = 5_000

/** Removes one thing, and insists for a while. Returns what is left of it, in a sentence. */
export async function removeThing({ what, remove }: Thing, { note, pause }: Removing): Promise<string[]> {
  for (let tried = 1; ; tried++) {
    try {
      await remove()
      note(`removed ${what}`)
      return []
    } catch (error) {
      if (tried === TRIES) return [`${what} could not be removed: ${(error as Error).message}`]
      await pause(PAUSE_MS)
    }
  }
}
