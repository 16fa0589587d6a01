/** One HTTP request or answer as the fleet passes it on; bodies are whole, since a rehearsal's are small. */
export interface Exchange {
  method: string
  /** Path and query. */
  path: string
  headers: Headers
  body: Buffer
}

export type Headers = Record<string, string | string[] | undefined>

export interface Answer {
  status: number
  headers: Headers
  body: Buffer
}

/** Where something answers HTTP; rejects when nobody does, or when the signal ends the patience. */
export type Endpoint = (request: Exchange, signal: AbortSignal) => Promise<Answer>

/**
 * What an image's `container.mjs` exports by default: a server has `fetch`, what runs to its end has `run`; an image that
 * has both serves unless it is given a command. A throw at import, in `start` or in `run` ends the container with exit code 1.
 */
export interface ContainerModule {
  /** A server takes what it needs before it serves. */
  start?(env: Record<string, string>): unknown
  fetch?(request: Request, env: Record<string, string>): Response | Promise<Response>
  run?(env: Record<string, string>, command: string[]): number | Promise<number>
  /** A server gives back what it holds before it ends. */
  stop?(env: Record<string, string>): unknown
}

export function runsToItsEnd({ run, fetch }: ContainerModule, command: string[]): boolean {
  return run !== undefined && (command.length > 0 || fetch === undefined)
}

export interface ContainerOrder {
  folder: string
  env: Record<string, string>
  /** What the image is to do, word by word; nothing said: what it does by itself. */
  command?: string[]
  log(line: string): void
}

export interface RunningContainer {
  readonly endpoint: Endpoint
  /** Resolves when the container serves or has ended, whichever comes first. */
  readonly started: Promise<void>
  /** Resolves with the exit code. */
  readonly exited: Promise<number>
  /** SIGTERM, and SIGKILL when that long has passed. Repeating it does nothing. */
  end(stopTimeoutMs: number): void
}

/** Runs containers: as processes, or in this process's memory. */
export interface Fleet {
  start(order: ContainerOrder): RunningContainer
  /** Ends every container at once and resolves when none is left. */
  stop(): Promise<void>
}

export const EXIT_FAILED = 1
export const EXIT_KILLED = 137
export const EXIT_TERMINATED = 143
