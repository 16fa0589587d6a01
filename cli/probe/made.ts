/** What a probe has made in an account, so that nothing of it stays there. */
export class Made {
  readonly #things: { what: string; creation: Promise<unknown>; remove: () => Promise<void> }[] = []
  readonly #note: (line: string) => void
  #closed = false

  constructor(note: (line: string) => void) {
    this.#note = note
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
        await thing.remove()
        this.#note(`removed ${thing.what}`)
      } catch (error) {
        left.push(`${thing.what} could not be removed: ${(error as Error).message}`)
      }
    }
    return left
  }
}
