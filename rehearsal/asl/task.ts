import { randomUUID } from 'node:crypto'
import { type Integration, integrationOf, type Json, type TaskState } from './definition.ts'
import { ExpressionFailed } from './expression.ts'
import { heartbeatMissed, StateFailure, TIMEOUT } from './failure.ts'
import { errorOf, inputOf, outputOf, withinLimit } from './history.ts'
import { evaluate, evaluationFailed, type Identity, tell, type Visit } from './visit.ts'

/** Does the work of Task states. Everything really asynchronous that it does must hold the clock. */
export interface TaskHost {
  /** Starts one attempt and resolves with its answer; never rejects for what AWS would call a failed task. */
  perform(call: TaskCall): Promise<TaskAnswer>
}

export type TaskAnswer =
  | { output: Json }
  | { error?: string; cause?: string; event?: 'TaskFailed' | 'TaskStartFailed' | 'TaskSubmitFailed' }

/** One attempt of a Task state, as its host sees it. */
export interface TaskCall {
  state: string
  resource: string
  integration: Integration
  parameters: Json
  credentials: Json | undefined
  /** The token that answers this attempt; only with `.waitForTaskToken`. */
  token: string | undefined
  identity: Identity
  /** Aborted when the attempt is over for the state machine: answered, out of time, or stopped. Its reason is a Stopped when it was stopped. */
  signal: AbortSignal
  /** The request was accepted and the wait for its end begins (`.sync`, `.waitForTaskToken`). */
  submitted(output: Json): void
  /** Starts the heartbeat's time anew. */
  heartbeat(): void
  /** While this work runs (a function executes), the attempt's time limits pass in real time. */
  inRealTime<T>(work: () => Promise<T>): Promise<T>
}

interface Limits {
  timeout: number | undefined
  heartbeat: number | undefined
}

export async function runTask(visit: Visit<TaskState>): Promise<Json> {
  const { state, input } = visit
  const integration = integrationOf(state.Resource)
  if (!integration) throw new Error(`Task '${visit.name}' was loaded with an unknown resource`)
  const callback = integration.kind === 'service' && integration.pattern === 'callback'
  visit.token = callback ? Buffer.from(`${randomUUID()}${randomUUID()}`).toString('base64') : undefined
  const parameters = state.Arguments === undefined ? input : await evaluate(visit, 'any', state.Arguments, 'Arguments')
  const limits = await limitsOf(visit)
  const credentials =
    state.Credentials === undefined ? undefined : await evaluate(visit, 'any', state.Credentials, 'Credentials')
  withinLimit(parameters, visit.name)
  tellScheduled(visit, integration, parameters, limits)
  const answer = await attend(visit, integration, parameters, credentials, limits)
  if ('output' in answer) {
    withinLimit(answer.output, state.Resource)
    tellEnd(visit, integration, 'Succeeded', outputOf(answer.output))
    return answer.output
  }
  const said = answer instanceof StateFailure ? {} : answer
  const failure = answer instanceof StateFailure ? answer : new StateFailure(answer.error, answer.cause)
  tellFailed(visit, integration, failure, said)
  throw failure
}

async function limitsOf(visit: Visit<TaskState>): Promise<Limits> {
  const limit = async (field: 'TimeoutSeconds' | 'HeartbeatSeconds') => {
    const template = visit.state[field]
    if (template === undefined) return undefined
    const seconds = (await evaluate(visit, 'integer', template, field)) as number
    if (seconds >= 1 && seconds <= 99_999_999) return seconds
    throw evaluationFailed(
      visit,
      new ExpressionFailed(`The field '${field}' must be from 1 to 99999999: ${seconds}`, field),
    )
  }
  return { timeout: await limit('TimeoutSeconds'), heartbeat: await limit('HeartbeatSeconds') }
}

/** Waits for the answer, the end of the time, or the end of the line. */
function attend(
  visit: Visit<TaskState>,
  integration: Integration,
  parameters: Json,
  credentials: Json | undefined,
  limits: Limits,
): Promise<TaskAnswer | StateFailure> {
  const { clock, host, identity } = visit.run
  // Stopped while its expressions were evaluated: nobody would tell it again.
  if (visit.thread.signal.aborted) return Promise.reject(visit.thread.signal.reason)
  const over = new AbortController()
  return new Promise<TaskAnswer | StateFailure>((resolve, reject) => {
    let working = 0
    const timer = (seconds: number | undefined, failure: () => StateFailure) => {
      if (seconds === undefined || over.signal.aborted) return undefined
      const started = clock.timer(seconds * 1000, () => end(() => resolve(failure())))
      if (working > 0) started.realTime()
      return started
    }
    let beat = timer(limits.heartbeat, heartbeatMissed)
    const whole = timer(limits.timeout, () => new StateFailure(TIMEOUT))
    const end = (settle: () => void, why?: unknown) => {
      if (over.signal.aborted) return
      beat?.cancel()
      whole?.cancel()
      visit.thread.signal.removeEventListener('abort', stopped)
      over.abort(why)
      settle()
    }
    const stopped = () => end(() => reject(visit.thread.signal.reason), visit.thread.signal.reason)
    visit.thread.signal.addEventListener('abort', stopped)
    const call: TaskCall = {
      state: visit.name,
      resource: visit.state.Resource,
      integration,
      parameters,
      credentials,
      token: visit.token,
      identity,
      signal: over.signal,
      submitted: output => {
        if (!over.signal.aborted) tellEnd(visit, integration, 'Submitted', outputOf(output))
      },
      heartbeat: () => {
        beat?.cancel()
        beat = timer(limits.heartbeat, heartbeatMissed)
      },
      inRealTime: async work => {
        if (working++ === 0) for (const each of [beat, whole]) each?.realTime()
        try {
          return await work()
        } finally {
          if (--working === 0) for (const each of [beat, whole]) each?.awsTime()
        }
      },
    }
    host.perform(call).then(
      answer => end(() => resolve(answer)),
      error => end(() => reject(error)),
    )
  })
}

function tellScheduled(visit: Visit<TaskState>, integration: Integration, parameters: Json, limits: Limits): void {
  const seconds = limits.timeout === undefined ? {} : { timeoutInSeconds: limits.timeout }
  const { Resource } = visit.state
  if (integration.kind === 'function') {
    const lambdaFunctionScheduledEventDetails = { resource: Resource, ...inputOf(parameters), ...seconds }
    tell(visit, 'LambdaFunctionScheduled', { lambdaFunctionScheduledEventDetails })
    tell(visit, 'LambdaFunctionStarted')
    return
  }
  const { resource, resourceType } = integration
  const region = visit.run.identity.Execution.Id.split(':')[3] ?? ''
  const beats = limits.heartbeat === undefined ? {} : { heartbeatInSeconds: limits.heartbeat }
  const request = { resourceType, resource, region, parameters: JSON.stringify(parameters) }
  tell(visit, 'TaskScheduled', { taskScheduledEventDetails: { ...request, ...seconds, ...beats } })
  tell(visit, 'TaskStarted', { taskStartedEventDetails: { resourceType, resource } })
}

function tellEnd(
  visit: Visit,
  integration: Integration,
  what: 'Succeeded' | 'Submitted',
  output: ReturnType<typeof outputOf>,
): void {
  if (integration.kind === 'function') {
    tell(visit, 'LambdaFunctionSucceeded', { lambdaFunctionSucceededEventDetails: output })
    return
  }
  const { resource, resourceType } = integration
  const details = { resourceType, resource, ...output }
  if (what === 'Succeeded') tell(visit, 'TaskSucceeded', { taskSucceededEventDetails: details })
  else tell(visit, 'TaskSubmitted', { taskSubmittedEventDetails: details })
}

function tellFailed(
  visit: Visit,
  integration: Integration,
  failure: StateFailure,
  { event = 'TaskFailed' }: { event?: 'TaskFailed' | 'TaskStartFailed' | 'TaskSubmitFailed' },
): void {
  const error = errorOf(failure)
  const late = failure.error === TIMEOUT
  if (integration.kind === 'function') {
    if (late) tell(visit, 'LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: error })
    else tell(visit, 'LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: error })
    return
  }
  const details = { resourceType: integration.resourceType, resource: integration.resource, ...error }
  if (late) tell(visit, 'TaskTimedOut', { taskTimedOutEventDetails: details })
  else if (event === 'TaskStartFailed') tell(visit, event, { taskStartFailedEventDetails: details })
  else if (event === 'TaskSubmitFailed') tell(visit, event, { taskSubmitFailedEventDetails: details })
  else tell(visit, 'TaskFailed', { taskFailedEventDetails: details })
}
