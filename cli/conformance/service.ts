import type * as sdk from '@aws-sdk/client-sfn'
import { AwsError, arn, type FunctionHost, type Invocation } from '../../rehearsal/aws/service.ts'
import { createStates, type States } from '../../rehearsal/aws/states.ts'
import { type Clock, createClock } from '../../rehearsal/clock.ts'
import { type Case, failed, PASSED, settled, type Verdict } from './case.ts'
import { difference, isObject } from './match.ts'

/** What a function does when it is invoked for the n-th time; the last entry stands for all further invocations. */
interface Behaviour {
  returns?: unknown
  throws?: { errorType: string; errorMessage?: string }
  /** The name of an error of the Lambda service itself. */
  refused?: string
}

interface Act {
  /** Seconds after the start. */
  at: number
  call: string
  /** `<function>#<n>`: the token of the n-th invocation; anything else is sent as it is. */
  token?: string
  /** The state machine whose latest execution is meant. */
  of?: string
  output?: unknown
  /** Sent as it is instead of `output`. */
  rawOutput?: string
  error?: string
  cause?: string
  /** The error's name; absent: the call succeeds. */
  refused?: string
}

export interface ServiceCase extends Case {
  machines?: Record<string, unknown>
  functions?: Record<string, Behaviour[]>
  script?: Act[]
  /** The payloads that each function was invoked with. */
  calls?: Record<string, unknown[]>
  /** How many different tokens were handed out. */
  tokens?: number
  /** The statuses of each state machine's executions, the oldest first. */
  executions?: Record<string, string[]>
  /** The types of the execution's events, in order. */
  events?: string[]
}

const ROLE = 'arn:aws:iam::111122223333:role/case'
const START = Date.UTC(2026, 0, 1)

/** Runs a case against the whole service, with functions and a script of calls from outside. */
export async function runService(one: ServiceCase): Promise<Verdict> {
  const clock = createClock({ drive: 'jump', start: START })
  const functions = new Functions(one.functions ?? {})
  const states = createStates({ clock, functions, bus: { publish: () => {} } })
  for (const [name, definition] of Object.entries({ ...one.machines, main: one.definition })) {
    states.createStateMachine({ name, definition: JSON.stringify(definition), roleArn: ROLE })
  }
  const input = JSON.stringify(one.input ?? {})
  const { executionArn } = (await operate(states, 'StartExecution', {
    stateMachineArn: machine('main'),
    name: 'run',
    input,
  })) as sdk.StartExecutionOutput
  const played = play(one.script ?? [], states, functions, clock)
  const ending = await settled(Promise.all([ended(states, executionArn ?? '', clock), played]))
  clock.stop()
  if (!ending) return failed('did not end')
  const [described, surprise] = ending
  const found = surprise ?? (await serviceDifference(one, described, states, functions))
  return found === undefined ? PASSED : failed(found)
}

async function operate(states: States, operation: string, input: object): Promise<object> {
  const act = states.operations[operation]
  if (!act) throw new Error(`The service has no operation ${operation}`)
  return act(input, { principal: 'operator' })
}

const machine = (name: string) => arn('states', `stateMachine:${name}`)

async function ended(states: States, executionArn: string, clock: Clock): Promise<sdk.DescribeExecutionOutput> {
  for (;;) {
    const described = (await operate(states, 'DescribeExecution', { executionArn })) as sdk.DescribeExecutionOutput
    if (described.status !== 'RUNNING') return described
    await clock.sleep(1000)
  }
}

/** Plays the script; answers the first call that was not answered as the case says. */
async function play(script: Act[], states: States, functions: Functions, clock: Clock): Promise<string | undefined> {
  for (const act of script) {
    await clock.sleep(START + act.at * 1000 - clock.now())
    const answer = await call(act, states, functions)
    if (answer !== act.refused)
      return `${act.call} at ${act.at} s: expected ${act.refused ?? 'success'}, got ${answer ?? 'success'}`
  }
  return undefined
}

async function call(act: Act, states: States, functions: Functions): Promise<string | undefined> {
  const { error, cause } = act
  const said = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) }
  const taskToken = functions.token(act.token ?? '')
  const output = act.rawOutput ?? JSON.stringify(act.output ?? {})
  try {
    const executionArn = act.of === undefined ? undefined : await latest(states, act.of)
    const input = executionArn ? { executionArn, ...said } : { taskToken, output, ...said }
    await operate(states, act.call, input)
    return undefined
  } catch (refusal) {
    if (refusal instanceof AwsError) return refusal.name
    throw refusal
  }
}

async function latest(states: States, name: string): Promise<string | undefined> {
  return (await executionsOf(states, name))[0]?.executionArn
}

async function executionsOf(states: States, name: string): Promise<sdk.ExecutionListItem[]> {
  const of = { stateMachineArn: machine(name) }
  const list = (await operate(states, 'ListExecutions', of)) as sdk.ListExecutionsOutput
  return list.executions ?? []
}

async function serviceDifference(
  { expect, calls, tokens, executions, events }: ServiceCase,
  described: sdk.DescribeExecutionOutput,
  states: States,
  functions: Functions,
): Promise<string | undefined> {
  const { status, error, cause, output, startDate, stopDate, executionArn } = described
  const actual = { status, error, cause, output: output === undefined ? undefined : JSON.parse(output) }
  const seconds = ((stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0)) / 1000
  const lasted = expect.seconds === undefined ? {} : { seconds }
  const statuses: Record<string, unknown> = {}
  for (const name of Object.keys(executions ?? {})) {
    statuses[name] = (await executionsOf(states, name)).map(each => each.status).reverse()
  }
  const told = (await operate(states, 'GetExecutionHistory', {
    executionArn,
    maxResults: 1000,
  })) as sdk.GetExecutionHistoryOutput
  return (
    difference(expect, { ...actual, ...lasted }, 'execution') ??
    (calls && difference(calls, functions.calls, 'calls')) ??
    (tokens === undefined ? undefined : difference(tokens, functions.tokens.size, 'tokens')) ??
    (executions && difference(executions, statuses, 'executions')) ??
    (events &&
      difference(
        events,
        told.events?.map(each => each.type),
        'events',
      ))
  )
}

class Functions implements FunctionHost {
  readonly calls: Record<string, unknown[]> = {}
  readonly tokens = new Set<string>()
  readonly #behaviours: Record<string, Behaviour[]>

  constructor(behaviours: Record<string, Behaviour[]>) {
    this.#behaviours = behaviours
  }

  async invoke(functionArn: string, payload: unknown): Promise<Invocation> {
    const name = functionArn.split(':')[6] ?? functionArn
    const earlier = this.calls[name] ?? []
    this.calls[name] = [...earlier, payload]
    if (isObject(payload) && typeof payload.token === 'string') this.tokens.add(payload.token)
    const all = this.#behaviours[name] ?? []
    const behaviour = all[earlier.length] ?? all.at(-1) ?? {}
    if (behaviour.refused) throw new AwsError(behaviour.refused, 'refused by the case')
    if (behaviour.throws) return { payload: behaviour.throws, functionError: 'Unhandled' }
    return { payload: behaviour.returns ?? null }
  }

  invokeLater(functionArn: string): void {
    throw new Error(`${functionArn} is invoked asynchronously, which no case does`)
  }

  token(named: string): string {
    const [name, nth] = named.split('#')
    const payload = this.calls[name ?? '']?.[Number(nth) - 1]
    return isObject(payload) && typeof payload.token === 'string' ? payload.token : named
  }
}
