import type * as sdk from '@aws-sdk/client-sfn'
import type { Announcement, FunctionHost, Invocation } from '../../../rehearsal/aws/service.ts'
import { createStates } from '../../../rehearsal/aws/states.ts'
import { createClock } from '../../../rehearsal/clock.ts'

export const START = Date.UTC(2026, 0, 1)
export const ROLE = 'arn:aws:iam::111122223333:role/machine'
export const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:ask'

const machine = (states: Record<string, object>) =>
  JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states })

export const PASS = machine({ A: { Type: 'Pass', End: true } })
export const FAIL = machine({ A: { Type: 'Fail', Error: 'Broken', Cause: 'on purpose' } })
export const PAUSE = machine({ A: { Type: 'Wait', Seconds: 60, End: true } })
export const ASK = machine({
  Ask: {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: FUNCTION, Payload: { token: '{% $states.context.Task.Token %}' } },
    End: true,
  },
})

/** Step Functions with one state machine, functions that answer null, and everything that it said. */
export function createWorld(
  definition = PAUSE,
  answer: (payload: unknown) => Promise<Invocation> = async () => ({ payload: null }),
) {
  const clock = createClock({ drive: 'jump', start: START })
  const published: Announcement[] = []
  const payloads: unknown[] = []
  const functions: FunctionHost = {
    invoke(_, payload) {
      payloads.push(payload)
      return answer(payload)
    },
    invokeLater(arn) {
      throw new Error(`nobody should invoke ${arn} asynchronously`)
    },
  }
  const states = createStates({ clock, functions, bus: { publish: event => void published.push(event) } })
  const { stateMachineArn } = states.createStateMachine({ name: 'tested', definition, roleArn: ROLE })

  async function call(operation: string, input: object): Promise<object> {
    const act = states.operations[operation]
    if (!act) throw new Error(`no operation ${operation}`)
    return act(input, { principal: 'operator' })
  }

  return {
    clock,
    states,
    stateMachineArn,
    published,
    payloads,
    start: (input: Partial<sdk.StartExecutionInput> = {}) =>
      call('StartExecution', { stateMachineArn, ...input }) as Promise<sdk.StartExecutionOutput>,
    describe: (executionArn: string | undefined, more: object = {}) =>
      call('DescribeExecution', { executionArn, ...more }) as Promise<sdk.DescribeExecutionOutput>,
    stop: (input: object) => call('StopExecution', input) as Promise<sdk.StopExecutionOutput>,
    list: (input: object = {}) =>
      call('ListExecutions', { stateMachineArn, ...input }) as Promise<sdk.ListExecutionsOutput>,
    history: (executionArn: string | undefined, more: object = {}) =>
      call('GetExecutionHistory', { executionArn, ...more }) as Promise<sdk.GetExecutionHistoryOutput>,
    describeMachine: (input: object) => call('DescribeStateMachine', input) as Promise<sdk.DescribeStateMachineOutput>,
    call,
    token: (nth: number) => (payloads[nth - 1] as { token: string }).token,
  }
}

/** What an operation is refused with. */
export async function refusal(promise: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await promise
  } catch (error) {
    return { name: (error as Error).name, message: (error as Error).message }
  }
  return { name: 'nothing', message: 'it was not refused' }
}
