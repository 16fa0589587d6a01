import { type ChildProcess, fork } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { PRELOAD, type World } from '../../process/world.ts'
import { REGION } from '../service.ts'
import { type Answer, exited, timedOut } from './answers.ts'
import type { Version } from './functions.ts'

export interface Request {
  id: string
  arn: string
  payload: string
}

/** One Lambda execution environment: a child process that answers one invocation at a time. */
export interface Environment {
  readonly version: Version
  readonly logStream: string
  /** False once it has ended or will end. */
  alive(): boolean
  /** False while what it runs on runs something else. */
  isFree(): boolean
  invoke(request: Request): Promise<Answer>
  /** Tells who is in the middle of an invocation what time it is by now. */
  update(): void
  kill(): Promise<void>
}

export interface Surroundings {
  endpoint: () => string
  world: () => World
  log: (version: Version, stream: string, line: string) => void
}

/** A start gets at least this long, as Lambda's init phase does. */
export const INIT_MS = 10_000
/** A larger heap is real memory of this machine, whatever the function asks for. */
const HEAP_MB = 128
const MARK = '\0'
const RUNTIME = fileURLToPath(new URL('../../process/runtime.mjs', import.meta.url))

export function startEnvironment(version: Version, logStream: string, around: Surroundings): Environment {
  const child = fork(RUNTIME, [], {
    execArgv: [
      '--import',
      PRELOAD,
      `--max-old-space-size=${Math.min(version.memorySize, HEAP_MB)}`,
      '--max-semi-space-size=1',
    ],
    env: { ...variables(version, logStream, around.endpoint()), REHEARSAL: JSON.stringify(around.world()) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const talk = conversation(child, line => around.log(version, logStream, line))
  const ready = talk.next(Math.max(INIT_MS, version.timeout * 1000))

  return {
    version,
    logStream,
    alive: talk.alive,
    isFree: () => true,
    async invoke({ id, arn, payload }) {
      talk.serve(id)
      const started = await ready
      if ('failed' in started) return started
      const limit = version.timeout * 1000
      const answer = talk.next(limit)
      // A channel that is already closed is told by the end of the process.
      if (child.connected) child.send({ id, arn, payload, limit, world: around.world() }, () => {})
      return answer
    },
    update() {
      if (child.connected) child.send({ update: around.world() }, () => {})
    },
    kill: talk.kill,
  }
}

type Message = { ready: true } | { payload: string; last?: true } | { failed: string; last?: true }

function conversation(child: ChildProcess, print: (line: string) => void) {
  const printed = [endOfOutput(child.stdout, print), endOfOutput(child.stderr, print)]
  let waiting: ((answer: Answer) => void) | undefined
  let ended = false
  let tooLate = false
  let request = ''
  let limitMs = 0
  const closed = Promise.withResolvers<void>()

  child.on('message', async (message: Message) => {
    if ('last' in message) ended = true
    const resolve = waiting
    // Output and answer come by different pipes: the log is complete before the answer is given.
    await Promise.race([Promise.all(printed.map(stream => stream.next())), closed.promise])
    resolve?.('ready' in message ? { payload: '' } : message)
  })
  child.once('exit', () => {
    ended = true
  })
  child.once('close', (code, signal) => over(exitReason(code, signal)))
  // A process that could not even be started has no close.
  child.once('error', error => over(error.message))

  function over(reason: string | undefined): void {
    ended = true
    closed.resolve()
    waiting?.(tooLate ? timedOut(request, limitMs / 1000) : exited(request, reason))
  }

  return {
    alive: () => !ended,
    serve(id: string): void {
      request = id
    },
    async next(limit: number): Promise<Answer> {
      limitMs = limit
      const timer = setTimeout(() => {
        tooLate = true
        child.kill('SIGKILL')
      }, limit)
      try {
        return await new Promise<Answer>(resolve => {
          waiting = resolve
        })
      } finally {
        clearTimeout(timer)
        waiting = undefined
      }
    },
    async kill(): Promise<void> {
      ended = true
      child.kill('SIGKILL')
      await closed.promise
    },
  }
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal) return `signal: ${signal === 'SIGKILL' ? 'killed' : signal}`
  return code === 0 ? undefined : `exit status ${code}`
}

/** Prints line by line; `next` resolves when the output of one more answer is complete. */
function endOfOutput(stream: Readable | null, print: (line: string) => void) {
  if (!stream) throw new Error('a child process without output')
  let complete = 0
  let wanted = 0
  const waiters: { count: number; resolve: () => void }[] = []
  const take = (line: string) => {
    const marked = line.endsWith(MARK)
    const text = marked ? line.slice(0, -MARK.length) : line
    if (text) print(text)
    if (!marked) return
    complete++
    for (const waiter of waiters.filter(one => one.count === complete)) waiter.resolve()
  }
  let rest = ''
  // Not readline: it would also break at the \r by which the runtime keeps a message in one line.
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(take)
  })
  stream.once('end', () => take(rest))
  return {
    next(): Promise<void> {
      const count = ++wanted
      if (complete >= count) return Promise.resolve()
      return new Promise(resolve => waiters.push({ count, resolve }))
    },
  }
}

export function variables(version: Version, logStream: string, endpoint: string): Record<string, string> {
  return {
    ...version.environment,
    _HANDLER: version.handler,
    AWS_ACCESS_KEY_ID: version.accessKey.accessKeyId,
    AWS_SECRET_ACCESS_KEY: version.accessKey.secretAccessKey,
    AWS_DEFAULT_REGION: REGION,
    AWS_REGION: REGION,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EXECUTION_ENV: `AWS_Lambda_${version.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memorySize),
    AWS_LAMBDA_FUNCTION_NAME: version.name,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: version.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    // Without it the SDK would read the configuration of whoever runs the rehearsal.
    HOME: version.code,
    LAMBDA_TASK_ROOT: version.code,
    TZ: ':UTC',
  }
}
