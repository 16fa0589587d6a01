import { type ChildProcess, spawn } from 'node:child_process'
import http from 'node:http'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../clock.ts'
import type { ContainerOrder, Endpoint, Fleet, RunningContainer } from './container.ts'
import { EXIT_FAILED, EXIT_KILLED, EXIT_TERMINATED } from './container.ts'
import { httpEndpoint } from './http.ts'
import { settledWithin } from './patience.ts'

export interface ProcessFleetOptions {
  clock: Clock
  /** Further arguments of Node for every container, such as a preload. */
  nodeArguments?: string[]
  /** Further environment of every container. */
  environment?: () => Record<string, string>
  /** Real ms for which AWS's time stands while a container runs to its end. Default 5,000. */
  runMs?: number
}

export interface ProcessFleet extends Fleet {
  /** The process ids of the containers that live. */
  pids(): number[]
}

const SERVE = fileURLToPath(new URL('./serve.mjs', import.meta.url))
/** A rehearsal has many containers on one machine: small heaps, and nothing that compiles or collects beside them. */
const SMALL = [
  '--max-old-space-size=32',
  '--max-semi-space-size=1',
  '--single-threaded',
  '--optimize-for-size',
  '--no-opt',
  '--no-maglev',
  '--no-warnings',
]

/** After that a container counts as started, whether it listens or not; its health checks will tell. */
const START_MS = 20_000

/**
 * Real time for which AWS's time stands while a container runs to its end. Ten times what a migration of a small database
 * takes, so that a busy machine is not a time limit passed; one that hangs costs a test that long, and meets its limit.
 */
const RUN_MS = 5000

/** Containers as child processes, each on a loopback port of its own. */
export function createProcessFleet(options: ProcessFleetOptions): ProcessFleet {
  const children = new Map<ChildProcess, RunningContainer>()
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 4 })
  return {
    start(order) {
      const extra = options.environment?.() ?? {}
      const serve = [SERVE, order.folder, ...(order.command ?? [])]
      const child = spawn(process.execPath, [...SMALL, ...(options.nodeArguments ?? []), ...serve], {
        env: { ...extra, ...order.env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      })
      const container = containerOf(child, order, { ...options, agent })
      children.set(child, container)
      void container.exited.then(() => children.delete(child))
      return container
    },
    pids: () => [...children.keys()].flatMap(child => child.pid ?? []),
    async stop() {
      for (const child of children.keys()) child.kill('SIGKILL')
      await Promise.all([...children.values()].map(container => container.exited))
      agent.destroy()
    },
  }
}

function containerOf(
  child: ChildProcess,
  order: ContainerOrder,
  { clock, runMs = RUN_MS, agent }: ProcessFleetOptions & { agent: http.Agent },
): RunningContainer {
  let endpoint: Endpoint | undefined
  let ending = false
  for (const stream of [child.stdout, child.stderr]) if (stream) logLines(stream, order)
  const exited = exitCode(child, order)
  const begins = new Promise<void>(resolve => {
    child.once('message', (said: { port: number } | 'runs') => {
      if (said === 'runs') void clock.during(`run of ${order.folder}`, () => settledWithin(runMs, exited))
      else endpoint = httpEndpoint(said.port, agent)
      resolve()
    })
  })
  void exited.then(() => {
    endpoint = undefined
  })
  return {
    started: clock.during(`start of ${order.folder}`, async () => {
      await settledWithin(START_MS, Promise.race([begins, exited]))
    }),
    exited,
    end(stopTimeoutMs) {
      if (ending) return
      ending = true
      child.kill(stopTimeoutMs > 0 ? 'SIGTERM' : 'SIGKILL')
      // How long a process takes to leave is real; AWS time would turn a busy machine into a kill.
      const kill = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      void clock.during(`end of ${order.folder}`, () => exited).then(() => clearTimeout(kill))
    },
    endpoint(request, signal) {
      if (!endpoint) return Promise.reject(new Error('connection refused'))
      return endpoint(request, signal)
    },
  }
}

function exitCode(child: ChildProcess, order: ContainerOrder): Promise<number> {
  return new Promise(resolve => {
    child.once('error', error => {
      order.log(`cannot start: ${error.message}`)
      resolve(EXIT_FAILED)
    })
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGTERM' ? EXIT_TERMINATED : EXIT_KILLED)))
  })
}

function logLines(stream: Readable, order: ContainerOrder): void {
  createInterface({ input: stream }).on('line', line => order.log(line))
}
