import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn'
import { canonicalJson } from '../../domain/identity.ts'
import { once } from '../environment.ts'

const client = once(() => new SFNClient({}))

export interface Start {
  /** `already-handled`: an execution of this name has run before, and has ended. */
  kind: 'started' | 'already-handled'
  executionArn: string
  /** When it started, ms. */
  at: number
}

/** Starts an execution once per name: a repetition finds the one that runs, or that has ended. */
export async function startExecution(versionArn: string, name: string, input: unknown): Promise<Start> {
  try {
    const started = await client().send(
      new StartExecutionCommand({ stateMachineArn: versionArn, name, input: canonicalJson(input) }),
    )
    return { kind: 'started', executionArn: started.executionArn ?? '', at: Number(started.startDate ?? 0) }
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error
    const executionArn = executionArnOf(versionArn, name)
    const { startDate } = await client().send(new DescribeExecutionCommand({ executionArn }))
    return { kind: 'already-handled', executionArn, at: Number(startDate ?? 0) }
  }
}

/** `…:stateMachine:<machine>[:<version>]` and a name → `…:execution:<machine>:<name>`. */
function executionArnOf(stateMachineArn: string, name: string): string {
  const [prefix, machine = ''] = stateMachineArn.split(':stateMachine:')
  return `${prefix}:execution:${machine.split(':')[0]}:${name}`
}

/** An execution as the event of its end tells it. */
export interface Execution {
  executionArn: string
  stateMachineArn: string
  name: string
  status: string
  input: string | null
  cause: string | null
}

/** Undefined where Step Functions does not know it: it keeps one for ninety days after its end. */
export async function describeExecution(executionArn: string): Promise<Execution | undefined> {
  try {
    const described = await client().send(new DescribeExecutionCommand({ executionArn }))
    const { stateMachineArn = '', name = '', status = '', input = null, cause = null } = described
    return { executionArn, stateMachineArn, name, status, input, cause }
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined
    throw error
  }
}

export async function executionStatus(executionArn: string): Promise<string> {
  const { status } = await client().send(new DescribeExecutionCommand({ executionArn }))
  return status ?? ''
}

/** `gone`: the state was left or entered again since; its present token is with whoever waits now. */
export type Completion = 'completed' | 'gone'

export function succeedTask(taskToken: string, output: unknown): Promise<Completion> {
  return complete(client().send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })))
}

export function failTask(taskToken: string, error: string, cause: string): Promise<Completion> {
  return complete(client().send(new SendTaskFailureCommand({ taskToken, error, cause })))
}

async function complete(call: Promise<unknown>): Promise<Completion> {
  try {
    await call
    return 'completed'
  } catch (error) {
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken)
      return 'gone'
    throw error
  }
}
