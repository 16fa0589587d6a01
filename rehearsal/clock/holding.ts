import { AsyncLocalStorage } from 'node:async_hooks'
import type { Held, Timer } from '../clock.ts'

interface Hold {
  what: string
  isOver: boolean
  /** How many have let go of it for now. */
  absences: number
}

/** What both drives do alike. */
export abstract class HoldingClock {
  protected readonly holds = new Set<Hold>()
  protected stopped = false
  readonly #around = new AsyncLocalStorage<readonly Hold[]>()

  abstract timer(ms: number, fire: () => void): Timer
  protected released(): void {}

  hold(what: string): () => void {
    const hold = this.#take(what)
    return () => this.#end(hold)
  }

  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const hold = this.#take(what)
    try {
      return await this.#around.run([...(this.#around.getStore() ?? []), hold], work)
    } finally {
      this.#end(hold)
    }
  }

  around(): Held {
    const around = this.#around.getStore() ?? []
    return {
      letGo: () => {
        for (const hold of around) {
          hold.absences++
          this.holds.delete(hold)
        }
        this.released()
      },
      takeUp: () => {
        for (const hold of around) if (--hold.absences === 0 && !hold.isOver) this.holds.add(hold)
      },
    }
  }

  /** A timer's work is under no hold of whoever made time go on. */
  protected apart(work: () => void): void {
    this.#around.exit(work)
  }

  #take(what: string): Hold {
    const hold = { what, isOver: false, absences: 0 }
    this.holds.add(hold)
    return hold
  }

  #end(hold: Hold): void {
    hold.isOver = true
    if (this.holds.delete(hold)) this.released()
  }

  inFlight(): string[] {
    return [...this.holds].map(({ what }) => what)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        timer.cancel()
        reject(signal?.reason)
      }
      const timer = this.timer(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      signal?.addEventListener('abort', abort, { once: true })
    })
  }
}
