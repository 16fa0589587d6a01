const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

const PARENT_LOOK_MS = 500

export interface Signals {
  /** What a signal does before the process ends; the last one given counts. */
  stop(stop: () => Promise<void> | void): void
}

/** Ctrl-C ends everything that was started, and then the process. Who asks twice does not wait. */
export function stoppedBySignals(): Signals {
  let stop: () => Promise<void> | void = () => {}
  let asked = false
  const end = (code: number) => {
    if (asked) process.exit(code)
    asked = true
    void Promise.resolve(stop()).finally(() => process.exit(code))
  }
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => end(code))
  // npm ends at a SIGTERM without handing it on: whose parent is gone was told to end, too.
  const parent = process.ppid
  const look = setInterval(() => {
    if (process.ppid !== parent && !asked) end(SIGNALS.SIGTERM)
  }, PARENT_LOOK_MS)
  look.unref()
  return {
    stop(given) {
      stop = given
    },
  }
}
