import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Cell, Played } from './play.ts'
import type { Order } from './worker.ts'

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** More than there are processors: a throttled SDK waits in real time. */
const WORKERS = 5
/** Most of what runs runs a few hundred times: too seldom to be worth optimizing. */
const EXEC_ARGV = ['--always-sparkplug']
/** After so many cells a worker makes place for a new one: whatever it may have kept by then goes with it. */
const CELLS_EACH = 100
const LAST_LINES = 5

/** A cell, and what came of it. */
export interface Result {
  cell: Cell
  played: Played
}

/** An order whose assembly may still have to be made. */
export type Planned = Omit<Order, 'assembly'> & { assembly: () => Promise<string> }

/** Plays all orders in a few processes, each warm for many, and resolves in their order. `told`: of each, as it is over. */
export async function playAll(
  orders: readonly Planned[],
  told: (result: Result, at: number) => void,
): Promise<Result[]> {
  const results: Result[] = []
  const left = orders.entries()
  const work = async () => {
    let worker: Worker | undefined
    for (const [at, order] of left) {
      if (!worker?.isGood()) {
        worker?.end()
        worker = startWorker()
      }
      const result = {
        cell: order.cell,
        played: await worker.play({ ...order, assembly: await order.assembly() }),
      }
      results[at] = result
      told(result, at)
    }
    worker?.end()
  }
  await Promise.all(Array.from({ length: Math.min(WORKERS, orders.length) }, work))
  return results
}

interface Worker {
  play(order: Order): Promise<Played>
  isGood(): boolean
  end(): void
}

function startWorker(): Worker {
  const child = fork(WORKER, { cwd: ROOT, execArgv: EXEC_ARGV, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const said = { stderr: '' }
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr = (said.stderr + text).slice(-4_000)
  })
  const end = () => void child.kill()
  process.once('exit', end)
  child.once('close', () => process.off('exit', end))
  let cells = 0
  return {
    play: order => {
      cells++
      return answerOf(child, order, said)
    },
    isGood: () => child.connected && cells < CELLS_EACH,
    end: () => {
      if (child.connected) child.disconnect()
    },
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
