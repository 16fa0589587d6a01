import { Worker } from 'node:worker_threads'
import type { World } from '../../process/world.ts'
import { type Answer, exited, timedOut } from './answers.ts'
import { type Environment, type Surroundings, variables } from './environment.ts'
import type { Version } from './functions.ts'
import type { Script } from './script.ts'

const RUNTIME = new URL('../../process/thread.mjs', import.meta.url)
const HEAP_MB = 512

type Message = { stream: 'stdout' | 'stderr'; text: string } | { answer: Reply }
type Reply = ({ ready: true } | Answer) & { last?: true }

interface Job {
  print(line: string): void
  resolve(reply: Reply): void
}

/**
 * Threads in which many environments live and one at a time runs, so that one that hangs or exits takes nobody's work along:
 * the idle ones beside it are only cold again.
 */
export function createThreads() {
  const threads: Thread[] = []

  function free(): Thread {
    const found = threads.find(thread => thread.isAlive && thread.isFree)
    if (found) return found
    const made = new Thread()
    threads.push(made)
    return made
  }

  return {
    /** Undefined where the version is no single bundle. */
    start: (version: Version, script: Script, logStream: string, around: Surroundings): Environment =>
      startIn(free(), version, script, logStream, around),
    stop: () => Promise.all(threads.splice(0).map(thread => thread.end())),
  }
}

let ids = 0

function startIn(thread: Thread, version: Version, bundle: Script, logStream: string, around: Surroundings): Environment {
  const id = ++ids
  const print = (line: string) => around.log(version.logGroup, logStream, line)
  const limit = version.timeout * 1000
  let isOver = false
  const task = (message: object, request: string) => thread.run({ id, ...message }, { print, request, limit })
  const started = task(
    { does: 'start', bundle, file: bundle.file, variables: variables(version, logStream, around.endpoint()) },
    '',
  )
  void started.then(reply => {
    if (reply.last) isOver = true
  })

  return {
    version,
    logStream,
    alive: () => !isOver && thread.isAlive,
    isFree: () => thread.isFree,
    async invoke({ id: request, arn, payload }) {
      const ready = await started
      if ('failed' in ready) return ready
      const world: World = around.world()
      const reply = await task({ does: 'invoke', request, arn, payload, limit, world }, request)
      return 'ready' in reply ? { payload: '' } : reply
    },
    async kill() {
      isOver = true
      if (thread.isRunning(id)) await thread.end()
      else thread.forget(id)
    },
  }
}

class Thread {
  readonly #worker = new Worker(RUNTIME, { env: {}, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } })
  #job: Job | undefined
  #running = 0
  #rest = { stdout: '', stderr: '' }
  isAlive = true

  constructor() {
    this.#worker.on('message', (message: Message) => {
      if ('answer' in message) return this.#job?.resolve(message.answer)
      const lines = (this.#rest[message.stream] + message.text).split('\n')
      this.#rest[message.stream] = lines.pop() ?? ''
      for (const line of lines) if (line) this.#job?.print(line)
    })
    this.#worker.on('error', error => this.#over(error.message))
    this.#worker.on('exit', code => this.#over(code === 0 ? undefined : `exit status ${code}`))
    this.#worker.unref()
  }

  get isFree(): boolean {
    return this.#job === undefined
  }

  isRunning(id: number): boolean {
    return this.#running === id
  }

  async run(
    message: { id: number },
    { print, request, limit }: { print: (line: string) => void; request: string; limit: number },
  ): Promise<Reply> {
    this.#running = message.id
    const { promise, resolve } = Promise.withResolvers<Reply>()
    this.#job = { print, resolve }
    this.#request = request
    const timer = setTimeout(() => {
      resolve({ ...timedOut(request, limit / 1000), last: true })
      void this.end()
    }, limit)
    this.#worker.postMessage(message)
    const reply = await promise
    clearTimeout(timer)
    for (const rest of Object.values(this.#rest)) if (rest) print(rest)
    this.#rest = { stdout: '', stderr: '' }
    this.#job = undefined
    this.#running = 0
    return reply
  }

  #request = ''

  #over(reason: string | undefined): void {
    this.isAlive = false
    this.#job?.resolve({ ...exited(this.#request, reason), last: true })
  }

  forget(id: number): void {
    if (this.isAlive) this.#worker.postMessage({ does: 'forget', id })
  }

  async end(): Promise<void> {
    this.isAlive = false
    await this.#worker.terminate()
  }
}
