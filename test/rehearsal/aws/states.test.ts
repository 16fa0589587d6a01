import { describe, expect, it } from 'vitest'
import { createWorld, FAIL, PASS, PAUSE, ROLE, refusal, START } from './states-world.ts'

const EXECUTION = 'arn:aws:states:eu-west-1:111122223333:execution:tested:'

describe('StartExecution', () => {
  it('is the same execution for the same name and input while it runs', async () => {
    const { start, clock, list } = createWorld()
    const first = await start({ name: 'one', input: '{"a":1}' })
    await clock.sleep(1000)
    expect(await start({ name: 'one', input: '{"a":1}' })).toEqual(first)
    expect(first).toEqual({ executionArn: `${EXECUTION}one`, startDate: new Date(START) })
    expect((await list()).executions).toHaveLength(1)
  })

  it('refuses the name with another input, and any input once the execution has closed', async () => {
    const { start, clock } = createWorld()
    await start({ name: 'one', input: '{"a":1}' })
    const refused = { name: 'ExecutionAlreadyExists', message: `Execution Already Exists: '${EXECUTION}one'` }
    expect(await refusal(start({ name: 'one', input: '{ "a":1}' }))).toEqual(refused)
    await clock.sleep(61_000)
    expect(await refusal(start({ name: 'one', input: '{"a":1}' }))).toEqual(refused)
  })

  it('makes up a name, and takes no input for an empty one', async () => {
    const { start, describe } = createWorld()
    const { executionArn } = await start()
    expect(await describe(executionArn)).toMatchObject({ name: expect.stringMatching(/^[0-9a-f-]{36}$/), input: '{}' })
  })

  it.each(['with space', 'a/b', 'a:b', 'a*', '', 'x'.repeat(81), 'a\u0007'])('refuses the name %j', async name => {
    expect(await refusal(createWorld().start({ name }))).toMatchObject({ name: 'InvalidName' })
  })

  it('takes a name with dots, dashes and umlauts', async () => {
    expect((await createWorld().start({ name: 'app.1-2_ü' })).executionArn).toBe(`${EXECUTION}app.1-2_ü`)
  })

  it('refuses input that is no JSON or too long', async () => {
    const { start } = createWorld()
    expect(await refusal(start({ input: '{' }))).toMatchObject({ name: 'InvalidExecutionInput' })
    expect(await refusal(start({ input: `"${'x'.repeat(262_144)}"` }))).toMatchObject({ name: 'ValidationException' })
  })

  it('refuses an ARN that is none, and one that stands for nothing', async () => {
    const { start, stateMachineArn } = createWorld()
    expect(await refusal(start({ stateMachineArn: 'tested' }))).toEqual({
      name: 'InvalidArn',
      message: "Invalid Arn: 'tested'",
    })
    const missing = `${stateMachineArn}:7`
    const message = `State Machine Does Not Exist: '${missing}'`
    expect(await refusal(start({ stateMachineArn: missing }))).toEqual({ name: 'StateMachineDoesNotExist', message })
    expect(await refusal(start({ stateMachineArn: `${stateMachineArn}:live` }))).toMatchObject({ name: 'NotRehearsed' })
  })

  it('starts a version and remembers it', async () => {
    const { states, start, describe, list, stateMachineArn } = createWorld()
    const versionArn = states.publishVersion(stateMachineArn)
    expect(versionArn).toBe(`${stateMachineArn}:1`)
    const { executionArn } = await start({ stateMachineArn: versionArn, name: 'one' })
    await start({ name: 'two' })
    expect(executionArn).toBe(`${EXECUTION}one`)
    expect(await describe(executionArn)).toMatchObject({ stateMachineArn, stateMachineVersionArn: versionArn })
    expect((await list({ stateMachineArn: versionArn })).executions?.map(({ name }) => name)).toEqual(['one'])
    expect((await list()).executions?.map(({ name }) => name)).toEqual(['two', 'one'])
  })
})

describe('DescribeExecution', () => {
  it('tells of a running execution', async () => {
    const { start, describe, stateMachineArn } = createWorld()
    const { executionArn } = await start({ name: 'one' })
    const running = {
      executionArn,
      stateMachineArn,
      name: 'one',
      status: 'RUNNING',
      startDate: new Date(START),
      input: '{}',
    }
    const described = await describe(executionArn)
    expect(described).toMatchObject({ ...running, redriveCount: 0, redriveStatus: 'NOT_REDRIVABLE' })
    expect(described.stopDate).toBeUndefined()
  })

  it('tells how an execution ended', async () => {
    const succeeded = createWorld(PASS)
    const { executionArn } = await succeeded.start({ input: '[1]' })
    await succeeded.clock.sleep(1)
    expect(await succeeded.describe(executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '[1]',
      stopDate: new Date(START),
    })
    const failed = createWorld(FAIL)
    const failure = await failed.start()
    await failed.clock.sleep(1)
    const told = { status: 'FAILED', error: 'Broken', cause: 'on purpose', redriveStatus: 'REDRIVABLE' }
    expect(await failed.describe(failure.executionArn)).toMatchObject(told)
  })

  it('leaves out the data when it is asked to', async () => {
    const { start, describe } = createWorld()
    const { executionArn } = await start()
    expect(await describe(executionArn, { includedData: 'METADATA_ONLY' })).not.toHaveProperty('input')
    expect(await refusal(describe(executionArn, { includedData: 'SOME' }))).toMatchObject({
      name: 'ValidationException',
    })
  })

  it('refuses an execution that does not exist', async () => {
    const { describe } = createWorld()
    const message = `Execution Does Not Exist: '${EXECUTION}no'`
    expect(await refusal(describe(`${EXECUTION}no`))).toEqual({ name: 'ExecutionDoesNotExist', message })
    expect(await refusal(describe('no'))).toMatchObject({ name: 'InvalidArn' })
  })
})

describe('StopExecution', () => {
  it('aborts with the error and cause given', async () => {
    const { start, stop, describe, clock } = createWorld()
    const { executionArn } = await start()
    await clock.sleep(5000)
    expect(await stop({ executionArn, error: 'E', cause: 'C' })).toEqual({ stopDate: new Date(START + 5000) })
    expect(await describe(executionArn)).toMatchObject({ status: 'ABORTED', error: 'E', cause: 'C' })
  })

  it('leaves a closed execution as it is', async () => {
    const { start, stop, describe, clock } = createWorld(PASS)
    const { executionArn } = await start()
    await clock.sleep(5000)
    expect(await stop({ executionArn })).toEqual({ stopDate: new Date(START) })
    expect(await describe(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('limits error and cause', async () => {
    const { start, stop } = createWorld()
    const { executionArn } = await start()
    expect(await refusal(stop({ executionArn, error: 'x'.repeat(257) }))).toMatchObject({ name: 'ValidationException' })
    expect(await refusal(stop({ executionArn, cause: 'x'.repeat(32_769) }))).toMatchObject({
      name: 'ValidationException',
    })
  })
})

describe('ListExecutions', () => {
  it('pages through the latest first', async () => {
    const { start, list } = createWorld()
    for (const name of ['a', 'b', 'c']) await start({ name })
    const first = await list({ maxResults: 2 })
    expect(first.executions?.map(({ name }) => name)).toEqual(['c', 'b'])
    const second = await list({ maxResults: 2, nextToken: first.nextToken })
    expect(second.executions?.map(({ name }) => name)).toEqual(['a'])
    expect(second.nextToken).toBeUndefined()
  })

  it('filters by status', async () => {
    const { start, stop, list } = createWorld()
    const { executionArn } = await start({ name: 'a' })
    await start({ name: 'b' })
    await stop({ executionArn })
    expect((await list({ statusFilter: 'ABORTED' })).executions?.map(({ name }) => name)).toEqual(['a'])
    expect(await refusal(list({ statusFilter: 'DONE' }))).toMatchObject({ name: 'ValidationException' })
  })

  it('refuses pages that are too long, and the token of another list', async () => {
    const { start, list } = createWorld()
    for (const name of ['a', 'b']) await start({ name })
    expect(await refusal(list({ maxResults: 1001 }))).toMatchObject({ name: 'ValidationException' })
    const { nextToken } = await list({ maxResults: 1 })
    expect(await refusal(list({ nextToken, statusFilter: 'RUNNING' }))).toMatchObject({ name: 'InvalidToken' })
    expect(await refusal(list({ nextToken: 'rubbish' }))).toMatchObject({ name: 'InvalidToken' })
  })

  it.each(['mapRunArn', 'redriveFilter'])('does not rehearse %s', async member => {
    expect(await refusal(createWorld().list({ [member]: 'x' }))).toMatchObject({ name: 'NotRehearsed' })
  })
})

describe('GetExecutionHistory', () => {
  it('pages in both directions', async () => {
    const { start, history, clock } = createWorld(PASS)
    const { executionArn } = await start()
    await clock.sleep(1)
    const first = await history(executionArn, { maxResults: 3 })
    expect(first.events?.map(({ id }) => id)).toEqual([1, 2, 3])
    expect((await history(executionArn, { nextToken: first.nextToken })).events?.map(({ id }) => id)).toEqual([4])
    expect((await history(executionArn, { reverseOrder: true })).events?.map(({ id }) => id)).toEqual([4, 3, 2, 1])
  })

  it('leaves out input and output when it is asked to', async () => {
    const { start, history, clock } = createWorld(PASS)
    const { executionArn } = await start({ input: '"secret"' })
    await clock.sleep(1)
    expect(JSON.stringify(await history(executionArn))).toContain('secret')
    expect(JSON.stringify(await history(executionArn, { includeExecutionData: false }))).not.toContain('secret')
  })

  it('limits the page', async () => {
    const { start, history } = createWorld()
    const { executionArn } = await start()
    expect(await refusal(history(executionArn, { maxResults: -1 }))).toMatchObject({ name: 'ValidationException' })
  })
})

describe('a state machine', () => {
  it('is described, by its ARN and by a version', async () => {
    const { states, describeMachine, stateMachineArn } = createWorld()
    const stateMachine = {
      name: 'tested',
      status: 'ACTIVE',
      definition: PAUSE,
      roleArn: ROLE,
      type: 'STANDARD',
      creationDate: new Date(START),
    }
    expect(await describeMachine({ stateMachineArn })).toMatchObject({ stateMachineArn, ...stateMachine })
    const versionArn = states.publishVersion(stateMachineArn)
    expect(await describeMachine({ stateMachineArn: versionArn })).toMatchObject({
      stateMachineArn: versionArn,
      ...stateMachine,
    })
    const metadata = await describeMachine({ stateMachineArn, includedData: 'METADATA_ONLY' })
    expect(metadata).not.toHaveProperty('definition')
    const asked = describeMachine({ stateMachineArn, includedData: 'SOME' })
    expect(await refusal(asked)).toMatchObject({ name: 'ValidationException' })
  })

  it('is the same when it is created again, and refused when it is another', () => {
    const { states, stateMachineArn } = createWorld()
    expect(states.createStateMachine({ name: 'tested', definition: PAUSE, roleArn: ROLE })).toMatchObject({
      stateMachineArn,
    })
    expect(() => states.createStateMachine({ name: 'tested', definition: PASS, roleArn: ROLE })).toThrow(
      'State Machine Already Exists',
    )
    expect(states.publishVersion(stateMachineArn)).toBe(states.publishVersion(stateMachineArn))
  })

  it('that is updated leaves executions and versions what they have', async () => {
    const { states, start, describeMachine, call, clock, describe, stateMachineArn } = createWorld()
    const one = states.publishVersion(stateMachineArn)
    const { executionArn } = await start()
    states.updateStateMachine(stateMachineArn, { definition: FAIL, roleArn: ROLE })
    expect((await describeMachine({ stateMachineArn })).definition).toBe(FAIL)
    expect((await describeMachine({ stateMachineArn: one })).definition).toBe(PAUSE)
    expect(await call('DescribeStateMachineForExecution', { executionArn })).toMatchObject({
      ...{ stateMachineArn, definition: PAUSE, name: 'tested', roleArn: ROLE },
    })
    await clock.sleep(61_000)
    expect(await describe(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(() => states.updateStateMachine(stateMachineArn, { definition: '{}', roleArn: ROLE })).toThrow(
      expect.objectContaining({ name: 'InvalidDefinition' }),
    )
  })

  it('gets a new version for every update, even for one back to what it was', async () => {
    const { states, call, stateMachineArn } = createWorld()
    states.publishVersion(stateMachineArn)
    for (const definition of [PASS, PAUSE]) {
      states.updateStateMachine(stateMachineArn, { definition, roleArn: ROLE })
      states.publishVersion(stateMachineArn)
      states.publishVersion(stateMachineArn)
    }
    const list = (more: object = {}) => call('ListStateMachineVersions', { stateMachineArn, ...more })
    const versions = ['3', '2', '1'].map(number => ({ stateMachineVersionArn: `${stateMachineArn}:${number}` }))
    expect(await list()).toMatchObject({ stateMachineVersions: versions })
    const { nextToken } = (await list({ maxResults: 2 })) as { nextToken?: string }
    expect(await list({ nextToken })).toMatchObject({ stateMachineVersions: versions.slice(2) })
  })

  it('keeps an execution running whose version is deleted, and starts none of that version any more', async () => {
    const { states, start, call, clock, describe, stateMachineArn } = createWorld()
    const versionArn = states.publishVersion(stateMachineArn)
    const { executionArn } = await start({ stateMachineArn: versionArn })
    for (let time = 0; time < 2; time++)
      expect(await call('DeleteStateMachineVersion', { stateMachineVersionArn: versionArn })).toEqual({})
    expect(await refusal(start({ stateMachineArn: versionArn }))).toMatchObject({ name: 'StateMachineDoesNotExist' })
    await clock.sleep(61_000)
    expect(await describe(executionArn)).toMatchObject({
      ...{ status: 'SUCCEEDED', stateMachineVersionArn: versionArn },
    })
    states.updateStateMachine(stateMachineArn, { definition: PASS, roleArn: ROLE })
    expect(states.publishVersion(stateMachineArn)).toBe(`${stateMachineArn}:2`)
    expect(await refusal(call('DeleteStateMachineVersion', { stateMachineVersionArn: stateMachineArn }))).toMatchObject(
      {
        name: 'InvalidArn',
      },
    )
  })

  it.each<[string, object, string]>([
    [
      'a resource',
      { Resource: 'arn:aws:states:::sns:publish' },
      "The state 'A' uses a resource that is not rehearsed: arn:aws:states:::sns:publish",
    ],
    [
      'a role to assume',
      { Resource: 'arn:aws:states:::lambda:invoke', Credentials: { RoleArn: 'r' } },
      "The state 'A' uses Credentials",
    ],
    [
      'an argument',
      { Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: 'f', LogType: 'Tail' } },
      "The field 'LogType' is not supported",
    ],
    [
      'a missing argument',
      { Resource: 'arn:aws:states:::lambda:invoke', Arguments: {} },
      "The field 'FunctionName' is required but was missing",
    ],
  ])('is refused for %s, naming the state', (_, task, message) => {
    const inner = { StartAt: 'A', States: { A: { Type: 'Task', End: true, ...task } } }
    const outer = {
      QueryLanguage: 'JSONata',
      StartAt: 'P',
      States: { P: { Type: 'Parallel', Branches: [inner], End: true } },
    }
    const create = () => createWorld(JSON.stringify(outer))
    expect(create).toThrow(
      expect.objectContaining({ name: 'InvalidDefinition', message: expect.stringContaining(message) }),
    )
    expect(create).toThrow('/States/P/Branches[0]/States/A')
  })
})

describe('the event bus', () => {
  it('hears of the start and the end', async () => {
    const { start, published, clock, stateMachineArn } = createWorld(FAIL)
    const { executionArn } = await start({ name: 'one', input: '{"a":1}' })
    await clock.sleep(1)
    const envelope = {
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      resources: [executionArn],
    }
    const both = {
      executionArn,
      stateMachineArn,
      name: 'one',
      startDate: START,
      input: '{"a":1}',
      inputDetails: { included: true },
      output: null,
    }
    expect(published).toMatchObject([
      { ...envelope, detail: { ...both, status: 'RUNNING', stopDate: null, error: null, cause: null } },
      { ...envelope, detail: { ...both, status: 'FAILED', stopDate: START, error: 'Broken', cause: 'on purpose' } },
    ])
  })

  it('is spared data that do not fit into an event', async () => {
    const { start, published, clock } = createWorld(PASS)
    await start({ input: JSON.stringify('x'.repeat(150_000)) })
    await clock.sleep(1)
    const [running, succeeded] = published.map(({ detail }) => detail)
    expect(running).toMatchObject({ inputDetails: { included: true } })
    expect(succeeded).toMatchObject({
      input: null,
      inputDetails: { included: false },
      outputDetails: { included: true },
    })
  })
})
