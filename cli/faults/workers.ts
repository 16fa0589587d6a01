import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Cell, Played } from './play.ts'
import type { Order } from './worker.ts'

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** More than there are processors: a throttled SDK waits in real time. */
const WORKERS = 4
/** Most of what runs runs a few hundred times: too seldom to be worth optimizing. */
const EXEC_ARGV = ['--always-sparkplug']
/** After so many cells a worker makes place for a new one: whatever it may have kept by then goes with it. */
const CELLS_EACH = 100
const LAST_LINES = 5
/** Many times what a release takes on a machine that does nothing else. */
const LIMIT_MS = 10 * 60_000
/** A process that is told to end clears up first. */
const GRACE_MS = 5_000

/** A cell, and what came of it. */
export interface Result {
  cell: Cell
  played: Played
}

/** An order whose assembly may still have to be made. */
export type Planned = Omit<Order, 'assembly'> & { assembly: () => Promise<string> }

export interface Hired {
  /** The program of a worker. */
  program: string
  /** How long one order may take, in real time. */
  limitMs: number
}

/**
 * Plays all orders in a few processes, each warm for many, and resolves in their order; none of the processes is left, even where
 * an assembly cannot be made. `told`: of each, as it is over.
 */
export async function playAll(
  orders: Iterable<Planned>,
  told: (result: Result, at: number) => void,
  { program = WORKER, limitMs = LIMIT_MS }: Partial<Hired> = {},
): Promise<Result[]> {
  const results: Result[] = []
  const left = numbered(orders)
  const workers = new Set<Worker>()
  const dismiss = (worker: Worker) => {
    workers.delete(worker)
    return worker.end()
  }
  const work = async () => {
    let worker: Worker | undefined
    for (const [at, order] of left) {
      const assembly = await order.assembly()
      if (!worker?.isGood()) {
        if (worker) void dismiss(worker)
        worker = startWorker({ program, limitMs })
        workers.add(worker)
      }
      const result = { cell: order.cell, played: await worker.play({ ...order, assembly }) }
      if (!workers.has(worker)) return
      results[at] = result
      told(result, at)
    }
  }
  try {
    await Promise.all(Array.from({ length: WORKERS }, work))
  } finally {
    await Promise.all([...workers].map(dismiss))
  }
  return results
}

/** One for all who take from it: who fails takes the rest along. */
function* numbered<T>(all: Iterable<T>): Generator<[number, T]> {
  let at = 0
  for (const each of all) yield [at++, each]
}

interface Worker {
  play(order: Order): Promise<Played>
  isGood(): boolean
  /** Resolves when nothing is left of it. */
  end(): Promise<void>
}

function startWorker({ program, limitMs }: Hired): Worker {
  const child = fork(program, { cwd: ROOT, execArgv: EXEC_ARGV, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const said = { stderr: '' }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr = (said.stderr + text).slice(-4_000)
  })
  const kill = () => void child.kill()
  process.once('exit', kill)
  const closed = new Promise<void>(resolve => child.once('close', () => resolve()))
  void closed.then(() => process.off('exit', kill))
  const end = async () => {
    child.kill()
    // One that hangs hears of no signal.
    const patience = setTimeout(() => child.kill('SIGKILL'), GRACE_MS)
    await closed
    clearTimeout(patience)
  }
  let cells = 0
  return {
    play: async order => {
      cells++
      const limit = setTimeout(() => {
        said.stderr = `it was not over after ${limitMs / 1000} s`
        void end()
      }, limitMs)
      const played = await answerOf(child, order, said)
      clearTimeout(limit)
      return played
    },
    isGood: () => child.connected && cells < CELLS_EACH,
    end,
  }
}

/** A process that ends meanwhile has played it to a bad end. */
function answerOf(child: ChildProcess, order: Order, said: { stderr: string }): Promise<Played> {
  const from = performance.now()
  return new Promise(resolve => {
    const ended = (code: number | null) => {
      child.off('message', answered)
      const because = `the process ended with ${code}: ${said.stderr.trim().split('\n').slice(-LAST_LINES).join(' | ')}`
      const seconds = (performance.now() - from) / 1000
      resolve({ outcome: 'none', fired: {}, seconds, broken: [{ name: 'end', because }] })
    }
    const answered = (played: unknown) => {
      child.off('close', ended)
      resolve(played as Played)
    }
    child.once('close', ended)
    child.once('message', answered)
    child.send(order)
  })
}
