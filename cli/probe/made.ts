import type { Pause } from './patience.ts'
import { type Removing, removeThing, type Thing } from './removal.ts'

/** What a probe has made in an account, so that nothing of it stays there. */
export class Made {
  readonly #things: (Thing & { creation: Promise<unknown> })[] = []
  readonly #removing: Removing
  #closed = false

  constructor(note: (line: string) => void, pause: Pause) {
    this.#removing = { note, pause }
  }

  /** Makes one thing; what it is removed by is known from the moment that it is asked for. */
  async make<T>(what: string, create: () => Promise<T>, remove: (made: T) => Promise<unknown>): Promise<T> {
    if (this.#closed) throw new Error(`${what} is not made any more: everything is being removed`)
    const creation = create()
    // Whoever asked for it hears of a failure; the removal does not.
    creation.catch(() => {})
    this.#things.push({ what, creation, remove: async () => remove(await creation) })
    const made = await creation
    this.#removing.note(`made ${what}`)
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
      if (isThere) left.push(...(await removeThing(thing, this.#removing)))
    }
    return left
  }
}
