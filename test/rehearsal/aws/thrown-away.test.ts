import type {
  DeleteServiceResponse,
  DescribeServicesResponse,
  ListClustersResponse,
  ListServicesResponse,
  ListTasksResponse,
} from '@aws-sdk/client-ecs'
import type { DescribeTargetGroupsOutput } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { ListStateMachinesOutput } from '@aws-sdk/client-sfn'
import { afterEach, describe, expect, test } from 'vitest'
import { TARGET_GROUP } from '../fleet/inputs.ts'
import { call, createWorld as createFleet, type World } from '../fleet/world.ts'
import { createWorld as createStates, PASS, ROLE, refusal } from './states-world.ts'

let open: World | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

async function fleet(): Promise<World> {
  open = await createFleet()
  return open
}

describe('a service that is deleted', () => {
  const SERVICE = { cluster: 'shop', service: 'web' }

  test('is draining, and then gone, with its tasks', async () => {
    const { ecs, clock, create, settled } = await fleet()
    await create('one')
    await settled()
    const { service } = await call<DeleteServiceResponse>(ecs, 'DeleteService', { ...SERVICE, force: true })
    expect(service).toMatchObject({ serviceName: 'web', status: 'DRAINING', desiredCount: 0 })
    await clock.sleep(600_000)
    const tasks = async (desiredStatus: string) =>
      (await call<ListTasksResponse>(ecs, 'ListTasks', { cluster: 'shop', desiredStatus })).taskArns
    expect(await tasks('RUNNING')).toEqual([])
    expect(await tasks('STOPPED')).not.toEqual([])
    const described = await call<DescribeServicesResponse>(ecs, 'DescribeServices', {
      ...{ cluster: 'shop', services: ['web'] },
    })
    expect(described).toMatchObject({ services: [], failures: [{ reason: 'MISSING' }] })
  })

  test('can be made again under its name', async () => {
    const { ecs, create, settled } = await fleet()
    await create('one')
    await call(ecs, 'DeleteService', { ...SERVICE, force: true })
    await create('two')
    expect(await settled()).toMatchObject({ status: 'SUCCESSFUL' })
  })

  test('by mistake is not, while it has tasks', async () => {
    const { ecs, create } = await fleet()
    await create('one')
    expect(await refusal(call(ecs, 'DeleteService', SERVICE))).toMatchObject({ name: 'InvalidParameterException' })
    expect(await refusal(call(ecs, 'DeleteService', { ...SERVICE, service: 'other' }))).toMatchObject({
      name: 'ServiceNotFoundException',
    })
  })
})

describe('what there is', () => {
  test('of clusters and of their services is listed page by page', async () => {
    const { ecs, create } = await fleet()
    await create('one')
    await call(ecs, 'CreateCluster', { clusterName: 'empty' })
    const first = await call<ListClustersResponse>(ecs, 'ListClusters', { maxResults: 1 })
    const { nextToken } = first
    const second = await call<ListClustersResponse>(ecs, 'ListClusters', { maxResults: 1, nextToken })
    const [shop, empty] = ['shop', 'empty'].map(name => `arn:aws:ecs:eu-west-1:111122223333:cluster/${name}`)
    expect([first.clusterArns, second]).toEqual([[shop], { clusterArns: [empty] }])
    const services = (cluster: string) => call<ListServicesResponse>(ecs, 'ListServices', { cluster })
    const web = 'arn:aws:ecs:eu-west-1:111122223333:service/shop/web'
    expect(await services('shop')).toEqual({ serviceArns: [web] })
    expect(await services('empty')).toEqual({ serviceArns: [] })
    expect(await refusal(services('other'))).toMatchObject({ name: 'ClusterNotFoundException' })
  })
})

describe('a target group that is deleted', () => {
  test('goes once no rule leads to it', async () => {
    const { elb, loadBalancers } = await fleet()
    const made = await call<DescribeTargetGroupsOutput>(elb, 'CreateTargetGroup', { ...TARGET_GROUP, Name: 'other' })
    const TargetGroupArn = made.TargetGroups?.[0]?.TargetGroupArn ?? ''
    const { Rules: [rule] = [] } = await call<{ Rules: { RuleArn: string }[] }>(elb, 'CreateRule', {
      ListenerArn: loadBalancers.all[0]?.listeners[0]?.arn,
      Priority: 10,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/other'] } }],
      Actions: [{ Type: 'forward', TargetGroupArn }],
    })
    const ask = () => loadBalancers.request('shop.test', new Request('http://shop.test/other'))
    expect((await ask()).status).toBe(503)
    expect(await refusal(call(elb, 'DeleteTargetGroup', { TargetGroupArn }))).toMatchObject({
      name: 'ResourceInUseException',
    })
    await call(elb, 'DeleteRule', rule ?? {})
    await call(elb, 'DeleteTargetGroup', { TargetGroupArn })
    expect(loadBalancers.groups.has(TargetGroupArn)).toBe(false)
    expect(await refusal(call(elb, 'DeleteRule', rule ?? {}))).toMatchObject({ name: 'RuleNotFoundException' })
  })

  test('never takes a default rule with it', async () => {
    const { elb, loadBalancers } = await fleet()
    const RuleArn = loadBalancers.all[0]?.listeners[0]?.rules.find(({ priority }) => priority === 'default')?.arn
    expect(await refusal(call(elb, 'DeleteRule', { RuleArn }))).toMatchObject({
      name: 'OperationNotPermittedException',
    })
  })
})

describe('a state machine that is made by a call', () => {
  const NEW = { name: 'made', definition: PASS, roleArn: ROLE }

  test('runs, as its version does, until it is deleted', async () => {
    const { call, describe: describeExecution, clock } = createStates()
    const made = (await call('CreateStateMachine', { ...NEW, publish: true })) as Record<string, string>
    const { stateMachineArn, stateMachineVersionArn } = made
    expect(stateMachineVersionArn).toBe(`${stateMachineArn}:1`)
    const started = (await call('StartExecution', { stateMachineArn: stateMachineVersionArn })) as Record<
      string,
      string
    >
    await clock.sleep(1)
    expect(await describeExecution(started.executionArn)).toMatchObject({ status: 'SUCCEEDED' })
    await call('DeleteStateMachine', { stateMachineArn })
    for (const gone of [stateMachineArn, stateMachineVersionArn])
      expect(await refusal(call('StartExecution', { stateMachineArn: gone }))).toMatchObject({
        name: 'StateMachineDoesNotExist',
      })
    expect(await call('DeleteStateMachine', { stateMachineArn })).toEqual({})
  })

  test('is listed, page by page, until it is deleted', async () => {
    const { call } = createStates()
    const { stateMachineArn } = (await call('CreateStateMachine', NEW)) as Record<string, string>
    await call('CreateStateMachine', { ...NEW, name: 'other' })
    const all = async () => {
      const { stateMachines = [], nextToken } = (await call('ListStateMachines', {
        maxResults: 1,
      })) as ListStateMachinesOutput
      const rest = nextToken && ((await call('ListStateMachines', { nextToken })) as ListStateMachinesOutput)
      return [...stateMachines, ...(rest ? (rest.stateMachines ?? []) : [])].map(({ name }) => name)
    }
    expect(await all()).toEqual(['tested', 'made', 'other'])
    await call('DeleteStateMachine', { stateMachineArn })
    expect(await all()).toEqual(['tested', 'other'])
  })

  test.each<[object, string]>([
    [{ type: 'EXPRESS' }, 'NotRehearsed'],
    [{ type: 'QUICK' }, 'ValidationException'],
    [{ name: 'a b' }, 'InvalidName'],
    [{ definition: '{}' }, 'InvalidDefinition'],
  ])('is refused with %j', async (more, name) => {
    const { call } = createStates()
    expect(await refusal(call('CreateStateMachine', { ...NEW, ...more }))).toMatchObject({ name })
  })
})

test('a state that puts an event and waits goes on with the answer to its token', async () => {
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Ask',
    States: {
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken',
        Arguments: {
          Entries: [{ Source: 'tests', DetailType: 'Asked', Detail: { token: '{% $states.context.Task.Token %}' } }],
        },
        End: true,
      },
    },
  })
  const { start, call, clock, published, describe: describeExecution } = createStates(definition)
  const { executionArn } = await start()
  await clock.sleep(1)
  const asked = published.find(({ source }) => source === 'tests')
  expect(asked).toMatchObject({ 'detail-type': 'Asked', detail: { token: expect.any(String) } })
  await call('SendTaskSuccess', { taskToken: asked?.detail.token, output: '"answered"' })
  await clock.sleep(1)
  expect(await describeExecution(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '"answered"' })
})
