import {
  type InvalidDefinition,
  type Json,
  type Machine,
  InvalidDefinition as Refused,
} from '../../rehearsal/asl/definition.ts'
import { execute, type Outcome } from '../../rehearsal/asl/engine.ts'
import { loadDefinition } from '../../rehearsal/asl/load.ts'
import type { TaskAnswer, TaskCall, TaskHost } from '../../rehearsal/asl/task.ts'
import { createClock } from '../../rehearsal/clock.ts'
import { type FlatEvent, flat, historyDifference } from './history.ts'
import { difference, isObject } from './match.ts'

export interface Mock {
  state: string
  parameters?: unknown
  submitted?: Json
  result: { output?: Json; error?: string | null; cause?: string; phase?: string; hang?: boolean }
  /** Seconds after the call at which the answer comes. */
  after?: number
  /** Seconds after the call at which the worker says that it is alive. */
  heartbeats?: number[]
}

export interface Case {
  id: string
  kind: string
  definition: { [key: string]: Json }
  input?: Json
  mocks?: Mock[]
  expect: { status: string; output?: unknown; error?: unknown; cause?: unknown; message?: string; seconds?: number }
  history?: FlatEvent[]
  nondeterministic?: unknown
  /** Seconds after the start at which the execution is stopped. */
  stopAfter?: number
}

export type Verdict = { kind: 'passed' | 'refused' | 'not run' } | { kind: 'failed'; difference: string }

export const PASSED: Verdict = { kind: 'passed' }

export function failed(what: string): Verdict {
  return { kind: 'failed', difference: what }
}

/** What the engine refuses on purpose, found without asking it: the states' names. */
export function beyondScope(definition: unknown, language: unknown = 'JSONPath'): string[] {
  if (!isObject(definition)) return []
  const inherited = definition.QueryLanguage ?? language
  if (!isObject(definition.States)) return []
  return Object.entries(definition.States).flatMap(([name, state]) => {
    if (!isObject(state)) return []
    const processor = isObject(state.ItemProcessor) ? state.ItemProcessor : {}
    const mode = isObject(processor.ProcessorConfig) ? processor.ProcessorConfig.Mode : undefined
    const distributed =
      mode === 'DISTRIBUTED' || ['ItemReader', 'ItemBatcher', 'ResultWriter'].some(key => key in state)
    const jsonPath = (state.QueryLanguage ?? inherited) === 'JSONPath'
    if (distributed || jsonPath) return [name]
    const inner = Array.isArray(state.Branches) ? [processor, ...state.Branches] : [processor]
    return inner.flatMap(block => beyondScope(block, inherited))
  })
}

/** Loads a definition that is out of scope: refused by the states' names is what is expected. */
export function refusal(definition: unknown, names: string[]): Verdict {
  const loaded = load(definition)
  if (!(loaded instanceof Refused)) return failed('was loaded, but should be refused')
  const unsupported = loaded.problems.filter(problem => problem.kind === 'unsupported').map(({ message }) => message)
  const unnamed = names.find(name => !unsupported.some(message => message.includes(`'${name}'`)))
  return unnamed === undefined ? { kind: 'refused' } : failed(`refused without naming '${unnamed}': ${loaded.message}`)
}

export function load(definition: unknown): Machine | InvalidDefinition {
  try {
    return loadDefinition(JSON.stringify(definition))
  } catch (error) {
    if (error instanceof Refused) return error
    throw error
  }
}

export function runRejected({ definition, expect }: Case): Verdict {
  const loaded = load(definition)
  if (!(loaded instanceof Refused)) return failed('was created, but should be refused')
  if (loaded.problems.some(({ kind }) => kind === 'unsupported'))
    return failed(`refused for another reason: ${loaded.message}`)
  const at = / at (\/.+?)'$/.exec(expect.message ?? '')?.[1]
  const found = loaded.problems.some(problem => at === undefined || statesIn(problem.at) === statesIn(at))
  return found ? PASSED : failed(loaded.message)
}

/** The states on the way to a place: how AWS writes the rest of the way is known for few places. */
function statesIn(at: string): string {
  return [...at.matchAll(/\/States\/([^/]+)/g)].map(([, name]) => name).join('/')
}

const REAL_MS_TO_END = 20_000

/** Resolves with undefined when the promise is still open after a real while: an execution that nothing can end. */
export async function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), REAL_MS_TO_END)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Any instant will do, as long as it is after the time stamps that the cases wait for. */
const START = Date.UTC(2026, 0, 1)

export async function runExecution(one: Case): Promise<Verdict> {
  const machine = load(one.definition)
  if (machine instanceof Refused) return failed(machine.message)
  const clock = createClock({ drive: 'jump', start: START })
  const stop = new AbortController()
  const mocks = new MockHost(one.mocks ?? [], (ms, fire) => clock.timer(ms, fire))
  const arn = 'arn:aws:states:us-east-1:111111111111'
  const input = one.input ?? {}
  const running = execute({
    machine,
    input,
    clock,
    host: mocks,
    signal: stop.signal,
    identity: {
      Execution: {
        Id: `${arn}:execution:case:run`,
        Input: input,
        Name: 'run',
        RoleArn: 'arn:aws:iam::111111111111:role/case',
        StartTime: new Date(START).toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: `${arn}:stateMachine:case`, Name: 'case' },
    },
  })
  const outcome = await settled(running.outcome)
  const seconds = (clock.now() - START) / 1000
  clock.stop()
  if (!outcome) return failed('did not end')
  const found =
    mocks.difference ?? outcomeDifference(one, outcome, seconds) ?? eventsDifference(one, running.history.map(flat))
  return found === undefined ? PASSED : failed(found)
}

function outcomeDifference({ expect, nondeterministic }: Case, outcome: Outcome, seconds: number): string | undefined {
  if (nondeterministic) return difference(expect.status, outcome.status, 'status')
  const { message: _message, seconds: lasting, ...ending } = expect
  if (lasting !== undefined && lasting !== seconds) return `seconds: expected ${lasting}, got ${seconds}`
  return difference(ending, outcome, 'outcome')
}

function eventsDifference({ history, nondeterministic, definition }: Case, events: FlatEvent[]): string | undefined {
  if (!history || nondeterministic) return undefined
  return historyDifference(history, events, sideBySide(definition) || history.some(({ unordered }) => unordered))
}

function sideBySide(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(sideBySide)
  if (!isObject(value)) return false
  if (value.Type === 'Parallel' || (value.Type === 'Map' && value.MaxConcurrency !== 1)) return true
  return Object.values(value).some(sideBySide)
}

/** Answers tasks as the case says: the first unused mock of the state that fits the parameters, else its first unused one. */
class MockHost implements TaskHost {
  difference: string | undefined
  readonly #unused: Mock[]
  readonly #timer: (ms: number, fire: () => void) => unknown

  constructor(mocks: Mock[], timer: (ms: number, fire: () => void) => unknown) {
    this.#unused = [...mocks]
    this.#timer = timer
  }

  async perform(call: TaskCall): Promise<TaskAnswer> {
    const mock = this.#take(call)
    if (!mock) {
      this.difference ??= `task of '${call.state}' was called, but has no mock left`
      return { error: 'NoMock' }
    }
    if ('parameters' in mock) {
      this.difference ??= difference(mock.parameters, call.parameters, `parameters of ${call.state}`)
    }
    if (mock.submitted !== undefined) call.submitted(mock.submitted)
    for (const seconds of mock.heartbeats ?? []) this.#timer(seconds * 1000, () => call.heartbeat())
    const { after } = mock
    if (after !== undefined) await new Promise<void>(resolve => this.#timer(after * 1000, resolve))
    return mock.result.hang ? new Promise<TaskAnswer>(() => {}) : answerOf(mock.result)
  }

  #take(call: TaskCall): Mock | undefined {
    const own = this.#unused.filter(({ state }) => state === call.state)
    const fitting = own.find(({ parameters }) => difference(parameters, call.parameters) === undefined)
    const mock = fitting ?? own[0]
    if (mock) this.#unused.splice(this.#unused.indexOf(mock), 1)
    return mock
  }
}

const PHASES = ['TaskFailed', 'TaskStartFailed', 'TaskSubmitFailed'] as const

function answerOf({ output, error, cause, phase }: Mock['result']): TaskAnswer {
  if (output !== undefined) return { output }
  const event = PHASES.find(each => each === phase || each.toLowerCase() === `task${phase}failed`.toLowerCase())
  return { ...(error ? { error } : {}), ...(cause === undefined ? {} : { cause }), ...(event ? { event } : {}) }
}
