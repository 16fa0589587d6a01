import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as sfn from '@aws-sdk/client-sfn'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIam, type Iam } from '../../../../rehearsal/aws/iam/iam.ts'
import { createEventSources } from '../../../../rehearsal/aws/lambda/event-sources.ts'
import type { FunctionSettings } from '../../../../rehearsal/aws/lambda/functions.ts'
import { createLambda, type Lambda } from '../../../../rehearsal/aws/lambda/lambda.ts'
import { createSqs, type Sqs } from '../../../../rehearsal/aws/sqs.ts'
import { createStates, type States } from '../../../../rehearsal/aws/states.ts'
import { type Clock, createClock } from '../../../../rehearsal/clock.ts'

const arn = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:111122223333:${resource}`
const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`
const FUNCTION = arn('lambda', 'function:step')
const CHILD = arn('states', 'stateMachine:child')
const CHILDREN = arn('states', 'execution:child:*')

let folder: string
let clock: Clock
let iam: Iam
let sqs: Sqs
let lambda: Lambda
let states: States
let lines: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roles-test-'))
  writeFileSync(join(folder, 'index.mjs'), "export const handler = async event => (console.log('heard'), event)")
  clock = createClock({ drive: 'jump', start: Date.UTC(2026, 0, 1) })
  iam = createIam()
  lines = []
  const onSurprise = (error: unknown) => {
    throw error
  }
  sqs = createSqs({ clock, endpoint: () => 'http://queues' })
  const logs = (_: string, __: string, line: string) => void lines.push(line)
  const around = { endpoint: () => 'http://127.0.0.1:9', hosts: () => ({}), logs, queues: sqs, onSurprise }
  lambda = createLambda({ clock, iam, ...around, inThreads: true })
  states = createStates({ clock, iam, functions: lambda, bus: { publish: () => {} } })
})

afterEach(async () => {
  await lambda.stop()
  clock.stop()
  rmSync(folder, { recursive: true })
})

const allow = (actions: string | string[], ...resources: string[]) => ({
  ...{ Effect: 'Allow', Action: actions, Resource: resources },
})

function putRole(name: string, service: string, ...statements: object[]): void {
  const trust = { Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] }
  iam.putRole({ arn: role(name), name, trust, policies: [{ Statement: statements }], managedPolicyArns: [] })
}

const putFunctionRole = (...statements: object[]) => putRole('step', 'lambda.amazonaws.com', ...statements)
const putMachineRole = (...statements: object[]) => putRole('machine', 'states.amazonaws.com', ...statements)

function createFunction(more: Partial<FunctionSettings> = {}): void {
  const accessKey = { accessKeyId: 'AKIASTEP', secretAccessKey: 's' }
  const settings = { name: 'step', code: folder, handler: 'index.handler', runtime: 'nodejs24.x', accessKey }
  lambda.createFunction({ ...settings, roleArn: role('step'), logGroup: '/step', ...more })
}

const denied = () => iam.access.denied().map(({ principal, action, resource }) => [principal, action, resource])

const LOG = allow(['logs:CreateLogStream', 'logs:PutLogEvents'], arn('logs', 'log-group:/step:*'))

describe('a function', () => {
  test('has a role that trusts Lambda, or is not made', () => {
    putRole('step', 'states.amazonaws.com', LOG)
    expect(() => createFunction()).toThrow('The role defined for the function cannot be assumed by Lambda.')
    putFunctionRole(LOG)
    createFunction()
    putRole('step', 'states.amazonaws.com', LOG)
    const accessKey = { accessKeyId: 'AKIASTEP', secretAccessKey: 's' }
    const changed = { name: 'step', code: folder, handler: 'index.handler', runtime: 'nodejs24.x', accessKey }
    expect(() => lambda.updateFunction({ ...changed, roleArn: role('step') })).toThrow('cannot be assumed by Lambda')
  })

  test('keeps its log as its role', async () => {
    putFunctionRole(LOG)
    createFunction()
    await lambda.invoke('step', 1)
    expect(lines).toContainEqual(expect.stringContaining('heard'))
    expect(denied()).toEqual([])
    expect(iam.access.used().map(({ action, resource }) => [action, resource])).toEqual([
      ['logs:CreateLogStream', arn('logs', 'log-group:/step:*')],
      ['logs:PutLogEvents', arn('logs', 'log-group:/step:*')],
    ])
  })

  test.each(['logs:CreateLogStream', 'logs:PutLogEvents'])('runs without %s, and leaves no line', async action => {
    putFunctionRole(LOG)
    iam.access.forbid({ principal: 'step', action })
    createFunction()
    expect((await lambda.invoke('step', 1)).payload).toBe(1)
    expect(lines).toEqual([])
    expect(denied()[0]).toEqual([role('step'), action, expect.stringMatching(/:log-group:\/step:log-stream:2026\/01/)])
  })

  test('that may not send dead letters is not made, and sends none once it may no more', async () => {
    const dead = sqs.createQueue({ name: 'dead' })
    putFunctionRole(LOG)
    const withLetters = () => createFunction({ deadLetterArn: dead.arn })
    expect(withLetters).toThrow('The provided execution role does not have permissions to call SendMessage on SQS')
    putFunctionRole(LOG, allow('sqs:SendMessage', dead.arn))
    withLetters()
    const fail = async () => {
      lambda.faults = () => 'crash-before'
      lambda.invokeLater('step', {})
      await clock.sleep(600_000)
    }
    await fail()
    expect(sqs.queue(dead.arn)?.count('visible')).toBe(1)
    putFunctionRole(LOG)
    await fail()
    expect(sqs.queue(dead.arn)?.count('visible')).toBe(1)
    expect(denied().at(-1)).toEqual([role('step'), 'sqs:SendMessage', dead.arn])
  })
})

describe('a queue', () => {
  const READING = ['sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:DeleteMessage']

  function read(without?: string): string {
    const { arn: queueArn } = sqs.createQueue({ name: 'told', visibilityTimeout: 30 })
    putFunctionRole(
      LOG,
      allow(
        READING.filter(action => action !== without),
        queueArn,
      ),
    )
    createFunction()
    const onSurprise = (error: unknown) => {
      throw error
    }
    createEventSources({ clock, lambda, queues: sqs, iam, onSurprise }).create({ queueArn, functionName: 'step' })
    return queueArn
  }

  test.each(['GetQueueAttributes', 'ReceiveMessage'])('is not read for a function without %s', action => {
    expect(() => read(`sqs:${action}`)).toThrow(
      `The provided execution role does not have permissions to call ${action} on SQS`,
    )
  })

  test('keeps what a function has read and may not delete', async () => {
    const queueArn = read('sqs:DeleteMessage')
    const queue = sqs.queue(queueArn)
    queue?.send({ body: 'a', senderId: 's' })
    await clock.sleep(10_000)
    expect(queue?.count('hidden')).toBe(1)
    expect(denied()).toEqual([[role('step'), 'sqs:DeleteMessage', queueArn]])
  })

  test('is no longer read once the function may not', async () => {
    const queueArn = read()
    iam.access.forbid({ principal: 'step', action: 'sqs:ReceiveMessage' })
    const queue = sqs.queue(queueArn)
    queue?.send({ body: 'a', senderId: 's' })
    await clock.sleep(10_000)
    expect(queue?.count('visible')).toBe(1)
    expect(denied()).toEqual([[role('step'), 'sqs:ReceiveMessage', queueArn]])
  })
})

describe('a state machine', () => {
  const machine = (state: object) => JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: state } })
  const CALL = machine({
    ...{ Type: 'Task', End: true, Resource: 'arn:aws:states:::lambda:invoke' },
    Arguments: { FunctionName: FUNCTION, Payload: 1 },
  })
  const PARENT = machine({
    ...{ Type: 'Task', End: true, Resource: 'arn:aws:states:::states:startExecution.sync:2' },
    Arguments: { StateMachineArn: CHILD },
  })
  const RULE = allow(
    ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
    arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'),
  )
  const START = allow('states:StartExecution', CHILD)
  const DESCRIBE = allow('states:DescribeExecution', CHILDREN)

  const create = (definition: string, more: { isLogged?: boolean } = {}) =>
    states.createStateMachine({ name: 'tested', definition, roleArn: role('machine'), ...more }).stateMachineArn
  const call = async <T>(operation: string, input: object) =>
    (await states.operations[operation]?.(input, { principal: 'operator' })) as T

  const start = (stateMachineArn: string) => call<sfn.StartExecutionOutput>('StartExecution', { stateMachineArn })
  const statusOf = (executionArn: string | undefined) =>
    call<sfn.DescribeExecutionOutput>('DescribeExecution', { executionArn })

  /** Runs a machine to its end. */
  async function run(definition: string) {
    const { executionArn } = await start(create(definition))
    await clock.sleep(120_000)
    const { status, error, cause } = await statusOf(executionArn)
    return { status, error, cause }
  }

  const createChild = () =>
    states.createStateMachine({
      ...{ name: 'child', definition: machine({ Type: 'Wait', Seconds: 60, End: true }), roleArn: role('another') },
    })

  test('has a role that trusts Step Functions, or is not made', () => {
    putRole('machine', 'lambda.amazonaws.com')
    expect(() => create(CALL)).toThrow(
      'Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.',
    )
  })

  test('calls the functions that its role may invoke', async () => {
    putFunctionRole(LOG)
    createFunction()
    putMachineRole(allow('lambda:InvokeFunction', FUNCTION))
    expect(await run(CALL)).toEqual({ status: 'SUCCEEDED' })
  })

  test('fails at a function that its role may not invoke, as at any error of Lambda', async () => {
    putFunctionRole(LOG)
    createFunction()
    putMachineRole(allow('lambda:InvokeFunction', `${FUNCTION}:*`))
    expect(await run(CALL)).toEqual({
      status: 'FAILED',
      error: 'Lambda.AWSLambdaException',
      cause: `User: arn:aws:sts::111122223333:assumed-role/machine/rehearsal is not authorized to perform: lambda:InvokeFunction on resource: ${FUNCTION} because no identity-based policy allows the lambda:InvokeFunction action (Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException)`,
    })
    expect(denied()).toEqual([[role('machine'), 'lambda:InvokeFunction', FUNCTION]])
  })

  test('runs another machine that its role may start, by any version, and describe', async () => {
    createChild()
    putMachineRole(RULE, START, DESCRIBE)
    expect(await run(PARENT)).toEqual({ status: 'SUCCEEDED' })
  })

  test.each([
    ['states:StartExecution', [RULE, DESCRIBE], CHILD],
    ['states:DescribeExecution', [RULE, START], expect.stringMatching(/:execution:child:/)],
  ])('fails at another machine without %s', async (action, statements, resource) => {
    createChild()
    putMachineRole(...statements)
    expect(await run(PARENT)).toMatchObject({ status: 'FAILED', error: 'StepFunctions.AWSStepFunctionsException' })
    expect(denied()).toEqual([[role('machine'), action, resource]])
  })

  test.each([
    [true, 'ABORTED'],
    [false, 'RUNNING'],
  ])('that is stopped stops what it runs, if it may (%s)', async (mayStop, expected) => {
    createChild()
    putMachineRole(RULE, START, DESCRIBE, ...(mayStop ? [allow('states:StopExecution', CHILDREN)] : []))
    const { executionArn } = await start(create(PARENT))
    await clock.sleep(10_000)
    await call('StopExecution', { executionArn })
    await clock.sleep(1_000)
    const { executions } = await call<sfn.ListExecutionsOutput>('ListExecutions', { stateMachineArn: CHILD })
    expect(executions?.map(({ status }) => status)).toEqual([expected])
    expect(denied().map(([, action]) => action)).toEqual(mayStop ? [] : ['states:StopExecution'])
  })

  test.each(['events:PutTargets', 'events:PutRule', 'events:DescribeRule'])(
    'that waits for another is not made without %s',
    action => {
      putMachineRole(RULE)
      iam.access.forbid({ principal: 'machine', action })
      expect(() => create(PARENT)).toThrow(`'${role('machine')}' is not authorized to create managed-rule.`)
    },
  )

  test('that keeps a log is not made where its role may not have it delivered', () => {
    putMachineRole()
    expect(() => create(CALL, { isLogged: true })).toThrow(
      'The state machine IAM Role is not authorized to access the Log Destination',
    )
    putMachineRole(allow('logs:*', '*'))
    create(CALL, { isLogged: true })
  })
})
