import type { Json } from '../../asl/definition.ts'
import type { TaskAnswer, TaskCall, TaskHost } from '../../asl/task.ts'
import { Stopped } from '../../asl/visit.ts'
import type { Clock } from '../../clock.ts'
import { onMachine } from '../authorization/states.ts'
import { AccessDenied } from '../iam/denied.ts'
import type { Iam } from '../iam/iam.ts'
import { AwsError, arn, type EventBus, type FunctionHost, type Invocation } from '../service.ts'
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
  /** Judges the machines' roles, as which everything is done. */
  iam: Pick<Iam, 'demand' | 'allows'>
}

type Fields = { [key: string]: Json }

/** Does the tasks that {@link resourceProblems} lets through. */
export function createTaskHost({ clock, bus, functions, tokens, children, iam }: TaskHostOptions): TaskHost {
  async function invoke(call: TaskCall): Promise<TaskAnswer> {
    const { FunctionName, Qualifier, Payload = {} } = call.parameters as Fields
    if (typeof FunctionName !== 'string') return missing('FunctionName')
    const target = typeof Qualifier === 'string' ? `${FunctionName}:${Qualifier}` : FunctionName
    try {
      const payload = payloadOf(Payload)
      const answer = await call.inRealTime(() =>
        clock.during(`invoke ${target}`, () => functions.invoke(target, payload, { principal: roleOf(call) })),
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

  async function announceAndWait(call: TaskCall): Promise<TaskAnswer> {
    const resource = arn('events', 'event-bus/default')
    try {
      iam.demand(roleOf(call), [{ action: 'events:PutEvents', resource }])
    } catch (error) {
      return serviceFailure('EventBridge', error)
    }
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
    const role = roleOf(call)
    const asked = (action: string, executionArn: string) => [{ action, resource: executionArn }]
    try {
      iam.demand(role, onMachine('states:StartExecution', StateMachineArn))
      const child = children.start({ stateMachineArn: StateMachineArn, input, name })
      call.submitted({ ExecutionArn: child.arn, StartDate: child.startDate.getTime() })
      call.signal.addEventListener('abort', () => {
        if (!(call.signal.reason instanceof Stopped)) return
        if (iam.allows(role, asked('states:StopExecution', child.arn))) children.stop(child)
      })
      await child.done
      iam.demand(role, asked('states:DescribeExecution', child.arn))
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

const roleOf = ({ identity }: TaskCall) => identity.Execution.RoleArn

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
  if (error instanceof AccessDenied) return refusedByPolicy(service, error)
  const name = error.name.endsWith('Exception') ? error.name : `${error.name}Exception`
  const where = `(Service: ${service}, Status Code: ${error.statusCode})`
  return { error: `${service}.${name}`, cause: `${error.message} ${where}` }
}

/** An error that no service's model has: its name is that of the service's errors as such. */
function refusedByPolicy(service: string, { name, message }: AccessDenied): TaskAnswer {
  const [known, statusCode] = service === 'Lambda' ? ['AWSLambda', 403] : [`AWS${service}`, 400]
  const where = `(Service: ${known}; Status Code: ${statusCode}; Error Code: ${name})`
  return { error: `${service}.${known}Exception`, cause: `${message} ${where}` }
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
