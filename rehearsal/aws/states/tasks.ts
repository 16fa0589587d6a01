import type { Json } from '../../asl/definition.ts'
import type { TaskAnswer, TaskCall, TaskHost } from '../../asl/task.ts'
import { Stopped } from '../../asl/visit.ts'
import type { Clock } from '../../clock.ts'
import { AwsError, type EventBus, type FunctionHost, type Invocation } from '../service.ts'
import { failureOf, type Running, statusOf } from './executions.ts'
import { putEvents } from './put-events.ts'
import type { Tokens } from './tokens.ts'

interface Children {
  start(input: { stateMachineArn: string; input: string; name: string | undefined }): Running
  stop(child: Running): void
}

export interface TaskHostOptions {
  clock: Clock
  bus: EventBus
  functions: FunctionHost
  tokens: Tokens
  children: Children
}

type Fields = { [key: string]: Json }

/** Does the tasks that {@link resourceProblems} lets through. */
export function createTaskHost({ clock, bus, functions, tokens, children }: TaskHostOptions): TaskHost {
  async function invoke(call: TaskCall): Promise<TaskAnswer> {
    const { FunctionName, Qualifier, Payload = {} } = call.parameters as Fields
    if (typeof FunctionName !== 'string') return missing('FunctionName')
    const target = typeof Qualifier === 'string' ? `${FunctionName}:${Qualifier}` : FunctionName
    try {
      const payload = payloadOf(Payload)
      const answer = await call.inRealTime(() =>
        clock.during(`invoke ${target}`, () => functions.invoke(target, payload)),
      )
      return answer.functionError ? functionFailure(answer) : { output: responseOf(target, answer) }
    } catch (error) {
      return serviceFailure('Lambda', error)
    }
  }

  async function invokeAndWait(call: TaskCall): Promise<TaskAnswer> {
    const answered = tokens.wait(call)
    const refused = new Promise<TaskAnswer>((resolve, reject) => {
      invoke(call).then(answer => {
        if ('output' in answer) call.submitted(answer.output)
        else resolve(answer)
      }, reject)
    })
    return Promise.race([answered, refused])
  }

  function announceAndWait(call: TaskCall): Promise<TaskAnswer> {
    const answered = tokens.wait(call)
    const put = putEvents(bus, call.parameters)
    if ('output' in put) call.submitted(put.output)
    return answered
  }

  async function runChild(call: TaskCall): Promise<TaskAnswer> {
    const { StateMachineArn, Input = {}, Name } = call.parameters as Fields
    if (typeof StateMachineArn !== 'string') return missing('StateMachineArn')
    const input = typeof Input === 'string' ? Input : JSON.stringify(Input)
    const name = typeof Name === 'string' ? Name : undefined
    try {
      const child = children.start({ stateMachineArn: StateMachineArn, input, name })
      call.submitted({ ExecutionArn: child.arn, StartDate: child.startDate.getTime() })
      call.signal.addEventListener('abort', () => {
        if (call.signal.reason instanceof Stopped) children.stop(child)
      })
      await child.done
      return childAnswer(child)
    } catch (error) {
      return serviceFailure('StepFunctions', error)
    }
  }

  return {
    perform(call) {
      if (call.resource.endsWith('startExecution.sync:2')) return runChild(call)
      if (call.resource.endsWith('putEvents.waitForTaskToken')) return announceAndWait(call)
      return call.token === undefined ? invoke(call) : invokeAndWait(call)
    },
  }
}

function missing(field: string): TaskAnswer {
  return {
    error: 'States.Runtime',
    cause: `The field '${field}' is required but was missing`,
    event: 'TaskStartFailed',
  }
}

/** A Payload that is a string is sent as it is: it has to be the text of a JSON value. */
function payloadOf(payload: Json): Json {
  if (typeof payload !== 'string') return payload
  try {
    return JSON.parse(payload)
  } catch (error) {
    const message = `Could not parse request body into json: ${(error as Error).message}`
    throw new AwsError('InvalidRequestContentException', message)
  }
}

function responseOf(target: string, answer: Invocation): Json {
  const executed = 'executedVersion' in answer ? String(answer.executedVersion) : undefined
  const version = executed ?? /:function:[^:]+:([^:]+)$/.exec(target)?.[1] ?? '$LATEST'
  return { ExecutedVersion: version, Payload: (answer.payload ?? null) as Json, StatusCode: 200 }
}

function functionFailure({ payload }: Invocation): TaskAnswer {
  const type = payload !== null && typeof payload === 'object' && 'errorType' in payload ? payload.errorType : undefined
  return { error: typeof type === 'string' ? type : 'Lambda.Unknown', cause: JSON.stringify(payload) }
}

function serviceFailure(service: string, error: unknown): TaskAnswer {
  if (!(error instanceof AwsError)) throw error
  const name = error.name.endsWith('Exception') ? error.name : `${error.name}Exception`
  const where = `(Service: ${service}, Status Code: ${error.statusCode})`
  return { error: `${service}.${name}`, cause: `${error.message} ${where}` }
}

function childAnswer(child: Running): TaskAnswer {
  const { outcome } = child
  const described = describedForParent(child)
  if (outcome?.status !== 'SUCCEEDED') return { error: 'States.TaskFailed', cause: JSON.stringify(described) }
  return { output: { ...described, Input: JSON.parse(child.input), Output: outcome.output } }
}

/** DescribeExecution as an optimized integration hands it on: names in Pascal case, times in milliseconds. */
function describedForParent(child: Running): { [key: string]: Json } {
  const { arn, name, input, startDate, stopDate, revision } = child
  const status = statusOf(child)
  const failed = failureOf(child)
  return {
    ...(failed.cause === undefined ? {} : { Cause: failed.cause }),
    ...(failed.error === undefined ? {} : { Error: failed.error }),
    ExecutionArn: arn,
    Input: input,
    InputDetails: { Included: true },
    Name: name,
    ...(status === 'SUCCEEDED' ? { OutputDetails: { Included: true } } : {}),
    RedriveCount: 0,
    ...(status === 'SUCCEEDED'
      ? { RedriveStatus: 'NOT_REDRIVABLE', RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' }
      : { RedriveStatus: 'REDRIVABLE' }),
    StartDate: startDate.getTime(),
    StateMachineArn: revision.stateMachineArn,
    ...(revision.versionArn === undefined ? {} : { StateMachineVersionArn: revision.versionArn }),
    Status: status,
    StopDate: stopDate?.getTime() ?? null,
  }
}
