import type { DescribeExecutionOutput, StartExecutionOutput } from '@aws-sdk/client-sfn'
import type { Context } from 'aws-lambda'
import type { Waiter } from '../../functions/aws/waits.ts'
import { EXECUTION } from './release.ts'
import type { World } from './world.ts'

/** How the execution stands that waits for a step. */
export type Standing =
  | { kind: 'waits' }
  | { kind: 'done'; output: unknown }
  | { kind: 'failed'; error: string; because: string }

export type Step = (event: unknown, context: Context) => Promise<void>

export interface Entry {
  /** Token of this try. */
  token: string
  /** Enters or repeats the step with this token. */
  begin(over?: { retry?: number }): Promise<Standing>
  /** Wakes it with what the waiter's item says. */
  check(waiter: Waiter): Promise<Standing>
  standing(): Promise<Standing>
}

/** A state that is entered now, or was at `since` and has a new token: a real execution waits for the one that the step is given. */
export async function enter(
  world: World,
  step: Step,
  input: unknown,
  execution = EXECUTION,
  since = world.now(),
): Promise<Entry> {
  const { states } = world.services
  const started = await world.ask<StartExecutionOutput>(states, 'StartExecution', {
    stateMachineArn: world.machines.step,
  })
  const token = await world.nextToken()
  const entered = new Date(since).toISOString()
  const standing = async (): Promise<Standing> => {
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    const { executionArn } = started
    const {
      status,
      output,
      error = '',
      cause = '',
    } = await world.ask<DescribeExecutionOutput>(states, 'DescribeExecution', { executionArn })
    if (status === 'RUNNING') return { kind: 'waits' }
    return status === 'SUCCEEDED'
      ? { kind: 'done', output: JSON.parse(output ?? '') }
      : { kind: 'failed', error, because: cause }
  }
  return {
    token,
    standing,
    async begin({ retry = 0 } = {}) {
      await world.invoke(step, { token, entered, retry, execution, input })
      return standing()
    },
    async check(waiter) {
      await world.invoke(step, { check: waiter })
      return standing()
    },
  }
}
