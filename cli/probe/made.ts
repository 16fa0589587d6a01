import type { Pause } from './patience.ts'

/** AWS may call something in use for a while after nothing uses it any more. */
const TRIES = 4
const PAUSE_MS = 5_000

/** What a probe has made in an account, so that nothing of it stays there. */
export class Made {
  readonly #things: { what: string; creation: Promise<unknown>; remove: () => Promise<void> }[] = []
  readonly #note: (line: string) => void
  readonly #pause: Pause
  #closed = false

  constructor(note: (line: string) => void, pause: Pause) {
    this.#note = note
    this.#pause = pause
  }

  /** Makes one thing; what it is removed by is known from the moment that it is asked for. */
  async make<T>(what: string, create: () => Promise<T>, remove: (made: T) => Promise<unknown>): Promise<T> {
    if (this.#closed) throw new Error(`${what} is not made any more: everything is being removed`)
    const creation = create()
    const thing = { what, creation, remove: async () => void (await remove(await creation)) }
    // Whoever asked for it hears of a failure; the removal does not.
    creation.catch(() => {})
    this.#things.push(thing)
    const made = await creation
    this.#note(`made ${what}`)
    return made
  }

  /** Removes the last thing first, once however often it is asked for. Returns what is left, in sentences. */
  async removeAll(): Promise<string[]> {
    this.#closed = true
    const left: string[] = []
    for (let thing = this.#things.pop(); thing; thing = this.#things.pop()) {
      const isThere = await thing.creation.then(
        () => true,
        () => false,
      )
      if (!isThere) continue
      try {
        await this.#insist(thing.remove)
        this.#note(`removed ${thing.what}`)
      } catch (error) {
        left.push(`${thing.what} could not be removed: ${(error as Error).message}`)
      }
    }
    return left
  }

  async #insist(remove: () => Promise<void>): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        return await remove()
      } catch (error) {
        if (tried === TRIES) throw error
        await this.#pause(PAUSE_MS)
      }
    }
  }
}
