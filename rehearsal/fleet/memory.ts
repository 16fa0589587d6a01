import { pathToFileURL } from 'node:url'
import type { Clock } from '../clock.ts'
import type { ContainerModule, ContainerOrder, Fleet, RunningContainer } from './container.ts'
import { EXIT_FAILED, EXIT_KILLED } from './container.ts'
import { answerOf, asRequest, plainAnswer } from './http.ts'
import { settledWithin } from './patience.ts'

/** After that a container counts as started, whether it listens or not; its health checks will tell. */
const START_MS = 10_000

/** Each start is a fresh import, as each process is. */
let imports = 0

/** Containers in this process's memory: no sockets, no children; a container that stops is only no longer asked. */
export function createMemoryFleet(options: { clock: Clock }): Fleet {
  const running = new Set<RunningContainer>()
  return {
    start(order) {
      const container = startInMemory(order, options.clock)
      running.add(container)
      void container.exited.then(() => running.delete(container))
      return container
    },
    async stop() {
      for (const container of running) container.end(0)
    },
  }
}

function startInMemory(order: ContainerOrder, clock: Clock): RunningContainer {
  const exit = Promise.withResolvers<number>()
  let module: ContainerModule | undefined
  let ended = false
  const leave = (code: number) => {
    ended = true
    exit.resolve(code)
  }
  const run = async () => {
    const file = pathToFileURL(`${order.folder}/container.mjs`)
    const loaded: { default: ContainerModule } = await import(`${file.href}?start=${++imports}`)
    await loaded.default.start?.(order.env)
    module = loaded.default
    if (!module.fetch && module.run) leave(await module.run(order.env))
  }
  const failed = (error: unknown) => {
    order.log(textOf(error))
    leave(EXIT_FAILED)
  }
  return {
    started: clock.during(`start of ${order.folder}`, () => settledWithin(START_MS, run().catch(failed))),
    exited: exit.promise,
    end: stopTimeoutMs => leave(stopTimeoutMs > 0 ? 0 : EXIT_KILLED),
    async endpoint(request) {
      if (ended || !module?.fetch) throw new Error('connection refused')
      try {
        return await answerOf(await module.fetch(asRequest(request), order.env))
      } catch (error) {
        order.log(textOf(error))
        return plainAnswer(500, '')
      }
    },
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
