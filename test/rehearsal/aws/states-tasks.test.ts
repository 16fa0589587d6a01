import { describe, expect, it } from 'vitest'
import { AwsError } from '../../../rehearsal/aws/service.ts'
import { ASK, createWorld, FUNCTION, refusal, START } from './states-world.ts'

async function waiting() {
  const world = createWorld(ASK)
  const { executionArn } = await world.start()
  await world.clock.sleep(1000)
  return { ...world, executionArn, taskToken: world.token(1) }
}

describe('a token', () => {
  it('is answered once', async () => {
    const { call, clock, describe, executionArn, taskToken } = await waiting()
    expect(await call('SendTaskSuccess', { taskToken, output: '[1]' })).toEqual({})
    const late = { name: 'TaskTimedOut', message: "Task Timed Out: 'Provided task does not exist anymore'" }
    expect(await refusal(call('SendTaskFailure', { taskToken }))).toEqual(late)
    expect(await refusal(call('SendTaskHeartbeat', { taskToken }))).toEqual(late)
    await clock.sleep(1)
    expect(await describe(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '[1]' })
  })

  it('is not answered twice at the same moment either', async () => {
    const { call, taskToken } = await waiting()
    const both = [1, 2].map(output => refusal(call('SendTaskSuccess', { taskToken, output: `${output}` })))
    expect((await Promise.all(both)).map(({ name }) => name)).toEqual(['nothing', 'TaskTimedOut'])
  })

  it('is closed with its execution', async () => {
    const { call, stop, executionArn, taskToken } = await waiting()
    await stop({ executionArn })
    expect(await refusal(call('SendTaskSuccess', { taskToken, output: '1' }))).toMatchObject({ name: 'TaskTimedOut' })
  })

  it('can be answered while the function still runs', async () => {
    let finish = (_: { payload: unknown }) => {}
    const answer = () => new Promise<{ payload: unknown }>(resolve => (finish = resolve))
    const { start, call, token, describe, history, clock } = createWorld(ASK, answer)
    const { executionArn } = await start()
    while (clock.inFlight().length === 0) await new Promise(setImmediate)
    await call('SendTaskSuccess', { taskToken: token(1), output: '"early"' })
    await new Promise(setImmediate)
    expect(await describe(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '"early"' })
    finish({ payload: 'late' })
    await clock.sleep(1)
    const types = (await history(executionArn)).events?.map(({ type }) => type)
    expect(types).not.toContain('TaskSubmitted')
    expect(types?.at(-1)).toBe('ExecutionSucceeded')
  })

  it.each<[string, object, string]>([
    ['SendTaskSuccess', { output: '{' }, 'InvalidOutput'],
    ['SendTaskSuccess', { output: `"${'x'.repeat(262_144)}"` }, 'ValidationException'],
    ['SendTaskSuccess', { output: '1', taskToken: 'x'.repeat(2049) }, 'ValidationException'],
    ['SendTaskSuccess', { output: '1', taskToken: 'made up' }, 'InvalidToken'],
    ['SendTaskFailure', { error: 'x'.repeat(257) }, 'ValidationException'],
    ['SendTaskFailure', { cause: 'x'.repeat(32_769) }, 'ValidationException'],
    ['SendTaskFailure', { taskToken: 'A'.repeat(64) }, 'TaskDoesNotExist'],
    ['SendTaskHeartbeat', { taskToken: 'A'.repeat(64) }, 'TaskDoesNotExist'],
    ['SendTaskHeartbeat', { taskToken: '' }, 'ValidationException'],
  ])('%s refuses what AWS refuses: %j', async (operation, input, name) => {
    const { call, taskToken } = await waiting()
    expect(await refusal(call(operation, { taskToken, ...input }))).toMatchObject({ name })
  })
})

describe('a function', () => {
  const invoke = (Arguments: object) =>
    JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'Work',
      States: { Work: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments, End: true } },
    })

  async function ending(definition: string, answer?: Parameters<typeof createWorld>[1]) {
    const world = createWorld(definition, answer)
    const { executionArn } = await world.start()
    await world.clock.sleep(1)
    return { ...world, ended: await world.describe(executionArn) }
  }

  it('gets a string as the JSON text that it is', async () => {
    const { payloads } = await ending(invoke({ FunctionName: FUNCTION, Payload: '{"a":1}' }))
    expect(payloads).toEqual([{ a: 1 }])
  })

  it('refuses a string that is no JSON text', async () => {
    const { ended } = await ending(invoke({ FunctionName: FUNCTION, Payload: 'bar' }))
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lambda.InvalidRequestContentException' })
  })

  it('that does not exist is an error of Lambda', async () => {
    const { ended } = await ending(invoke({ FunctionName: 'missing' }), () => {
      throw new AwsError('ResourceNotFoundException', 'Function not found', 404)
    })
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lambda.ResourceNotFoundException' })
  })

  it('holds the clock while it runs', async () => {
    const states = {
      Work: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        TimeoutSeconds: 5,
        Arguments: { FunctionName: FUNCTION },
        End: true,
      },
    }
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Work', States: states })
    const turns = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
      return { payload: 'done' }
    }
    const { ended, clock } = await ending(definition, turns)
    expect(ended).toMatchObject({ status: 'SUCCEEDED', stopDate: new Date(START) })
    expect(clock.inFlight()).toEqual([])
  })
})
