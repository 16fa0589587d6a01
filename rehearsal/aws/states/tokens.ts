import type * as sdk from '@aws-sdk/client-sfn'
import type { Json } from '../../asl/definition.ts'
import type { TaskAnswer, TaskCall } from '../../asl/task.ts'
import { AwsError } from '../service.ts'
import { length } from '../wire/constraints.ts'

const LARGEST_OUTPUT = 262_144
const LONGEST_ERROR = 256
const LONGEST_CAUSE = 32_768
const LONGEST_TOKEN = 2048

interface Waiting {
  machine: string
  answer(answer: TaskAnswer): void
  heartbeat(): void
}

/** The tokens that tasks wait for, and those whose tasks are over. */
export class Tokens {
  readonly #waiting = new Map<string, Waiting>()
  /** With their machines. */
  readonly #closed = new Map<string, string>()

  /** Resolves with what somebody sends for the call's token. */
  wait(call: TaskCall): Promise<TaskAnswer> {
    const { token, signal, heartbeat } = call
    const machine = call.identity.StateMachine.Id
    if (!token) throw new Error(`Task '${call.state}' waits for a token, but has none`)
    return new Promise(resolve => {
      const close = () => {
        this.#waiting.delete(token)
        this.#closed.set(token, machine)
      }
      const answer = (sent: TaskAnswer) => {
        close()
        resolve(sent)
      }
      this.#waiting.set(token, { machine, answer, heartbeat })
      signal.addEventListener('abort', close)
    })
  }

  /** The machine whose execution was given the token; undefined for what was never one. */
  machineOf(token: string): string | undefined {
    return this.#waiting.get(token)?.machine ?? this.#closed.get(token)
  }

  success({ taskToken, output = '' }: sdk.SendTaskSuccessInput): object {
    length('output', output, 0, LARGEST_OUTPUT)
    const value = parsed(output)
    const waiting = this.#find(taskToken)
    waiting.answer({ output: value })
    return {}
  }

  failure({ taskToken, error, cause }: sdk.SendTaskFailureInput): object {
    length('error', error, 0, LONGEST_ERROR)
    length('cause', cause, 0, LONGEST_CAUSE)
    this.#find(taskToken).answer({
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    })
    return {}
  }

  heartbeat({ taskToken }: sdk.SendTaskHeartbeatInput): object {
    this.#find(taskToken).heartbeat()
    return {}
  }

  #find(token = ''): Waiting {
    length('taskToken', token, 1, LONGEST_TOKEN)
    if (this.#closed.has(token))
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'")
    const waiting = this.#waiting.get(token)
    if (waiting) return waiting
    if (!/^[A-Za-z0-9+/]{32,}={0,2}$/.test(token)) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'")
    throw new AwsError('TaskDoesNotExist', "Task does not exist: 'Provided task does not exist'")
  }
}

function parsed(output: string): Json {
  try {
    return JSON.parse(output)
  } catch (error) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`)
  }
}
