import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStates, type States } from '../../../rehearsal/aws/states.ts'
import { ASK, ROLE } from './states-world.ts'
import { START, type World, worldWith } from './wire-world.ts'

let world: World
let states: States
let client: SFNClient
const tokens: string[] = []

beforeAll(async () => {
  world = await worldWith(clock => {
    const invoke = async (_: string, payload: unknown) => {
      tokens.push((payload as { token: string }).token)
      return { payload: null }
    }
    states = createStates({ clock, bus: { publish: () => {} }, functions: { invoke, invokeLater: () => {} } })
    return [states]
  })
  states.createStateMachine({ name: 'asks', definition: ASK, roleArn: ROLE })
  client = new SFNClient(world.client)
})

afterAll(() => world.close())

const stateMachineArn = 'arn:aws:states:eu-west-1:111122223333:stateMachine:asks'

describe('the SDK', () => {
  it('starts an execution, answers its token and reads what happened', async () => {
    const { executionArn, startDate } = await client.send(new StartExecutionCommand({ stateMachineArn, name: 'one' }))
    expect(startDate).toEqual(new Date(START))
    await client.send(new SendTaskSuccessCommand({ taskToken: tokens.at(-1), output: '{"a":1}' }))
    const described = await client.send(new DescribeExecutionCommand({ executionArn }))
    expect(described).toMatchObject({ status: 'SUCCEEDED', output: '{"a":1}', stopDate: new Date(START) })
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }))
    expect(events?.find(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails).toMatchObject({
      resource: 'invoke.waitForTaskToken',
      resourceType: 'lambda',
      region: 'eu-west-1',
    })
  })

  it('knows the errors by their classes', async () => {
    const twice = () =>
      client.send(new StartExecutionCommand({ stateMachineArn, name: 'two', input: `${Math.random()}` }))
    const { executionArn } = await twice()
    await expect(twice()).rejects.toMatchObject({ name: 'ExecutionAlreadyExists', $fault: 'client' })
    await client.send(new StopExecutionCommand({ executionArn }))
    const answer = client.send(new SendTaskSuccessCommand({ taskToken: tokens.at(-1), output: '1' }))
    await expect(answer).rejects.toMatchObject({ name: 'TaskTimedOut' })
    expect(world.surprises).toEqual([])
  })
})
