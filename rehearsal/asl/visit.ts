import type { HistoryEvent } from '@aws-sdk/client-sfn'
import type { Clock } from '../clock.ts'
import type { Json, Leaving, State, States } from './definition.ts'
import { type Expected, ExpressionFailed, fillInAs, type Scope } from './expression.ts'
import { QUERY_ERROR, StateFailure } from './failure.ts'
import { assignedOf, type EventDetails, type History, inputOf, outputOf, withinLimit } from './history.ts'
import type { TaskHost } from './task.ts'

/** `$states.context.Execution` and `.StateMachine`. */
export interface Identity {
  Execution: { Id: string; Input: Json; Name: string; RoleArn: string; StartTime: string; RedriveCount?: number }
  StateMachine: { Id: string; Name: string }
}

/** What all states of one execution share. */
export interface Run {
  clock: Clock
  host: TaskHost
  history: History
  identity: Identity
  random: () => number
  /** Runs a block of states to its end and answers its output. */
  block(states: States, input: Json, thread: Thread): Promise<Json>
}

/** One line of states: the execution's own, a branch of a Parallel, or an iteration of a Map. */
export interface Thread {
  kind: 'main' | 'branch' | 'iteration'
  /** The id of the last event on this line; 0 before the first. */
  last: number
  /** Outer variables are copies: while a branch runs, nobody else can assign them. */
  variables: Record<string, Json>
  item: { Index: number; Value: Json } | undefined
  signal: AbortSignal
}

/** One stay in a state, with all its attempts. */
export interface Visit<S extends State = State> {
  readonly run: Run
  readonly thread: Thread
  readonly name: string
  readonly state: S
  readonly input: Json
  readonly entered: { id: number; before: number; time: string }
  retries: number
  token: string | undefined
}

/** The execution was stopped from outside, or another branch failed: this line ends without a result. */
export class Stopped extends Error {}

/** The machine's own time is up. AWS tells of that at once, not of the states that it was in. */
export class OutOfTime extends Stopped {}

export function enter(run: Run, thread: Thread, name: string, state: State, input: Json): Visit {
  const before = thread.last
  const time = new Date(run.clock.now()).toISOString()
  const id = run.history.add(`${state.Type}StateEntered`, before, {
    stateEnteredEventDetails: { name, ...inputOf(input) },
  })
  thread.last = id
  return { run, thread, name, state, input, entered: { id, before, time }, retries: 0, token: undefined }
}

/** Adds an event to the visit's line. */
export function tell(visit: Visit, type: NonNullable<HistoryEvent['type']>, details: EventDetails = {}): number {
  visit.thread.last = visit.run.history.add(type, visit.thread.last, details)
  return visit.thread.last
}

export function contextOf({ run, thread, name, entered, retries, token }: Visit): { [key: string]: Json } {
  return {
    ...(run.identity as unknown as { [key: string]: Json }),
    State: { Name: name, EnteredTime: entered.time, RetryCount: retries },
    ...(token === undefined ? {} : { Task: { Token: token } }),
    ...(thread.item === undefined ? {} : { Map: { Item: thread.item } }),
  }
}

type Answers = Pick<Scope['states'], 'result' | 'errorOutput'>

/** Evaluates a field; what goes wrong is an EvaluationFailed event and States.QueryEvaluationError. */
export async function evaluate(
  visit: Visit,
  expected: Expected,
  template: Json,
  location: string,
  answers: Answers = {},
  item?: Thread['item'],
): Promise<Json> {
  const context = contextOf(item ? { ...visit, thread: { ...visit.thread, item } } : visit)
  const states = { input: visit.input, context, ...answers }
  try {
    return await fillInAs(expected, template, location, {
      states,
      variables: visit.thread.variables,
      now: visit.run.clock.now(),
    })
  } catch (error) {
    if (!(error instanceof ExpressionFailed)) throw error
    throw evaluationFailed(visit, error)
  }
}

/** Tells of the failed evaluation and answers the failure to throw. */
export function evaluationFailed(visit: Visit, { message, location }: ExpressionFailed, waiting = false): StateFailure {
  const where = `An error occurred while executing the state '${visit.name}' (entered at the event id #${visit.entered.id}).`
  const cause = `${where} ${message}`
  // While nothing has happened in the state, AWS hangs the event on the one before the state's entry.
  if (!waiting && visit.thread.last === visit.entered.id) visit.thread.last = visit.entered.before
  tell(visit, 'EvaluationFailed', {
    evaluationFailedEventDetails: {
      error: QUERY_ERROR,
      cause,
      ...(location === undefined ? {} : { location }),
      state: visit.name,
    },
  })
  return new StateFailure(QUERY_ERROR, cause)
}

/** Where a line goes on after a state. */
export interface Step {
  output: Json
  next: string | undefined
}

/** Evaluates Assign and Output from the values at entry, and leaves the state. Without Output, `otherwise` goes on. */
export async function leave(
  visit: Visit,
  fields: Leaving,
  next: string | undefined,
  otherwise: Json,
  answers: Answers = {},
  location = '',
): Promise<Step> {
  const assigned = await evaluate(visit, 'any', fields.Assign ?? {}, `${location}Assign`, answers)
  withinLimit(assigned, visit.name)
  const output =
    fields.Output === undefined ? otherwise : await evaluate(visit, 'any', fields.Output, `${location}Output`, answers)
  withinLimit(output, visit.name)
  const variables = assigned as Record<string, Json>
  const details = { name: visit.name, ...outputOf(output), ...assignedOf(variables) }
  tell(visit, `${visit.state.Type as Exclude<State['Type'], 'Fail'>}StateExited`, { stateExitedEventDetails: details })
  visit.thread.variables = { ...visit.thread.variables, ...variables }
  return { output, next }
}
