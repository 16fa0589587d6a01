import type { HistoryEvent } from '@aws-sdk/client-sfn'
import type { Clock } from '../clock.ts'
import { runMap, runParallel } from './branches.ts'
import type { Catcher, ChoiceState, HandlingState, Json, Machine, State, States, WaitState } from './definition.ts'
import { ExpressionFailed } from './expression.ts'
import { catcherFor, type RetryCounts, retryDelay, StateFailure, TIMEOUT } from './failure.ts'
import { errorOf, History, HistoryFull, inputOf, outputOf } from './history.ts'
import { runTask, type TaskHost } from './task.ts'
import {
  enter,
  evaluate,
  evaluationFailed,
  type Identity,
  leave,
  OutOfTime,
  type Run,
  type Step,
  Stopped,
  type Thread,
  tell,
  type Visit,
} from './visit.ts'

/** How an execution ended. */
export type Outcome =
  | { status: 'SUCCEEDED'; output: Json }
  | { status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; error?: string; cause?: string }

/** Why an execution is stopped: the reason to abort its signal with. */
export class Abort extends Stopped {
  readonly error: string | undefined
  readonly detail: string | undefined

  constructor(error?: string, detail?: string) {
    super('the execution is stopped')
    this.error = error
    this.detail = detail
  }
}

export interface ExecutionOptions {
  machine: Machine
  input: Json
  clock: Clock
  host: TaskHost
  identity: Identity
  /** Abort it with an {@link Abort} to stop the execution: no Catch runs. */
  signal?: AbortSignal
  /** The source of jitter, from 0 to 1. Default: chance. */
  random?: () => number
  /** Told of every event as it happens. */
  told?: (event: HistoryEvent) => void
}

export interface Execution {
  /** Resolves when the execution has ended; it rejects only for a fault of the engine or its host. */
  outcome: Promise<Outcome>
  /** Grows while the execution runs. */
  history: readonly HistoryEvent[]
}

/** Starts a loaded state machine. */
export function execute(options: ExecutionOptions): Execution {
  const { clock, host, identity, random = Math.random } = options
  const history = new History(() => clock.now(), options.told)
  const run: Run = { clock, host, history, identity, random, block: (...of) => runBlock(run, ...of) }
  return { outcome: runExecution(run, options), history: history.events }
}

async function runExecution(run: Run, { machine, input, signal }: ExecutionOptions): Promise<Outcome> {
  const { clock, history, identity } = run
  const details = { ...inputOf(input), roleArn: identity.Execution.RoleArn }
  history.add('ExecutionStarted', 0, { executionStartedEventDetails: details })
  const whole = new AbortController()
  const stop = () => whole.abort(signal?.reason)
  if (signal?.aborted) stop()
  else signal?.addEventListener('abort', stop)
  const { TimeoutSeconds } = machine
  const timer = TimeoutSeconds ? clock.timer(TimeoutSeconds * 1000, () => whole.abort(new OutOfTime())) : undefined
  const thread: Thread = { kind: 'main', last: 0, variables: {}, item: undefined, signal: whole.signal }
  try {
    const output = await runBlock(run, machine, input, thread)
    history.end('ExecutionSucceeded', thread.last, { executionSucceededEventDetails: outputOf(output) })
    return { status: 'SUCCEEDED', output }
  } catch (error) {
    return ended(history, thread.last, error)
  } finally {
    timer?.cancel()
    signal?.removeEventListener('abort', stop)
  }
}

function ended(history: History, last: number, error: unknown): Outcome {
  if (error instanceof OutOfTime) {
    history.end('ExecutionTimedOut', 0, { executionTimedOutEventDetails: { error: TIMEOUT } })
    return { status: 'TIMED_OUT' }
  }
  if (error instanceof Abort) {
    const details = errorOf(error)
    history.end('ExecutionAborted', 0, { executionAbortedEventDetails: details })
    return { status: 'ABORTED', ...details }
  }
  const full = new StateFailure('States.Runtime', 'The execution reached the maximum number of history events (25000).')
  const failure = error instanceof HistoryFull ? full : error
  if (!(failure instanceof StateFailure)) throw error
  history.end('ExecutionFailed', last, { executionFailedEventDetails: errorOf(failure) })
  return { status: 'FAILED', ...errorOf(failure) }
}

/** Runs states from StartAt until one ends the block. */
async function runBlock(run: Run, { StartAt, States }: States, input: Json, thread: Thread): Promise<Json> {
  let step: Step = { output: input, next: StartAt }
  while (step.next !== undefined) {
    if (thread.signal.aborted) throw thread.signal.reason
    const state = States[step.next]
    if (!state) throw new Error(`The definition was loaded without its state '${step.next}'`)
    step = await runState(enter(run, thread, step.next, state, step.output))
  }
  return step.output
}

const CAN_BE_ABORTED = ['Task', 'Wait', 'Map', 'Parallel'] as const

async function runState(visit: Visit): Promise<Step> {
  try {
    return await stepOf(visit)
  } catch (error) {
    const type = CAN_BE_ABORTED.find(each => each === visit.state.Type)
    // A task that fails its branch is told as aborted, too, once the failure is told.
    const failedBranch = error instanceof StateFailure && type === 'Task' && visit.thread.kind === 'branch'
    const stopped = error instanceof Stopped && !(error instanceof OutOfTime)
    if (type && (stopped || failedBranch)) tell(visit, `${type}StateAborted`)
    throw error
  }
}

function stepOf(visit: Visit): Promise<Step> {
  const { state } = visit
  switch (state.Type) {
    case 'Pass':
      return leave(visit, state, state.Next, visit.input)
    case 'Succeed':
      return leave(visit, state, undefined, visit.input)
    case 'Fail':
      return fail(visit as Visit<Extract<State, { Type: 'Fail' }>>)
    case 'Choice':
      return choose(visit as Visit<ChoiceState>)
    case 'Wait':
      return wait(visit as Visit<WaitState>)
    case 'Task':
      return handled(visit as Visit<typeof state>, runTask)
    case 'Map':
      return handled(visit as Visit<typeof state>, runMap)
    case 'Parallel':
      return handled(visit as Visit<typeof state>, runParallel)
  }
}

async function fail(visit: Visit<Extract<State, { Type: 'Fail' }>>): Promise<never> {
  const said = async (field: 'Error' | 'Cause') => {
    const template = visit.state[field]
    return template === undefined ? undefined : ((await evaluate(visit, 'string', template, field)) as string)
  }
  throw new StateFailure(await said('Error'), await said('Cause'))
}

async function choose(visit: Visit<ChoiceState>): Promise<Step> {
  const { state, input } = visit
  for (const [index, rule] of state.Choices.entries()) {
    const at = `Choices[${index}]/`
    if ((await evaluate(visit, 'boolean', rule.Condition, `${at}Condition`)) === true) {
      return leave(visit, rule, rule.Next, input, {}, at)
    }
  }
  if (state.Default !== undefined) return leave(visit, state, state.Default, input)
  const where = `An error occurred while executing the state '${visit.name}' (entered at the event id #${visit.entered.id}).`
  const why = 'Failed to transition out of the state. The state does not point to a next state.'
  throw new StateFailure('States.NoChoiceMatched', `${where} ${why}`)
}

async function wait(visit: Visit<WaitState>): Promise<Step> {
  const { state, run, thread } = visit
  const ms = state.Timestamp === undefined ? await secondsOf(visit) : await untilTimestamp(visit, state.Timestamp)
  if (ms > 0) await run.clock.sleep(ms, thread.signal)
  return leave(visit, state, state.Next, visit.input)
}

async function secondsOf(visit: Visit<WaitState>): Promise<number> {
  const seconds = (await evaluate(visit, 'integer', visit.state.Seconds ?? 0, 'Seconds')) as number
  if (seconds >= 0 && seconds <= 99_999_999) return seconds * 1000
  const message = `The Seconds field must be from 0 to 99999999 but was: ${seconds}`
  throw evaluationFailed(visit, new ExpressionFailed(message, 'Seconds'), true)
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

async function untilTimestamp(visit: Visit<WaitState>, template: string): Promise<number> {
  const timestamp = (await evaluate(visit, 'string', template, 'Timestamp')) as string
  const due = TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : Number.NaN
  if (!Number.isNaN(due)) return due - visit.run.clock.now()
  const message = `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${timestamp}`
  throw evaluationFailed(visit, new ExpressionFailed(message, 'Timestamp'), true)
}

/** Attempts the work of a state until it succeeds, its retriers give up and a catcher, if any, takes over. */
async function handled<S extends HandlingState>(
  visit: Visit<S>,
  attempt: (visit: Visit<S>) => Promise<Json>,
): Promise<Step> {
  const { state, run, thread } = visit
  const counts: RetryCounts = new Map()
  for (;;) {
    try {
      const result = await attempt(visit)
      return await leave(visit, state, state.Next, result, { result })
    } catch (failure) {
      if (!(failure instanceof StateFailure)) throw failure
      if (state.Type !== 'Task') tell(visit, `${state.Type}StateFailed`)
      const delay = retryDelay(state.Retry, failure, counts, run.random)
      if (delay === undefined) return recover(visit, failure)
      await run.clock.sleep(delay * 1000, thread.signal)
      visit.retries += 1
    }
  }
}

async function recover(visit: Visit<HandlingState>, failure: StateFailure): Promise<Step> {
  const index = catcherFor(visit.state.Catch, failure)
  const catcher: Catcher | undefined = visit.state.Catch?.[index]
  if (!catcher) throw failure
  const errorOutput = failure.errorOutput()
  return leave(visit, catcher, catcher.Next, errorOutput, { errorOutput }, `Catch[${index}]/`)
}
