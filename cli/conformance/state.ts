import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { InvalidDefinition, type Json, type Machine, type State } from '../../rehearsal/asl/definition.ts'
import { Abort, execute, type Outcome } from '../../rehearsal/asl/engine.ts'
import { catcherFor, matches, StateFailure } from '../../rehearsal/asl/failure.ts'
import type { TaskAnswer } from '../../rehearsal/asl/task.ts'
import { createClock } from '../../rehearsal/clock.ts'
import { type Case, failed, load, PASSED, settled, type Verdict } from './case.ts'
import { difference, isObject } from './match.ts'

export interface StateCase extends Case {
  request: {
    stateName?: string
    input?: Json
    variables?: Record<string, Json>
    context?: unknown
    inspectionLevel?: string
    mock?: { result?: Json; errorOutput?: { error?: string; cause?: string } }
    stateConfiguration?: { retrierRetryCount?: number }
  }
}

const ONLY_STATE = 'StateName'
const VARIABLES = 'Variables before the state'
const HANDLING = ['Task', 'Map', 'Parallel']

/** The definition as a machine: a state that stands alone has the name that TestState gives it. */
export function machineOf({ definition }: Case): Record<string, unknown> {
  return isObject(definition.States) ? definition : { StartAt: ONLY_STATE, States: { [ONLY_STATE]: definition } }
}

/** Runs one state as TestState does: in a machine that goes no further, with the mock in place of its work. */
export async function runTestState(one: StateCase): Promise<Verdict> {
  const { request } = one
  const { QueryLanguage, States } = machineOf(one)
  const name = request.stateName ?? ONLY_STATE
  const tested = isObject(States) ? States[name] : undefined
  if (!isObject(tested)) return failed(`has no state '${name}'`)
  // What is tested decides what else is needed: work without a mock would be done on AWS, and contexts are the caller's.
  if (request.context !== undefined || (HANDLING.includes(String(tested.Type)) && !request.mock))
    return { kind: 'not run' }
  const machine = load(around(name, tested, QueryLanguage, request.variables ?? {}))
  if (machine instanceof InvalidDefinition) return failed(machine.message)
  const result = await attempt(machine, name, tested, request)
  if (!result) return failed('did not end')
  const found = difference(one.expect, result, 'response')
  return found === undefined ? PASSED : failed(found)
}

function around(
  name: string,
  tested: Record<string, unknown>,
  language: unknown,
  variables: Record<string, Json>,
): object {
  const targets = JSON.stringify(tested).matchAll(/"(?:Next|Default)":("(?:[^"\\]|\\.)*")/g)
  const ends = [...targets].map(([, text]) => [JSON.parse(text ?? '""'), { Type: 'Succeed', QueryLanguage: 'JSONata' }])
  const before = { Type: 'Pass', QueryLanguage: 'JSONata', Assign: variables, Next: name }
  const states = { ...Object.fromEntries(ends), [VARIABLES]: before, [name]: mockable(tested) }
  return { QueryLanguage: language ?? 'JSONPath', StartAt: VARIABLES, States: states }
}

/** The mock stands for all of a Parallel's branches or a Map's iterations: to its surroundings the state is a task. */
function mockable({
  Type,
  Branches,
  Items,
  ItemProcessor,
  ItemSelector,
  MaxConcurrency,
  ...rest
}: Record<string, unknown>) {
  if (Type !== 'Parallel' && Type !== 'Map') {
    return { Type, ...rest }
  }
  const { ToleratedFailureCount: _count, ToleratedFailurePercentage: _percentage, Label: _label, ...shared } = rest
  return { ...shared, Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' }
}

async function attempt(machine: Machine, name: string, tested: Record<string, unknown>, request: StateCase['request']) {
  const clock = createClock({ drive: 'jump' })
  const enough = new AbortController()
  const earlier = request.stateConfiguration?.retrierRetryCount ?? 0
  const log: { parameters?: Json; failedAt: number; backoff?: number; attempts: number } = { failedAt: 0, attempts: 0 }
  const { mock, input = {} } = request
  const execution = execute({
    machine,
    input,
    clock,
    signal: enough.signal,
    identity: identity(input, clock.now()),
    host: {
      async perform(call): Promise<TaskAnswer> {
        log.parameters = call.parameters
        if (mock?.result !== undefined) return { output: mock.result }
        if (log.attempts++ > earlier) {
          log.backoff = (clock.now() - log.failedAt) / 1000
          enough.abort(new Abort())
        }
        log.failedAt = clock.now()
        return mock?.errorOutput ?? {}
      },
    },
  })
  const outcome = await settled(execution.outcome)
  clock.stop()
  return outcome && response(name, tested as unknown as State, request, outcome, execution.history, log)
}

function identity(input: Json, now: number) {
  const machine = 'arn:aws:states:us-east-1:111111111111'
  const RoleArn = 'arn:aws:iam::111111111111:role/case'
  const StartTime = new Date(now).toISOString()
  return {
    Execution: { Id: `${machine}:express:case:run`, Input: input, Name: 'run', RoleArn, StartTime },
    StateMachine: { Id: `${machine}:stateMachine:case`, Name: 'case' },
  }
}

function response(
  name: string,
  tested: State,
  { inspectionLevel, input = {}, mock }: StateCase['request'],
  outcome: Outcome,
  history: readonly HistoryEvent[],
  log: { parameters?: Json; backoff?: number },
): object {
  const exited = history.find(event => event.stateExitedEventDetails?.name === name)
  const next = history.find(
    ({ previousEventId, stateEnteredEventDetails }) => previousEventId === exited?.id && stateEnteredEventDetails,
  )
  const nextState = next?.stateEnteredEventDetails?.name
  const output = exited?.stateExitedEventDetails?.output
  const failure = failureOf(outcome, mock?.errorOutput, exited !== undefined)
  const left = exited ? { output: JSON.parse(output ?? 'null'), ...(nextState ? { nextState } : {}) } : {}
  const said = failure
    ? { ...(failure.error ? { error: failure.error } : {}), ...(failure.detail ? { cause: failure.detail } : {}) }
    : {}
  const details = failure ? errorDetails(tested, failure, log.backoff, exited !== undefined) : {}
  const status = log.backoff !== undefined ? 'RETRIABLE' : !failure ? 'SUCCEEDED' : exited ? 'CAUGHT_ERROR' : 'FAILED'
  if (inspectionLevel !== 'DEBUG' && inspectionLevel !== 'TRACE') return { status, ...left, ...said }
  const isTask = tested.Type === 'Task'
  const inspectionData = {
    input,
    ...(isTask && log.parameters !== undefined && 'Arguments' in tested ? { afterArguments: log.parameters } : {}),
    ...(isTask && mock?.result !== undefined ? { result: mock.result } : {}),
    ...(Object.keys(details).length > 0 ? { errorDetails: details } : {}),
  }
  return { status, ...left, ...said, inspectionData }
}

function failureOf(
  outcome: Outcome,
  mocked: { error?: string; cause?: string } | undefined,
  exited: boolean,
): StateFailure | undefined {
  if (mocked) return new StateFailure(mocked.error, mocked.cause)
  return exited || outcome.status === 'SUCCEEDED' ? undefined : new StateFailure(outcome.error, outcome.cause)
}

function errorDetails(tested: State, failure: StateFailure, backoff: number | undefined, caught: boolean): object {
  if (!('Retry' in tested || 'Catch' in tested)) return {}
  const retryIndex =
    tested.Retry?.findIndex(({ ErrorEquals }) => ErrorEquals.some(each => matches(each, failure))) ?? -1
  return {
    ...(caught ? { catchIndex: catcherFor(tested.Catch, failure) } : {}),
    ...(retryIndex >= 0 ? { retryIndex } : {}),
    ...(backoff === undefined ? {} : { retryBackoffIntervalSeconds: backoff }),
  }
}
