import type { Json, MapState, ParallelState } from './definition.ts'
import { ExpressionFailed } from './expression.ts'
import { withinLimit } from './history.ts'
import { evaluate, evaluationFailed, OutOfTime, Stopped, type Thread, tell, type Visit } from './visit.ts'

/** As many iterations of an inline Map as AWS runs at once. */
const MOST_AT_ONCE = 40

export async function runParallel(visit: Visit<ParallelState>): Promise<Json> {
  const { state, run, thread } = visit
  const input = state.Arguments === undefined ? visit.input : await evaluate(visit, 'any', state.Arguments, 'Arguments')
  withinLimit(input, visit.name)
  const started = tell(visit, 'ParallelStateStarted')
  return together(visit, signal =>
    state.Branches.map(states => {
      const own: Thread = { ...thread, kind: 'branch', last: started, signal }
      return { own, work: () => run.block(states, input, own) }
    }),
  )
}

export async function runMap(visit: Visit<MapState>): Promise<Json> {
  const items = await itemsOf(visit)
  const atOnce = await number(visit, 'MaxConcurrency', Number.MAX_SAFE_INTEGER)
  // An inline Map fails with its first failed iteration: only a Distributed Map tolerates failures.
  await number(visit, 'ToleratedFailureCount', Number.MAX_SAFE_INTEGER)
  await number(visit, 'ToleratedFailurePercentage', 100)
  const started = tell(visit, 'MapStateStarted', { mapStateStartedEventDetails: { length: items.length } })
  const outputs: Json[] = new Array(items.length)
  const queue = items.entries()
  await together(visit, signal =>
    Array.from({ length: Math.min(atOnce || MOST_AT_ONCE, MOST_AT_ONCE, items.length) }, () => {
      const own = { last: started }
      return { own, work: () => iterations(visit, queue, own, signal, outputs) }
    }),
  )
  return withinLimit(outputs, visit.name)
}

/** Runs one iteration after the other, each hung on the last state of the one before, until the items are used up. */
async function iterations(
  visit: Visit<MapState>,
  queue: ArrayIterator<[number, Json]>,
  own: Line,
  signal: AbortSignal,
  outputs: Json[],
): Promise<Json> {
  let from = own.last
  for (const [Index, Value] of queue) {
    if (signal.aborted) throw signal.reason
    const thread: Thread = { ...visit.thread, kind: 'iteration', last: from, item: { Index, Value }, signal }
    outputs[Index] = await iteration(visit, thread, own)
    from = thread.last
  }
  return null
}

async function iteration(visit: Visit<MapState>, thread: Thread, own: Line): Promise<Json> {
  const { history, block } = visit.run
  const details = { name: visit.name, index: thread.item?.Index ?? 0 }
  thread.last = history.add('MapIterationStarted', thread.last, { mapIterationStartedEventDetails: details })
  try {
    const output = await block(visit.state.ItemProcessor, await itemInput(visit, thread), thread)
    own.last = history.add('MapIterationSucceeded', thread.last, { mapIterationSucceededEventDetails: details })
    return output
  } catch (error) {
    own.last = thread.last
    if (error instanceof OutOfTime) throw error
    if (error instanceof Stopped) {
      history.add('MapIterationAborted', thread.last, { mapIterationAbortedEventDetails: details })
    } else history.add('MapIterationFailed', thread.last, { mapIterationFailedEventDetails: details })
    throw error
  }
}

async function itemInput(visit: Visit<MapState>, { item }: Thread): Promise<Json> {
  if (visit.state.ItemSelector === undefined) return item?.Value ?? null
  return evaluate(visit, 'any', visit.state.ItemSelector, 'ItemSelector', {}, item)
}

async function itemsOf(visit: Visit<MapState>): Promise<Json[]> {
  const { Items } = visit.state
  if (Items !== undefined) return (await evaluate(visit, 'array', Items, 'Items')) as Json[]
  if (Array.isArray(visit.input)) return visit.input
  const message = `Map state input must be an array but was: ${JSON.stringify(visit.input)}`
  throw evaluationFailed(visit, new ExpressionFailed(message, undefined))
}

type NumberField = 'MaxConcurrency' | 'ToleratedFailureCount' | 'ToleratedFailurePercentage'

async function number(visit: Visit<MapState>, field: NumberField, most: number): Promise<number> {
  const template = visit.state[field]
  if (template === undefined) return 0
  const expected = field === 'ToleratedFailurePercentage' ? 'number' : 'integer'
  const value = (await evaluate(visit, expected, template, field)) as number
  if (value >= 0 && value <= most) return value
  throw evaluationFailed(visit, new ExpressionFailed(`The field '${field}' is out of range: ${value}`, field))
}

/** A line's last event, for what comes after it. */
interface Line {
  last: number
}

/**
 * Runs the lines of a Map or Parallel under a signal of their own. The first failure stops the others; the state's own
 * line goes on from the line that failed, or from the one that finished last.
 */
async function together(
  visit: Visit<MapState | ParallelState>,
  start: (signal: AbortSignal) => { own: Line; work: () => Promise<Json> }[],
): Promise<Json[]> {
  const { thread, run, state } = visit
  const inside = new AbortController()
  const stop = () => inside.abort(thread.signal.reason)
  thread.signal.addEventListener('abort', stop)
  const ended: Line[] = []
  const failed: { own: Line; error: unknown }[] = []
  const lines = start(inside.signal).map(async ({ own, work }) => {
    try {
      const output = await work()
      ended.push(own)
      return output
    } catch (error) {
      failed.push({ own, error })
      if (!inside.signal.aborted) inside.abort(new Stopped('another branch failed'))
      return null
    }
  })
  const outputs = await Promise.all(lines)
  thread.signal.removeEventListener('abort', stop)
  if (thread.signal.aborted) throw thread.signal.reason
  const [first] = failed
  if (first) {
    thread.last = first.own.last
    throw first.error
  }
  thread.last = ended.at(-1)?.last ?? thread.last
  // AWS hangs the state's exit on the same event as this one, not on this one.
  run.history.add(`${state.Type}StateSucceeded`, thread.last)
  return outputs
}
