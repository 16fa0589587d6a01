import { Worker } from 'node:worker_threads'
import type { World } from '../../process/world.ts'
import { type Answer, exited, timedOut } from './answers.ts'
import { type Environment, INIT_MS, type Surroundings, variables } from './environment.ts'
import type { Version } from './functions.ts'
import type { Script } from './script.ts'

const RUNTIME = new URL('../../process/thread.mjs', import.meta.url)
const HEAP_MB = 512

type Message = { stream: 'stdout' | 'stderr'; text: string } | { answer: Reply }
/** `last`: the environment is not to be used again; `dies`: nor is its thread. */
type Reply = ({ ready: true } | Answer) & { last?: true; dies?: true }

interface Job {
  /** Of the environment. */
  id: number
  message: object
  /** Of the invocation; empty while the environment starts. */
  request: string
  /** Real ms. */
  limit: number
  print(line: string): void
  resolve(reply: Reply): void
}

/** Threads, and what stayed warm in them when a rehearsal ended: an environment by its code and variables. */
interface Host {
  threads: Thread[]
  warm: Map<string, Place[]>
}

/** Where an environment lives. */
interface Place {
  thread: Thread
  id: number
}

const newHost = (): Host => ({ threads: [], warm: new Map() })
const LASTING = newHost()

/**
 * Threads in which many environments live and one at a time runs, so that one that hangs or exits takes nobody's work along:
 * the idle ones beside it are only cold again. `lasting`: the next host of this process goes on with them.
 */
export function createThreads({ lasting = false } = {}) {
  const host = lasting ? LASTING : newHost()
  const started = new Set<Started>()

  return {
    start(version: Version, script: Script, logStream: string, around: Surroundings): Environment {
      const environment = startIn(host, version, script, logStream, around)
      started.add(environment)
      return environment
    },
    async stop(): Promise<void> {
      if (lasting) for (const environment of started) environment.park()
      const ending = host.threads.filter(thread => !lasting || !thread.isFree)
      host.threads = host.threads.filter(thread => !ending.includes(thread))
      await Promise.all(ending.map(thread => thread.end()))
    },
  }
}

interface Started extends Environment {
  /** This host has no more use for it; another may. */
  park(): void
}

function placeIn(host: Host, key: string): Place {
  const warm = host.warm.get(key)?.filter(({ thread }) => thread.isAlive) ?? []
  const found = warm.find(({ thread }) => thread.isFree)
  host.warm.set(
    key,
    warm.filter(place => place !== found),
  )
  return found ?? { thread: freeIn(host), id: ++ids }
}

function freeIn({ threads }: Host): Thread {
  const found = threads.find(thread => thread.isAlive && thread.isFree)
  if (found) return found
  const made = new Thread()
  threads.push(made)
  return made
}

let ids = 0

function startIn(host: Host, version: Version, script: Script, logStream: string, around: Surroundings): Started {
  const given = variables(version, logStream, around.endpoint())
  const key = JSON.stringify([script.code, { ...given, AWS_LAMBDA_LOG_STREAM_NAME: '' }])
  const place = placeIn(host, key)
  const { thread, id } = place
  const print = (line: string) => around.log(version, logStream, line)
  const limit = version.timeout * 1000
  let isOver = false
  const run = async (request: string, limit: number, message: object) => {
    const reply = await thread.run({ id, request, limit, message, print })
    if (reply.last) isOver = true
    return reply
  }
  const started = run('', Math.max(INIT_MS, limit), { does: 'start', script, variables: given })

  return {
    version,
    logStream,
    alive: () => !isOver && thread.isAlive,
    isFree: () => thread.isFree,
    async invoke({ id: request, arn, payload }) {
      const leave = thread.occupy()
      try {
        const ready = await started
        if ('failed' in ready) return ready
        const world: World = around.world()
        const reply = await run(request, limit, { does: 'invoke', request, arn, payload, limit, world })
        return 'ready' in reply ? { payload: '' } : reply
      } finally {
        leave()
      }
    },
    update: () => thread.update(around.world()),
    park() {
      if (isOver || !thread.isAlive || !thread.isFree) return
      isOver = true
      host.warm.set(key, [...(host.warm.get(key) ?? []), place])
    },
    async kill() {
      if (isOver) return
      isOver = true
      if (thread.isRunning(id)) await thread.end()
      else thread.forget(id)
    },
  }
}

class Thread {
  readonly #worker = new Worker(RUNTIME, { env: {}, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } })
  readonly #rest = { stdout: '', stderr: '' }
  #job: Job | undefined
  /** Those that run or wait for their turn. */
  #jobs = 0
  #turn: Promise<unknown> = Promise.resolve()
  isAlive = true

  constructor() {
    this.#worker.unref()
    this.#worker.on('message', (message: Message) => {
      if ('answer' in message) this.#job?.resolve(message.answer)
      else this.#print(message.stream, message.text)
    })
    this.#worker.on('error', error => this.#over(error.message))
    this.#worker.on('exit', code => this.#over(code === 0 ? undefined : `exit status ${code}`))
  }

  get isFree(): boolean {
    return this.#jobs === 0
  }

  /** Nobody else is to have it until the returned is called. */
  occupy(): () => void {
    this.#jobs++
    return () => {
      this.#jobs--
    }
  }

  update(world: World): void {
    this.#worker.postMessage({ does: 'update', world })
  }

  isRunning(id: number): boolean {
    return this.#job?.id === id
  }

  /** One after the other. */
  run(job: Omit<Job, 'resolve'>): Promise<Reply> {
    this.#jobs++
    const reply = this.#turn.then(() => this.#do(job))
    this.#turn = reply.then(() => this.#jobs--)
    return reply
  }

  async #do(job: Omit<Job, 'resolve'>): Promise<Reply> {
    if (!this.isAlive) return { ...exited(job.request, 'signal: killed'), last: true }
    const { promise, resolve } = Promise.withResolvers<Reply>()
    this.#job = { ...job, resolve }
    const tooLate = setTimeout(() => {
      resolve({ ...timedOut(job.request, job.limit / 1000), last: true })
      void this.end()
    }, job.limit)
    this.#worker.postMessage({ ...job.message, id: job.id })
    const reply = await promise
    clearTimeout(tooLate)
    if (reply.dies) this.isAlive = false
    this.#print('stdout', '\n')
    this.#print('stderr', '\n')
    this.#job = undefined
    return reply
  }

  #print(stream: 'stdout' | 'stderr', text: string): void {
    const lines = (this.#rest[stream] + text).split('\n')
    this.#rest[stream] = lines.pop() ?? ''
    for (const line of lines) if (line) this.#job?.print(line)
  }

  #over(reason: string | undefined): void {
    this.isAlive = false
    this.#job?.resolve({ ...exited(this.#job.request, reason), last: true })
  }

  forget(id: number): void {
    if (this.isAlive) this.#worker.postMessage({ does: 'forget', id })
  }

  async end(): Promise<void> {
    this.#over('signal: killed')
    await this.#worker.terminate()
  }
}
