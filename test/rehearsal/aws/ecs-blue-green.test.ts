import { afterEach, expect, test } from 'vitest'
import { STAGES } from '../../../rehearsal/aws/ecs/stages.ts'
import { call, type WorldOptions } from '../fleet/world.ts'
import { type BlueGreenWorld, blueGreen, createBlueGreenWorld, pauseAt } from './blue-green-world.ts'

let open: BlueGreenWorld | undefined

async function empty(options: WorldOptions = {}): Promise<BlueGreenWorld> {
  open = await createBlueGreenWorld(options)
  return open
}

async function serving(options: WorldOptions = {}): Promise<BlueGreenWorld> {
  const world = await empty(options)
  await world.created()
  return world
}

afterEach(async () => {
  await open?.close()
  open = undefined
})

const versionOf = (answer: string) => (answer.startsWith('{') ? JSON.parse(answer).version : answer)

test('a blue/green deployment waits at each of its three pauses, and ends when blue is gone', async () => {
  const world = await serving()
  const before = await world.tasks()
  await world.deploy('two')
  const first = await world.paused('POST_TEST_TRAFFIC_SHIFT')
  expect([await world.asUser(), versionOf(await world.asTester())]).toEqual(['one', 'two'])
  expect([await world.production(), await world.test()]).toEqual([
    { primary: 0, alternate: 100 },
    { primary: 100, alternate: 0 },
  ])
  expect(await world.tasks()).toHaveLength(4)
  await world.answer('POST_TEST_TRAFFIC_SHIFT')
  const second = await world.paused('PRE_PRODUCTION_TRAFFIC_SHIFT')
  expect(await world.asUser()).toBe('one')
  await world.answer('PRE_PRODUCTION_TRAFFIC_SHIFT')
  const third = await world.paused('POST_PRODUCTION_TRAFFIC_SHIFT')
  expect(versionOf(await world.asUser())).toBe('two')
  expect(await world.production()).toEqual({ primary: 100, alternate: 0 })
  expect((await world.tasks()).filter(({ taskArn }) => before.some(old => old.taskArn === taskArn))).toHaveLength(2)
  expect(new Set([first, second, third].map(({ hookId }) => hookId)).size).toBe(3)
  await world.answer('POST_PRODUCTION_TRAFFIC_SHIFT')
  const deployment = await world.settled()
  expect(deployment).toMatchObject({ status: 'SUCCESSFUL', lifecycleStage: 'CLEAN_UP' })
  expect(await world.tasks()).toHaveLength(2)
  expect((await world.service()).taskDefinition).toMatch(/web:2$/)
})

test('a first deployment takes the group that the production rule does not lead to, and comes through all stages but one', async () => {
  const world = await empty()
  await world.create('one', blueGreen(world.wiring))
  expect(await world.walked()).toEqual(STAGES.slice(1))
  expect(await world.production()).toEqual({ primary: 0, alternate: 100 })
  const { targetServiceRevision, sourceServiceRevisions } = await world.deployment()
  expect(sourceServiceRevisions).toEqual([])
  expect((await world.revision(targetServiceRevision?.arn)).resolvedConfiguration?.loadBalancers).toEqual([
    { targetGroupArn: world.alternateTargetGroupArn, productionListenerRule: world.productionListenerRule },
  ])
  expect(await world.asUser()).toBe('one')
  expect(world.announced().map(({ happened }) => happened)).toEqual([
    'SERVICE_DEPLOYMENT_IN_PROGRESS',
    'SERVICE_DEPLOYMENT_COMPLETED',
  ])
})

test('a creation waits at its pauses too, and users wait with it', async () => {
  const world = await empty()
  const { loadBalancers, deploymentConfiguration } = blueGreen(world.wiring)
  const lifecycleHooks = [pauseAt('POST_TEST_TRAFFIC_SHIFT')]
  await world.create('one', { loadBalancers, deploymentConfiguration: { ...deploymentConfiguration, lifecycleHooks } })
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  expect([await world.asUser(), await world.asTester()]).toEqual(['503 Service Temporarily Unavailable', 'one'])
  await world.answer('POST_TEST_TRAFFIC_SHIFT')
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  expect(await world.asUser()).toBe('one')
})

test('which group is live swaps with every deployment', async () => {
  const world = await serving()
  const live: unknown[] = []
  for (const image of ['two', 'one', 'two']) {
    await world.deploy(image, [])
    expect((await world.settled()).status).toBe('SUCCESSFUL')
    const { targetServiceRevision } = await world.deployment()
    const { resolvedConfiguration } = await world.revision(targetServiceRevision?.arn)
    live.push([resolvedConfiguration?.loadBalancers?.[0]?.targetGroupArn, await world.production(), await world.test()])
  }
  const { targetGroupArn: primary, alternateTargetGroupArn: alternate } = world
  expect(live).toEqual([
    [primary, { primary: 100, alternate: 0 }, { primary: 100, alternate: 0 }],
    [alternate, { primary: 0, alternate: 100 }, { primary: 0, alternate: 100 }],
    [primary, { primary: 100, alternate: 0 }, { primary: 100, alternate: 0 }],
  ])
})

test('a rolling service becomes blue/green with its next deployment, and green takes the other group', async () => {
  const world = await empty()
  await world.create('one', { loadBalancers: [world.wiring] })
  await world.settled()
  expect(await world.production()).toEqual({ primary: 1 })
  await world.update({ deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 } })
  await world.clock.sleep(60_000)
  expect(await world.deployments()).toHaveLength(1)
  await world.deploy('two')
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  expect(await world.production()).toEqual({ primary: 100, alternate: 0 })
  expect([await world.asUser(), versionOf(await world.asTester())]).toEqual(['one', 'two'])
})

test('the wiring may come with the deployment that needs it, and go back without it', async () => {
  const world = await empty()
  await world.create('one')
  await world.settled()
  const loadBalancers = [world.wiring]
  const deploymentConfiguration = {
    strategy: 'BLUE_GREEN' as const,
    lifecycleHooks: [pauseAt('POST_PRODUCTION_TRAFFIC_SHIFT')],
  }
  await world.update({ taskDefinition: await world.register('two'), loadBalancers, deploymentConfiguration })
  await world.paused('POST_PRODUCTION_TRAFFIC_SHIFT')
  expect(await world.production()).toEqual({ primary: 0, alternate: 100 })
  await world.stop()
  expect((await world.settled()).status).toBe('ROLLBACK_SUCCESSFUL')
  expect(await world.production()).toEqual({ primary: 100, alternate: 0 })
  expect(await world.asUser()).toBe('one')
})

test('a blue/green service that becomes rolling again rolls within the live group', async () => {
  const world = await serving()
  const users = world.users()
  users.start()
  await world.update({ deploymentConfiguration: { strategy: 'ROLLING' }, taskDefinition: await world.register('two') })
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  await users.stop()
  expect(users.counts()).toMatchObject({ failed: 0 })
  expect(await world.production()).toEqual({ primary: 0, alternate: 100 })
  expect(versionOf(await world.asUser())).toBe('two')
})

test('ECS goes by its own record of what serves: where the rule was reset, users meet green before any shift', async () => {
  const world = await serving()
  const Actions = [{ Type: 'forward', TargetGroupArn: world.targetGroupArn }]
  await call(world.elb, 'ModifyRule', { RuleArn: world.productionListenerRule, Actions })
  expect(await world.asUser()).toBe('503 Service Temporarily Unavailable')
  await world.deploy('two')
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  expect(versionOf(await world.asUser())).toBe('two')
  const { sourceServiceRevisions, targetServiceRevision } = await world.deployment()
  expect(sourceServiceRevisions?.[0]?.requestedProductionTrafficWeight).toBe(100)
  expect(targetServiceRevision?.requestedProductionTrafficWeight).toBe(0)
  await world.stop()
  expect((await world.settled()).status).toBe('ROLLBACK_SUCCESSFUL')
  expect(await world.asUser()).toBe('one')
})

test('during the bake time both revisions run, and the deployment is in progress', async () => {
  const world = await serving()
  await world.deploy('two', [], { bakeTimeInMinutes: 7 })
  await world.until('the bake', async () => (await world.deployment()).lifecycleStage === 'BAKE_TIME')
  await world.clock.sleep(6 * 60_000)
  expect(await world.deployment()).toMatchObject({ status: 'IN_PROGRESS', lifecycleStage: 'BAKE_TIME' })
  expect(await world.tasks()).toHaveLength(4)
  await world.clock.sleep(62_000)
  expect(await world.deployment()).toMatchObject({ status: 'IN_PROGRESS', lifecycleStage: 'CLEAN_UP' })
})

test('a deployment configuration alone starts nothing, and holds for the next deployment', async () => {
  const world = await serving()
  await world.update({ deploymentConfiguration: { lifecycleHooks: [pauseAt('PRE_SCALE_UP')], bakeTimeInMinutes: 3 } })
  await world.clock.sleep(60_000)
  expect(await world.deployments()).toHaveLength(1)
  expect((await world.service()).deploymentConfiguration).toMatchObject({
    strategy: 'BLUE_GREEN',
    bakeTimeInMinutes: 3,
    lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRE_SCALE_UP'] }],
  })
  await world.update({ taskDefinition: await world.register('two') })
  await world.paused('PRE_SCALE_UP')
  expect(await world.tasks()).toHaveLength(2)
  await world.update({ deploymentConfiguration: { lifecycleHooks: [] } })
  expect((await world.service()).deploymentConfiguration?.lifecycleHooks).toEqual([])
  expect((await world.deployment()).deploymentConfiguration?.lifecycleHooks).toHaveLength(1)
})

test('weights and counts of blue and green are told as they are at each pause', async () => {
  const world = await serving()
  await world.deploy('two')
  const told: unknown[] = []
  for (const stage of ['POST_TEST_TRAFFIC_SHIFT', 'PRE_PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT']) {
    await world.paused(stage)
    const { sourceServiceRevisions = [], targetServiceRevision } = await world.deployment()
    const both = [...sourceServiceRevisions, targetServiceRevision]
    told.push(both.map(each => [each?.requestedProductionTrafficWeight, each?.requestedTestTrafficWeight]))
    expect(both.map(each => [each?.requestedTaskCount, each?.runningTaskCount])).toEqual([
      [2, 2],
      [2, 2],
    ])
    await world.answer(stage)
  }
  const before = [
    [100, 0],
    [0, 100],
  ]
  const after = [
    [0, 0],
    [100, 100],
  ]
  expect(told).toEqual([before, before, after])
})

test('while green waits the service names the new task definition, both revisions, and its wiring', async () => {
  const world = await serving()
  await world.deploy('two')
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  const service = await world.service()
  const deployment = await world.deployment()
  expect(service).toMatchObject({
    runningCount: 4,
    desiredCount: 2,
    currentServiceDeployment: deployment.serviceDeploymentArn,
    loadBalancers: [world.wiring],
    deployments: [
      { status: 'PRIMARY', desiredCount: 2, runningCount: 2, rolloutState: 'IN_PROGRESS' },
      { status: 'ACTIVE', desiredCount: 2, runningCount: 2, rolloutState: 'COMPLETED' },
    ],
  })
  expect(service.taskDefinition).toMatch(/web:2$/)
  expect(service.currentServiceRevisions?.map(({ arn }) => arn)).toEqual([
    deployment.sourceServiceRevisions?.[0]?.arn,
    deployment.targetServiceRevision?.arn,
  ])
})

test('green is reached through a header as well as through a listener of its own', async () => {
  const world = await empty()
  const made = await call<{ Rules: { RuleArn: string }[] }>(world.elb, 'CreateRule', {
    ListenerArn: world.loadBalancers.all[0]?.listeners[0]?.arn,
    Priority: 5,
    Conditions: [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x-to', Values: ['green'] } }],
    Actions: [{ Type: 'forward', TargetGroupArn: world.targetGroupArn }],
  })
  const testListenerRule = made.Rules[0]?.RuleArn
  const wiring = { ...world.wiring, advancedConfiguration: { ...world.wiring.advancedConfiguration, testListenerRule } }
  await world.created({ loadBalancers: [wiring] })
  await world.deploy('two')
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  const request = new Request('http://shop.test/', { headers: { 'x-to': 'green' } })
  expect(versionOf(await (await world.loadBalancers.request('shop.test', request)).text())).toBe('two')
  expect(await world.asUser()).toBe('one')
})

test('without a circuit breaker of its own, green is tried again ever more slowly until somebody stops it', async () => {
  const world = await serving()
  const deploymentCircuitBreaker = { enable: true, rollback: true }
  await world.deploy('broken', [], { deploymentCircuitBreaker })
  await world.clock.sleep(1_800_000)
  expect(await world.deployment()).toMatchObject({
    status: 'IN_PROGRESS',
    lifecycleStage: 'SCALE_UP',
    deploymentCircuitBreaker: { status: 'DISABLED' },
  })
  expect(world.happened('SERVICE_TASK_START_IMPAIRED')).toHaveLength(1)
  expect((await world.service()).deployments?.[0]?.failedTasks).toBeLessThan(20)
  expect(await world.asUser()).toBe('one')
  await world.stop()
  expect((await world.settled()).status).toBe('ROLLBACK_SUCCESSFUL')
})
