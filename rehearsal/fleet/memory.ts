import { pathToFileURL } from 'node:url'
import type { Clock } from '../clock.ts'
import type { Hosts } from '../process/world.ts'
import type { ContainerModule, ContainerOrder, Fleet, RunningContainer } from './container.ts'
import { EXIT_FAILED, EXIT_KILLED, runsToItsEnd } from './container.ts'
import { answerOf, asRequest, plainAnswer } from './http.ts'
import { settledWithin } from './patience.ts'
import { createProcessFleet, type ProcessFleetOptions } from './processes.ts'

export interface MemoryFleetOptions extends ProcessFleetOptions {
  /** Hosts that this machine stands for. Default: none. */
  hosts?: () => Hosts
}

/** After that a container counts as started, whether it listens or not; its health checks will tell. */
const START_MS = 10_000
/** Real time for what a container that is killed leaves behind; a process would leave nothing. */
const CLOSE_MS = 5000

/** Each start is a fresh import, as each process is. */
let imports = 0

/**
 * Servers in this process's memory: no sockets, no children; one that stops is only no longer asked. What runs to its end
 * is a process all the same: it can be killed, it must not be repeated, and what it does to a database is real.
 */
export function createMemoryFleet(options: MemoryFleetOptions): Fleet {
  const running = new Set<InMemory>()
  const processes = createProcessFleet(options)
  return {
    start(order) {
      const container = startInMemory(order, { clock: options.clock, processes, hosts: options.hosts?.() ?? {} })
      running.add(container)
      void container.closed.then(() => running.delete(container))
      return container
    },
    async stop() {
      for (const container of running) container.end(0)
      await Promise.all([...[...running].map(container => container.closed), processes.stop()])
    },
  }
}

interface InMemory extends RunningContainer {
  /** Resolves when it has ended and given back what it held. */
  readonly closed: Promise<void>
}

interface Machine {
  clock: Clock
  processes: Fleet
  hosts: Hosts
}

function startInMemory(order: ContainerOrder, { clock, processes, hosts }: Machine): InMemory {
  const exit = Promise.withResolvers<number>()
  const closed = Promise.withResolvers<void>()
  const env = asReachable(order.env, hosts)
  let server: ContainerModule | undefined
  let serves = false
  let child: RunningContainer | undefined
  let ended = false
  const failed = (error: unknown) => {
    order.log(textOf(error))
    end(EXIT_FAILED, 0)
  }
  const run = async () => {
    const file = pathToFileURL(`${order.folder}/container.mjs`)
    const { default: module }: { default: ContainerModule } = await import(`${file.href}?start=${++imports}`)
    if (ended) return
    if (runsToItsEnd(module, order.command ?? [])) {
      child = processes.start(order)
      void child.exited.then(code => end(code, 0))
      return child.started
    }
    if (!module.fetch) throw new Error('the image has neither fetch nor run')
    server = module
    await module.start?.(env)
    serves = true
  }
  const started = settledWithin(START_MS, run().catch(failed))
  const close = async () => {
    try {
      await started
      await server?.stop?.(env)
    } catch (error) {
      order.log(textOf(error))
    }
  }
  const end = (code: number, within: number) => {
    if (ended) return
    ended = true
    const closing = settledWithin(within || CLOSE_MS, close())
    void closing.then(closed.resolve)
    if (within > 0) void closing.then(() => exit.resolve(code))
    else exit.resolve(code)
  }
  return {
    started: clock.during(`start of ${order.folder}`, () => started),
    exited: exit.promise,
    closed: closed.promise,
    end(stopTimeoutMs) {
      if (child) child.end(stopTimeoutMs)
      else end(stopTimeoutMs > 0 ? 0 : EXIT_KILLED, stopTimeoutMs)
    },
    async endpoint(request) {
      if (ended || !serves || !server?.fetch) throw new Error('connection refused')
      try {
        return await answerOf(await server.fetch(asRequest(request), env))
      } catch (error) {
        order.log(textOf(error))
        return plainAnswer(500, '')
      }
    },
  }
}

/** No preload maps host names in this process: whoever is told a known `host:port` is told where it is on this machine. */
function asReachable(env: Record<string, string>, hosts: Hosts): Record<string, string> {
  const known = Object.entries(hosts).filter(([host]) => host.includes(':'))
  const local = (value: string) =>
    known.reduce((text, [host, port]) => text.replace(named(host), `127.0.0.1:${port}`), value)
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, local(value)]))
}

function named(host: string): RegExp {
  return new RegExp(`(?<![\\w.-])${host.replaceAll('.', '\\.')}(?!\\d)`, 'gi')
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
