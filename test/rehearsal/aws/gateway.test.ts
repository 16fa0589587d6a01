import { once } from 'node:events'
import { connect } from 'node:net'
import * as ecs from '@aws-sdk/client-ecs'
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2'
import * as lambda from '@aws-sdk/client-lambda'
import * as sfn from '@aws-sdk/client-sfn'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AwsError, type Operations } from '../../../rehearsal/aws/service.ts'
import { oneOf } from '../../../rehearsal/aws/wire/constraints.ts'
import { START, sendRaw, type World, worldWith } from './wire-world.ts'

let world: World
let ecsDoes: Operations
let elbDoes: Operations
let sfnDoes: Operations
let lambdaDoes: Operations

beforeEach(async () => {
  ecsDoes = {}
  elbDoes = {}
  sfnDoes = {}
  lambdaDoes = {}
  world = await worldWith(() => [
    { signingName: 'ecs', sdk: ecs, operations: ecsDoes, authorization: {} },
    { signingName: 'elasticloadbalancing', sdk: elb, operations: elbDoes, authorization: {} },
    { signingName: 'states', sdk: sfn, operations: sfnDoes, authorization: {} },
    { signingName: 'lambda', sdk: lambda, operations: lambdaDoes, authorization: {} },
  ])
})

afterEach(() => world.close())

const ecsTarget = (operation: string) => ({
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}`,
})
const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('a JSON 1.1 request arrives typed and its answer comes back typed', async () => {
  const createdAt = new Date(START + 250)
  ecsDoes.UpdateService = (input: ecs.UpdateServiceCommandInput, caller) => ({
    service: { serviceName: input.service, desiredCount: input.desiredCount, createdBy: caller.principal, createdAt },
  })
  const { service } = await new ecs.ECSClient(world.client).send(
    new ecs.UpdateServiceCommand({ service: 'api', desiredCount: 3 }),
  )
  expect(service).toEqual({ serviceName: 'api', desiredCount: 3, createdBy: 'operator', createdAt })
})

test('a JSON 1.0 request arrives typed and its answer comes back typed', async () => {
  sfnDoes.StartExecution = ({ input, name }: sfn.StartExecutionCommandInput) => ({
    executionArn: `${name} ${input}`,
    startDate: new Date(START),
  })
  const answer = await new sfn.SFNClient(world.client).send(
    new sfn.StartExecutionCommand({ stateMachineArn: 'arn', name: 'n', input: '{"a":"é"}' }),
  )
  expect(answer).toMatchObject({ executionArn: 'n {"a":"é"}', startDate: new Date(START) })
})

test('a query request with lists and structures arrives typed and its XML answer comes back typed', async () => {
  elbDoes.ModifyListener = (input: elb.ModifyListenerCommandInput) => ({
    Listeners: [{ ListenerArn: input.ListenerArn, Port: input.Port, DefaultActions: input.DefaultActions }],
  })
  const DefaultActions: elb.Action[] = [
    {
      Type: 'forward',
      ForwardConfig: {
        TargetGroups: [
          { TargetGroupArn: 'blue <&>', Weight: 90 },
          { TargetGroupArn: 'green', Weight: 10 },
        ],
        TargetGroupStickinessConfig: { Enabled: false },
      },
    },
  ]
  const { Listeners } = await new elb.ElasticLoadBalancingV2Client(world.client).send(
    new elb.ModifyListenerCommand({ ListenerArn: 'l', Port: 443, DefaultActions }),
  )
  expect(Listeners).toEqual([{ ListenerArn: 'l', Port: 443, DefaultActions }])
})

test('an empty list in a query request stays an empty list', async () => {
  let seen: unknown
  elbDoes.DescribeTargetHealth = (input: elb.DescribeTargetHealthCommandInput) => {
    seen = input
    return { TargetHealthDescriptions: [] }
  }
  const answer = await new elb.ElasticLoadBalancingV2Client(world.client).send(
    new elb.DescribeTargetHealthCommand({ TargetGroupArn: 'a', Targets: [] }),
  )
  expect(seen).toEqual({ TargetGroupArn: 'a', Targets: [] })
  expect(answer.TargetHealthDescriptions).toEqual([])
})

test('a REST request is found by its path and carries labels, query, headers and a raw body', async () => {
  let seen: unknown
  lambdaDoes.Invoke = ({ Payload, ...input }: lambda.InvokeCommandInput) => {
    seen = input
    return { StatusCode: 200, FunctionError: 'Unhandled', Payload, ExecutedVersion: '7' }
  }
  const answer = await new lambda.LambdaClient(world.client).send(
    new lambda.InvokeCommand({
      FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:wake',
      Qualifier: '7',
      InvocationType: 'RequestResponse',
      Payload: new TextEncoder().encode('{"a":1}'),
    }),
  )
  expect(seen).toEqual({
    FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:wake',
    Qualifier: '7',
    InvocationType: 'RequestResponse',
  })
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled', ExecutedVersion: '7' })
  expect(answer.Payload?.transformToString()).toBe('{"a":1}')
})

test('a REST document body is read and written by its schema', async () => {
  lambdaDoes.PutFunctionConcurrency = (input: lambda.PutFunctionConcurrencyCommandInput) => input
  const answer = await new lambda.LambdaClient(world.client).send(
    new lambda.PutFunctionConcurrencyCommand({ FunctionName: 'f', ReservedConcurrentExecutions: 2 }),
  )
  expect(answer.ReservedConcurrentExecutions).toBe(2)
})

test('REST operations that differ only in a fixed query are told apart', async () => {
  lambdaDoes.GetProvisionedConcurrencyConfig = () => ({ Status: 'READY' })
  lambdaDoes.ListProvisionedConcurrencyConfigs = () => ({ NextMarker: 'more' })
  const client = new lambda.LambdaClient(world.client)
  const one = new lambda.GetProvisionedConcurrencyConfigCommand({ FunctionName: 'f', Qualifier: '7' })
  expect((await client.send(one)).Status).toBe('READY')
  const all = new lambda.ListProvisionedConcurrencyConfigsCommand({ FunctionName: 'f' })
  expect((await client.send(all)).NextMarker).toBe('more')
})

test('an error of the model comes back as its class with its members, over each protocol', async () => {
  ecsDoes.RunTask = () => {
    throw new AwsError('ConflictException', 'busy', 400, { resourceIds: ['a', 'b'] })
  }
  lambdaDoes.Invoke = () => {
    throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429, { Reason: 'CallerRateLimitExceeded' })
  }
  elbDoes.DescribeTargetGroups = () => {
    throw new AwsError('TargetGroupNotFoundException', "Target groups 'a<b' not found")
  }
  await expect(
    new ecs.ECSClient(world.client).send(new ecs.RunTaskCommand({ taskDefinition: 't' })),
  ).rejects.toMatchObject({ name: 'ConflictException', message: 'busy', resourceIds: ['a', 'b'] })
  await expect(
    new lambda.LambdaClient(world.client).send(new lambda.InvokeCommand({ FunctionName: 'f' })),
  ).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'CallerRateLimitExceeded',
    $metadata: { httpStatusCode: 429 },
  })
  const lookup = new elb.ElasticLoadBalancingV2Client(world.client).send(new elb.DescribeTargetGroupsCommand({}))
  await expect(lookup).rejects.toMatchObject({
    name: 'TargetGroupNotFoundException',
    message: "Target groups 'a<b' not found",
  })
  await expect(lookup).rejects.toBeInstanceOf(elb.TargetGroupNotFoundException)
})

test('an operation that the model does not have is unknown', async () => {
  const json = await sendRaw(world, 'ecs', ecsTarget('MakeCoffee'), '{}')
  expect([json.status, json.headers.get('x-amzn-errortype')]).toEqual([400, 'UnknownOperationException'])
  const query = await sendRaw(world, 'elasticloadbalancing', form, 'Action=MakeCoffee&Version=2015-12-01')
  expect([query.status, query.body]).toEqual([
    400,
    expect.stringContaining('<Code>InvalidAction</Code><Message>Could not find operation MakeCoffee for version'),
  ])
  const rest = await sendRaw(world, 'lambda', {}, '', '/2015-03-31/coffee')
  expect([rest.status, rest.headers.get('x-amzn-errortype')]).toEqual([404, 'UnknownOperationException'])
})

test('an operation that AWS has and the rehearsal has not is refused by name, once', async () => {
  const client = new ecs.ECSClient({ ...world.client, maxAttempts: 3 })
  await expect(client.send(new ecs.DeleteClusterCommand({ cluster: 'c' }))).rejects.toMatchObject({
    name: 'NotRehearsed',
    message: 'ecs:DeleteCluster is not part of this rehearsal',
    $metadata: { attempts: 1 },
  })
})

test('a service that is not here is refused by name', async () => {
  const answer = await sendRaw(world, 'sqs', { 'content-type': 'application/x-amz-json-1.0' }, '{}')
  expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('sqs is not part of this rehearsal')])
})

test.each([
  ['{"service": 7}', 'NUMBER_VALUE can not be converted to a String'],
  ['{"service": "a", "desiredCount": "many"}', 'STRING_VALUE can not be converted to a Number'],
  ['{"service": "a", "loadBalancers": {}}', 'Start of structure or map found where not expected.'],
  ['{"service": ["a"]}', 'Start of list found where not expected'],
  ['{"service": ', undefined],
])('the ill-typed document %s is a SerializationException', async (document, message) => {
  ecsDoes.UpdateService = () => ({})
  const answer = await sendRaw(world, 'ecs', ecsTarget('UpdateService'), document)
  expect([answer.status, JSON.parse(answer.body)]).toEqual([400, { __type: 'SerializationException', message }])
})

test('an ill-typed number in a form is MalformedInput', async () => {
  elbDoes.ModifyListener = () => ({})
  const answer = await sendRaw(world, 'elasticloadbalancing', form, 'Action=ModifyListener&ListenerArn=l&Port=high')
  expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('<Code>MalformedInput</Code>')])
})

test('unknown members are ignored', async () => {
  let seen: unknown
  ecsDoes.UpdateService = (input: object) => {
    seen = input
    return {}
  }
  await sendRaw(world, 'ecs', ecsTarget('UpdateService'), '{"service": "a", "colour": "green", "cluster": null}')
  expect(seen).toEqual({ service: 'a' })
})

test('every required member that is missing is named as the service names it, however deep', async () => {
  ecsDoes.RegisterTaskDefinition = () => ({})
  sfnDoes.StartExecution = () => ({})
  elbDoes.DescribeTargetHealth = () => ({})
  const deep = '{"family": "f", "containerDefinitions": [{"secrets": [{"name": "n"}]}]}'
  expect(JSON.parse((await sendRaw(world, 'ecs', ecsTarget('RegisterTaskDefinition'), deep)).body)).toEqual({
    __type: 'InvalidParameterException',
    message:
      "1 validation error detected: Value null at 'containerDefinitions.1.member.secrets.1.member.valueFrom' failed to satisfy constraint: Member must not be null",
  })
  const both = JSON.parse((await sendRaw(world, 'ecs', ecsTarget('RegisterTaskDefinition'), '{}')).body)
  expect(both.message).toBe(
    "2 validation errors detected: Value null at 'family' failed to satisfy constraint: Member must not be null; Value null at 'containerDefinitions' failed to satisfy constraint: Member must not be null",
  )
  const states = { 'x-amz-target': 'AWSStepFunctions.StartExecution' }
  expect(JSON.parse((await sendRaw(world, 'states', states, '{}')).body)).toMatchObject({
    __type: 'ValidationException',
  })
  const query = await sendRaw(world, 'elasticloadbalancing', form, 'Action=DescribeTargetHealth&Version=2015-12-01')
  expect(query.body).toContain("<Code>ValidationError</Code><Message>1 validation error detected: Value null at 'targ")
})

test('a value outside an enum is put in the words of the service', async () => {
  const check = ({ stopType }: { stopType?: string }) => {
    oneOf('stopType', stopType, ecs.StopServiceDeploymentStopType)
    return {}
  }
  ecsDoes.StopServiceDeployment = check
  const answer = await sendRaw(
    world,
    'ecs',
    ecsTarget('StopServiceDeployment'),
    '{"serviceDeploymentArn": "a", "stopType": "HALT"}',
  )
  expect(JSON.parse(answer.body)).toEqual({
    __type: 'InvalidParameterException',
    message:
      "1 validation error detected: Value 'HALT' at 'stopType' failed to satisfy constraint: Member must satisfy enum value set: [ABORT, ROLLBACK]",
  })
})

test('another region is refused by name', async () => {
  const abroad = new ecs.ECSClient({ ...world.client, region: 'us-east-1' })
  await expect(abroad.send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({
    name: 'NotRehearsed',
    message: 'region us-east-1 is not part of this rehearsal',
  })
})

test('a request without a signature has no authentication token', async () => {
  const answer = await fetch(world.endpoint)
  expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('MissingAuthenticationToken')])
})

test('an unknown access key is refused in the protocol’s words', async () => {
  const stranger = { ...world.client, credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 's' } }
  await expect(new ecs.ECSClient(stranger).send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({
    name: 'UnrecognizedClientException',
  })
  await expect(
    new elb.ElasticLoadBalancingV2Client(stranger).send(new elb.DescribeListenersCommand({})),
  ).rejects.toMatchObject({ name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } })
})

test('an error that no service meant is an internal failure and is told', async () => {
  const bug = new TypeError('undefined is not a function')
  ecsDoes.ListClusters = () => {
    throw bug
  }
  await expect(new ecs.ECSClient(world.client).send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({
    name: 'InternalFailure',
    $metadata: { httpStatusCode: 500 },
  })
  expect(world.surprises).toEqual([bug])
})

test('answers carry a request id and the time of the clock that the caller signs by', async () => {
  ecsDoes.ListClusters = () => ({})
  const ask = (at: Date) => sendRaw(world, 'ecs', ecsTarget('ListClusters'), '{}', '/', { at })
  const inAwsTime = await ask(new Date(START))
  expect(inAwsTime.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  expect(inAwsTime.headers.get('date')).toBe(new Date(START).toUTCString())
  const inRealTime = await ask(new Date())
  expect(inRealTime.status).toBe(200)
  expect(Math.abs(Date.parse(inRealTime.headers.get('date') ?? '') - Date.now())).toBeLessThan(60_000)
})

test('the clock stands while a request is in flight and moves when it is answered', async () => {
  const order: string[] = []
  ecsDoes.ListClusters = async () => {
    const jumped = new Promise<void>(resolve => world.clock.timer(1000, () => resolve(void order.push('timer'))))
    await new Promise(setImmediate)
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    order.push('answered')
    void jumped
    return {}
  }
  await new ecs.ECSClient(world.client).send(new ecs.ListClustersCommand({}))
  await world.clock.sleep(2000)
  expect(order).toEqual(['answered', 'timer'])
  expect(world.clock.inFlight()).toEqual([])
})

test('a path that is no text is the caller’s mistake', async () => {
  lambdaDoes.Invoke = () => ({ StatusCode: 200 })
  const { status, body } = await sendRaw(world, 'lambda', {}, '{}', '/2015-03-31/functions/%E0%A4%A/invocations')
  expect([status, body]).toEqual([400, expect.stringContaining('percent-encoded')])
  expect(world.surprises).toEqual([])
})

test.each(['//', 'http://['])('a request line that names %s is answered, and hurts nobody', async target => {
  const socket = connect(world.port, '127.0.0.1')
  socket.write(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  socket.destroy()
  expect(String(answer)).toContain('403 Forbidden')
  expect(world.surprises).toEqual([])
})

test('a caller that hangs up in the middle of a request leaves nothing behind', async () => {
  ecsDoes.ListClusters = () => ({})
  const socket = connect(world.port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
  const { promise, resolve } = Promise.withResolvers<void>()
  const seen = setInterval(() => {
    if (world.clock.inFlight().length === 0) return
    clearInterval(seen)
    socket.destroy()
    resolve()
  }, 1)
  await promise
  await world.clock.sleep(1)
  expect(world.clock.inFlight()).toEqual([])
  expect(world.surprises).toEqual([])
})

test('a throttled request is tried again by the SDK and then succeeds', async () => {
  ecsDoes.ListClusters = () => ({ clusterArns: ['a'] })
  world.faults.add({ service: 'ecs', operation: 'ListClusters', does: 'throttle' })
  const answer = await new ecs.ECSClient({ ...world.client, maxAttempts: 2 }).send(new ecs.ListClustersCommand({}))
  expect([answer.clusterArns, answer.$metadata.attempts]).toEqual([['a'], 2])
})

test.each<[string, () => { send(command: never): Promise<unknown> }, () => object, string]>([
  ['ecs', () => new ecs.ECSClient(world.client), () => new ecs.ListClustersCommand({}), 'ServerException'],
  [
    'elasticloadbalancing',
    () => new elb.ElasticLoadBalancingV2Client(world.client),
    () => new elb.DescribeRulesCommand({}),
    'InternalFailure',
  ],
  ['states', () => new sfn.SFNClient(world.client), () => new sfn.ListStateMachinesCommand({}), 'InternalFailure'],
  [
    'lambda',
    () => new lambda.LambdaClient(world.client),
    () => new lambda.ListFunctionsCommand({}),
    'ServiceException',
  ],
])('an error within %s comes in its own words, and nothing has happened', async (service, client, command, name) => {
  world.faults.add({ service, does: 'internal-error' })
  const asked = client().send(command() as never)
  await expect(asked).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 500 } })
})

test('a request that met an error within the service is tried again by the SDK and then succeeds', async () => {
  ecsDoes.ListClusters = () => ({ clusterArns: ['a'] })
  world.faults.add({ service: 'ecs', does: 'internal-error' })
  const answer = await new ecs.ECSClient({ ...world.client, maxAttempts: 2 }).send(new ecs.ListClustersCommand({}))
  expect([answer.clusterArns, answer.$metadata.attempts]).toEqual([['a'], 2])
})

test('a request can stand still for a while, in which time goes on', async () => {
  const seen: number[] = []
  ecsDoes.ListClusters = () => {
    seen.push(world.clock.now() - START)
    return {}
  }
  world.faults.add({ service: 'ecs', does: { stallMs: 5000 } })
  world.clock.timer(60_000, () => seen.push(60_000))
  await new ecs.ECSClient(world.client).send(new ecs.ListClustersCommand({}))
  expect(seen).toEqual([5000])
})

test('a fault tells how many requests it met, and meets none once it has ended', async () => {
  ecsDoes.ListClusters = () => ({})
  const client = new ecs.ECSClient(world.client)
  const ask = () => client.send(new ecs.ListClustersCommand({}))
  const fault = world.faults.add({ service: 'ecs', does: 'throttle', times: 9 })
  expect(fault.fired()).toBe(0)
  for (let n = 0; n < 2; n++) await expect(ask()).rejects.toMatchObject({ name: 'ThrottlingException' })
  fault.end()
  await ask()
  expect(fault.fired()).toBe(2)
})

test('a fault meets only the requests it is for, as often as it says', async () => {
  ecsDoes.ListClusters = () => ({})
  ecsDoes.ListServices = () => ({})
  const client = new ecs.ECSClient(world.client)
  const fail = { fail: 'ServerException', message: 'as arranged', statusCode: 500 }
  world.faults.add({ service: 'ecs', operation: 'ListClusters', principal: p => p === 'operator', does: fail })
  world.faults.add({ service: 'ecs', operation: 'ListServices', principal: p => p === 'nobody', does: 'throttle' })
  await client.send(new ecs.ListServicesCommand({}))
  await expect(client.send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({
    name: 'ServerException',
    message: 'as arranged',
  })
  await client.send(new ecs.ListClustersCommand({}))
})

test('an answer that is lost leaves its effect', async () => {
  let runs = 0
  ecsDoes.RunTask = () => {
    runs += 1
    return {}
  }
  world.faults.add({ service: 'ecs', does: 'lose-answer' })
  const client = new ecs.ECSClient(world.client)
  await expect(client.send(new ecs.RunTaskCommand({ taskDefinition: 't' }))).rejects.toThrow()
  expect(runs).toBe(1)
})
