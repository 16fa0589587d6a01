import type { Timer } from '../clock.ts'

/** What both drives do alike. */
export abstract class HoldingClock {
  protected readonly holds = new Map<symbol, string>()
  protected stopped = false

  abstract timer(ms: number, fire: () => void): Timer
  protected released(): void {}

  hold(what: string): () => void {
    const key = Symbol(what)
    this.holds.set(key, what)
    return () => {
      if (this.holds.delete(key)) this.released()
    }
  }

  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const release = this.hold(what)
    try {
      return await work()
    } finally {
      release()
    }
  }

  inFlight(): string[] {
    return [...this.holds.values()]
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
