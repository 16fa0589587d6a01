import type {
  DescribeListenersOutput,
  DescribeLoadBalancersOutput,
  DescribeRulesOutput,
  DescribeTargetGroupsOutput,
  DescribeTargetHealthOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterEach, expect, test } from 'vitest'
import type { Endpoint } from '../../../rehearsal/fleet/container.ts'
import { plainAnswer } from '../../../rehearsal/fleet/http.ts'
import type { TargetGroup } from '../../../rehearsal/fleet/target-group.ts'
import { TARGET_GROUP } from '../fleet/inputs.ts'
import { call, createWorld, type World } from '../fleet/world.ts'

let open: World | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

async function balanced(): Promise<{ world: World; group: TargetGroup; listenerArn: string }> {
  const world = await createWorld()
  open = world
  const group = world.loadBalancers.groups.get(world.targetGroupArn)
  const listenerArn = world.loadBalancers.all[0]?.listeners[0]?.arn ?? ''
  if (!group) throw new Error('no target group')
  return { world, group, listenerArn }
}

const says =
  (text: string): Endpoint =>
  async () =>
    plainAnswer(200, text)
const ask = (world: World, path = '/', host = 'shop.test') =>
  world.loadBalancers.request(host, new Request(`http://${host}${path}`))
const health = async (world: World) => {
  const { targetGroupArn: TargetGroupArn } = world
  const told = await call<DescribeTargetHealthOutput>(world.elb, 'DescribeTargetHealth', { TargetGroupArn })
  return (told.TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth)
}

test('a target is healthy after one good check, unhealthy after two bad ones, and healthy again after two good ones', async () => {
  const { world, group } = await balanced()
  let status = 200
  group.register(
    '10.0.0.1',
    80,
    async () => plainAnswer(status, ''),
    () => {},
  )
  expect(await health(world)).toMatchObject([{ State: 'initial', Reason: 'Elb.InitialHealthChecking' }])
  await world.clock.sleep(1000)
  expect(await health(world)).toEqual([{ State: 'healthy' }])
  status = 500
  await world.clock.sleep(10_000)
  expect(await health(world)).toEqual([{ State: 'healthy' }])
  await world.clock.sleep(10_000)
  expect(await health(world)).toMatchObject([
    {
      State: 'unhealthy',
      Reason: 'Target.ResponseCodeMismatch',
      Description: 'Health checks failed with these codes: [500]',
    },
  ])
  status = 200
  await world.clock.sleep(10_000)
  expect(await health(world)).toMatchObject([{ State: 'unhealthy' }])
  await world.clock.sleep(10_000)
  expect(await health(world)).toEqual([{ State: 'healthy' }])
})

test('requests go round the healthy targets; without any target the answer is 503', async () => {
  const { world, group } = await balanced()
  expect((await ask(world)).status).toBe(503)
  group.register('10.0.0.1', 80, says('a'), () => {})
  group.register('10.0.0.2', 80, says('b'), () => {})
  await world.clock.sleep(1000)
  const answers = await Promise.all([ask(world), ask(world), ask(world), ask(world)])
  expect((await Promise.all(answers.map(answer => answer.text()))).sort()).toEqual(['a', 'a', 'b', 'b'])
  expect(group.counts).toMatchObject({ requests: 5, elb5xx: 1, target5xx: 0 })
})

test('a target that breaks is 502, one that hangs is 504, one that fails is its own 500', async () => {
  const { world, group } = await balanced()
  let behaviour: Endpoint = says('fine')
  group.register(
    '10.0.0.1',
    80,
    (request, signal) => behaviour(request, signal),
    () => {},
  )
  await world.clock.sleep(1000)
  behaviour = () => Promise.reject(new Error('connection reset'))
  expect((await ask(world)).status).toBe(502)
  behaviour = () => new Promise(() => {})
  expect((await ask(world)).status).toBe(504)
  behaviour = async () => plainAnswer(500, 'oh')
  expect((await ask(world)).status).toBe(500)
  expect(group.counts).toMatchObject({ requests: 3, elb5xx: 2, target5xx: 1 })
})

test('a target that drains gets nothing new, finishes what it has, and is gone after the delay', async () => {
  const { world, group } = await balanced()
  const slow = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  let asked = 0
  const target = group.register(
    '10.0.0.1',
    80,
    async ({ path }) => {
      if (path === '/slow') {
        arrived.resolve()
        await slow.promise
      }
      if (path !== '/health') asked++
      return plainAnswer(200, 'done')
    },
    () => {},
  )
  await world.clock.sleep(1000)
  const pending = ask(world, '/slow')
  await arrived.promise
  let gone = false
  group.deregister(target, () => {
    gone = true
  })
  expect(await health(world)).toMatchObject([{ State: 'draining', Reason: 'Target.DeregistrationInProgress' }])
  expect((await ask(world)).status).toBe(503)
  slow.resolve()
  expect(await (await pending).text()).toBe('done')
  expect(asked).toBe(1)
  await world.clock.sleep(30_000)
  expect(gone).toBe(true)
  expect(await health(world)).toEqual([])
})

test('rules are asked by priority and decide by host, path and header; the default is last', async () => {
  const { world, group, listenerArn } = await balanced()
  group.register('10.0.0.1', 80, says('default'), () => {})
  await world.clock.sleep(1000)
  const fixed = (body: string) => [
    {
      Type: 'fixed-response',
      FixedResponseConfig: { StatusCode: '200', MessageBody: body, ContentType: 'text/plain' },
    },
  ]
  const rule = (Priority: number, Conditions: object[], body: string) =>
    call(world.elb, 'CreateRule', { ListenerArn: listenerArn, Priority, Conditions, Actions: fixed(body) })
  await rule(20, [{ Field: 'path-pattern', Values: ['/api/*'] }], 'api')
  await rule(
    10,
    [
      { Field: 'host-header', Values: ['ADMIN.test'] },
      { Field: 'path-pattern', Values: ['/api/*'] },
    ],
    'admin api',
  )
  world.loadBalancers.hosts.set('admin.test', world.loadBalancers.all[0]?.dnsName ?? '')
  expect(await (await ask(world, '/api/x')).text()).toBe('api')
  expect(await (await ask(world, '/api/x', 'admin.test')).text()).toBe('admin api')
  expect(await (await ask(world, '/API/x')).text()).toBe('default')
  await expect(rule(10, [{ Field: 'path-pattern', Values: ['/'] }], '')).rejects.toMatchObject({
    name: 'PriorityInUseException',
  })
  const told = await call<DescribeRulesOutput>(world.elb, 'DescribeRules', { ListenerArn: listenerArn })
  expect(told.Rules?.map(({ Priority, IsDefault }) => [Priority, IsDefault])).toEqual([
    ['10', false],
    ['20', false],
    ['default', true],
  ])
})

test('weights share the requests by chance', async () => {
  const { world, group, listenerArn } = await balanced()
  const other = { ...TARGET_GROUP, Name: 'other' }
  const { TargetGroups } = await call<DescribeTargetGroupsOutput>(world.elb, 'CreateTargetGroup', other)
  const second = world.loadBalancers.groups.get(TargetGroups?.[0]?.TargetGroupArn ?? '')
  const weighted = (one: number, two: number) => [
    { TargetGroupArn: group.arn, Weight: one },
    { TargetGroupArn: second?.arn, Weight: two },
  ]
  const rule = (Priority: number, path: string, one: number, two: number) =>
    call(world.elb, 'CreateRule', {
      ListenerArn: listenerArn,
      Priority,
      Conditions: [{ Field: 'path-pattern', Values: [path] }],
      Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups: weighted(one, two) } }],
    })
  await rule(1, '/mostly-one', 60, 40)
  await rule(2, '/mostly-two', 40, 60)
  await rule(3, '/never-one', 0, 1)
  group.register('10.0.0.1', 80, says('one'), () => {})
  second?.register('10.0.0.2', 80, says('two'), () => {})
  await world.clock.sleep(1000)
  // The world's chance is always one half.
  expect(await (await ask(world, '/mostly-one')).text()).toBe('one')
  expect(await (await ask(world, '/mostly-two')).text()).toBe('two')
  expect(await (await ask(world, '/never-one')).text()).toBe('two')
  await expect(rule(4, '/', 1000, 1)).rejects.toMatchObject({ name: 'ValidationException' })
})

test('a load balancer answers at a real port by any of its names', async () => {
  const { world, group } = await balanced()
  group.register(
    '10.0.0.1',
    80,
    async request => plainAnswer(200, `${request.method} ${request.body}`),
    () => {},
  )
  await world.clock.sleep(1000)
  const listener = world.loadBalancers.resolve('shop.test')
  expect(world.loadBalancers.resolve(world.loadBalancers.all[0]?.dnsName ?? '', 80)).toEqual(listener)
  expect(world.loadBalancers.resolve('shop.test', 443)).toBeUndefined()
  expect(world.loadBalancers.resolve('elsewhere.test')).toBeUndefined()
  expect(world.loadBalancers.ports()).toMatchObject({ 'shop.test': listener?.port, 'shop.test:80': listener?.port })
  const answer = await world.clock.during('a real request', () =>
    fetch(`http://127.0.0.1:${listener?.port}/`, { method: 'POST', body: 'hello' }),
  )
  expect(await answer.text()).toBe('POST hello')
})

test('what was created is described, by name, ARN or page', async () => {
  const { world, listenerArn } = await balanced()
  const describe = <T>(operation: string, input: object) => call<T>(world.elb, operation, input)
  const balancers = await describe<DescribeLoadBalancersOutput>('DescribeLoadBalancers', { Names: ['shop'] })
  expect(balancers.LoadBalancers).toMatchObject([
    { LoadBalancerName: 'shop', State: { Code: 'active' }, Type: 'application' },
  ])
  const arn = balancers.LoadBalancers?.[0]?.LoadBalancerArn
  expect(arn).toMatch(/^arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer\/app\/shop\/[0-9a-f]{16}$/)
  const listeners = await describe<DescribeListenersOutput>('DescribeListeners', { LoadBalancerArn: arn })
  expect(listeners.Listeners).toMatchObject([
    { ListenerArn: listenerArn, Port: 80, DefaultActions: [{ Type: 'forward' }] },
  ])
  await describe('CreateTargetGroup', { ...TARGET_GROUP, Name: 'idle' })
  const first = await describe<DescribeTargetGroupsOutput>('DescribeTargetGroups', { PageSize: 1 })
  expect(first).toMatchObject({ TargetGroups: [{ TargetGroupName: 'web', LoadBalancerArns: [arn] }], NextMarker: '1' })
  const second = await describe<DescribeTargetGroupsOutput>('DescribeTargetGroups', {
    PageSize: 1,
    Marker: first.NextMarker,
  })
  expect(second.TargetGroups).toMatchObject([{ TargetGroupName: 'idle', LoadBalancerArns: [] }])
  expect(second.NextMarker).toBeUndefined()
})
