import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
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

export type Start = { kind: 'started'; executionArn: string; at: number } | { kind: 'already-handled' }

/** Starts an execution once per name: a repetition finds the running one, or learns that it has ended. */
export async function startExecution(stateMachineArn: string, name: string, input: unknown): Promise<Start> {
  try {
    const started = await client().send(
      new StartExecutionCommand({ stateMachineArn, name, input: canonicalJson(input) }),
    )
    return { kind: 'started', executionArn: started.executionArn ?? '', at: Number(started.startDate ?? 0) }
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return { kind: 'already-handled' }
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
