import { randomUUID } from 'node:crypto'
import type * as sdk from '@aws-sdk/client-sfn'
import type { Json } from '../../asl/definition.ts'
import { Abort, execute, type Outcome } from '../../asl/engine.ts'
import type { TaskHost } from '../../asl/task.ts'
import type { Clock } from '../../clock.ts'
import { AwsError, type EventBus } from '../service.ts'
import { length } from '../wire/constraints.ts'
import { announce } from './announce.ts'
import { checkName, type Revision } from './machines.ts'

const LARGEST_INPUT = 262_144

/** An execution, running or closed. */
export interface Running {
  arn: string
  name: string
  revision: Revision
  input: string
  startDate: Date
  stopDate: Date | undefined
  outcome: Outcome | undefined
  history: readonly sdk.HistoryEvent[]
  /** Resolves when the execution has closed and that is announced. */
  done: Promise<void>
  stop: AbortController
}

export interface ExecutionsOptions {
  clock: Clock
  bus: EventBus
  host: TaskHost
}

export class Executions {
  readonly #options: ExecutionsOptions
  readonly #all = new Map<string, Running>()

  constructor(options: ExecutionsOptions) {
    this.#options = options
  }

  /** Starts an execution, or answers the running one of the same name and input. */
  start(revision: Revision, { name = randomUUID(), input = '{}' }: { name?: string; input?: string }): Running {
    checkName(name)
    // The model counts characters, and a payload's bytes count.
    length('input', input, 0, LARGEST_INPUT)
    if (Buffer.byteLength(input) > LARGEST_INPUT)
      throw new AwsError('InvalidExecutionInput', `The input is larger than ${LARGEST_INPUT} bytes in UTF-8`)
    const value = parsedInput(input)
    const arn = `${revision.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`
    const existing = this.#all.get(arn)
    if (existing && (existing.outcome || existing.input !== input)) {
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`)
    }
    return existing ?? this.#run(revision, { arn, name, input, value })
  }

  #run(
    revision: Revision,
    { arn, name, input, value }: { arn: string; name: string; input: string; value: Json },
  ): Running {
    const { clock, bus, host } = this.#options
    const startDate = new Date(clock.now())
    const stop = new AbortController()
    const running: Running = {
      ...{ arn, name, revision, input, startDate, stop, history: [], done: Promise.resolve() },
      stopDate: undefined,
      outcome: undefined,
    }
    this.#all.set(arn, running)
    const { machine, roleArn, stateMachineArn } = revision
    const Execution = {
      ...{ Id: arn, Input: value, Name: name, RoleArn: roleArn, RedriveCount: 0 },
      StartTime: startDate.toISOString(),
    }
    const identity = { Execution, StateMachine: { Id: stateMachineArn, Name: revision.name } }
    announce(bus, running)
    const execution = execute({ machine, input: value, clock, host, identity, signal: stop.signal })
    running.history = execution.history
    running.done = execution.outcome.then(outcome => {
      running.outcome = outcome
      running.stopDate = new Date(clock.now())
      announce(bus, running)
    })
    return running
  }

  events(): number {
    return [...this.#all.values()].reduce((sum, { history }) => sum + history.length, 0)
  }

  find(arn = ''): Running {
    if (!/^arn:aws[\w-]*:states:[\w-]+:\d{12}:execution:[^:]+:[^:]+$/.test(arn)) {
      throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`)
    }
    const running = this.#all.get(arn)
    if (!running) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
    return running
  }

  /** Stops an execution without running any of its Catch; resolves when it has closed. One that is closed stays as it is. */
  async stop(running: Running, error?: string, cause?: string): Promise<void> {
    if (!running.outcome) running.stop.abort(new Abort(error, cause))
    await running.done
  }

  /** The executions of a state machine or of one version, the latest first. */
  of({ stateMachineArn, versionArn }: Revision): Running[] {
    const own = [...this.#all.values()].filter(({ revision }) =>
      versionArn ? revision.versionArn === versionArn : revision.stateMachineArn === stateMachineArn,
    )
    return own.reverse()
  }
}

function parsedInput(input: string): Json {
  try {
    return JSON.parse(input)
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(error as Error).message}'`)
  }
}

export function statusOf({ outcome }: Running): sdk.ExecutionStatus {
  return outcome?.status ?? 'RUNNING'
}

/** What an execution that did not succeed says of itself; AWS leaves out what it does not know. */
export function failureOf({ outcome }: Running): { error?: string; cause?: string } {
  if (!outcome || outcome.status === 'SUCCEEDED') return {}
  const { status: _status, ...failure } = outcome
  return failure
}
