const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

export interface Signals {
  /** What a signal does before the process ends; the last one given counts. */
  stop(stop: () => Promise<void> | void): void
}

/** Ctrl-C ends everything that was started, and then the process. Who asks twice does not wait. */
export function stoppedBySignals(): Signals {
  let stop: () => Promise<void> | void = () => {}
  let asked = false
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (asked) process.exit(code)
      asked = true
      void Promise.resolve(stop()).finally(() => process.exit(code))
    })
  }
  return {
    stop(given) {
      stop = given
    },
  }
}
