import { afterEach, expect, test } from 'vitest'
import { call, type WorldOptions } from '../fleet/world.ts'
import {
  type BlueGreenWorld,
  blueGreen,
  createBlueGreenWorld,
  pauseAt,
  type Stage,
  THREE_PAUSES,
} from './blue-green-world.ts'

let open: BlueGreenWorld | undefined

async function serving(options: WorldOptions = {}): Promise<BlueGreenWorld> {
  open = await createBlueGreenWorld(options)
  await open.created()
  return open
}

afterEach(async () => {
  await open?.close()
  open = undefined
})

async function continuedTo(world: BlueGreenWorld, stage: Stage): Promise<void> {
  for (const pause of THREE_PAUSES.slice(0, THREE_PAUSES.indexOf(stage))) await world.answer(pause)
  await world.paused(stage)
}

/** Blue serves users and testers, the service is what it was, and no revision and no task is new. */
async function expectBlue(world: BlueGreenWorld, started: number): Promise<void> {
  expect(await world.deployment()).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' })
  expect([await world.production(), await world.test()]).toEqual([
    { primary: 0, alternate: 100 },
    { primary: 0, alternate: 100 },
  ])
  expect([await world.asUser(), await world.asTester()]).toEqual(['one', 'one'])
  expect(await world.service()).toMatchObject({ runningCount: 2, deployments: [{ status: 'PRIMARY' }] })
  expect((await world.service()).taskDefinition).toMatch(/web:1$/)
  expect(world.started()).toBe(started)
}

test.each(THREE_PAUSES)('a deployment stopped at its pause at %s goes back without a new task', async stage => {
  const world = await serving()
  const [first] = await world.deployments()
  await world.deploy('two')
  await continuedTo(world, stage)
  const started = world.started()
  await world.stop()
  expect((await world.deployment()).status).toBe('ROLLBACK_REQUESTED')
  await world.clock.sleep(3000)
  expect(await world.deployment()).toMatchObject({
    status: 'ROLLBACK_IN_PROGRESS',
    rollback: { serviceRevisionArn: first?.targetServiceRevision?.arn },
  })
  expect(await world.asUser()).toBe('one')
  await world.settled()
  await expectBlue(world, started)
})

test('a rollback is announced as the failure of green and the completion of blue', async () => {
  const world = await serving()
  const blue = (await world.service()).deployments?.[0]?.id
  await world.deploy('two')
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  const green = (await world.service()).deployments?.[0]?.id
  await world.stop()
  await world.settled()
  expect(world.announced().slice(2)).toMatchObject([
    { happened: 'SERVICE_DEPLOYMENT_IN_PROGRESS', rollout: green },
    { happened: 'SERVICE_DEPLOYMENT_FAILED', rollout: green },
    { happened: 'SERVICE_DEPLOYMENT_IN_PROGRESS', rollout: blue },
    { happened: 'SERVICE_DEPLOYMENT_COMPLETED', rollout: blue },
  ])
})

test('a hook that is answered with ROLLBACK takes the deployment back', async () => {
  const world = await serving()
  await world.deploy('two')
  await continuedTo(world, 'POST_PRODUCTION_TRAFFIC_SHIFT')
  const started = world.started()
  await world.answer('POST_PRODUCTION_TRAFFIC_SHIFT', 'ROLLBACK')
  expect((await world.deployment()).status).toBe('ROLLBACK_REQUESTED')
  expect((await world.settled()).rollback?.reason).toContain('POST_PRODUCTION_TRAFFIC_SHIFT was answered with ROLLBACK')
  await expectBlue(world, started)
})

test('a hook that nobody answers takes the deployment back after a day', async () => {
  const world = await serving()
  await world.deploy('two')
  const { expiresAt, timeoutAction } = await world.paused('POST_TEST_TRAFFIC_SHIFT')
  const started = world.started()
  expect([expiresAt?.getTime(), timeoutAction]).toEqual([expect.any(Number), 'ROLLBACK'])
  expect((expiresAt?.getTime() ?? 0) - world.clock.now()).toBeGreaterThan(86_000_000)
  await world.clock.sleep(86_000_000)
  expect((await world.deployment()).status).toBe('IN_PROGRESS')
  await world.settled()
  expect((await world.deployment()).lifecycleHookDetails).toMatchObject([{ status: 'TIMED_OUT' }])
  expect(world.hookEvents().at(-1)?.detail).toMatchObject({ eventName: 'HOOK_TIMED_OUT', eventType: 'ERROR' })
  await expectBlue(world, started)
})

test('a hook may time out to CONTINUE', async () => {
  const world = await serving()
  const timeoutConfiguration = { timeoutInMinutes: 5, action: 'CONTINUE' as const }
  await world.deploy('two', [{ ...pauseAt('POST_TEST_TRAFFIC_SHIFT'), timeoutConfiguration }])
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  await world.clock.sleep(4 * 60_000)
  expect((await world.deployment()).lifecycleStage).toBe('POST_TEST_TRAFFIC_SHIFT')
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  expect((await world.deployment()).lifecycleHookDetails).toMatchObject([{ status: 'TIMED_OUT' }])
})

test('a stage is left when all of its hooks have been answered, and each hook is announced', async () => {
  const world = await serving()
  await world.deploy('two', [pauseAt('POST_SCALE_UP'), pauseAt('POST_SCALE_UP')])
  await world.paused('POST_SCALE_UP')
  await world.answer('POST_SCALE_UP')
  await world.clock.sleep(60_000)
  const { serviceDeploymentArn, lifecycleStage, lifecycleHookDetails = [] } = await world.deployment()
  expect(lifecycleStage).toBe('POST_SCALE_UP')
  const waiting = lifecycleHookDetails.find(({ status }) => status === 'AWAITING_ACTION')
  await world.answer('POST_SCALE_UP')
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  const told = world.hookEvents().map(({ detail }) => detail.eventName)
  expect(told).toEqual(['HOOK_AWAITING_ACTION', 'HOOK_AWAITING_ACTION', 'HOOK_SUCCEEDED', 'HOOK_SUCCEEDED'])
  const { serviceArn, clusterArn } = await world.service()
  expect(world.hookEvents().at(-1)).toMatchObject({
    source: 'aws.ecs',
    resources: [serviceDeploymentArn],
    detail: {
      eventType: 'INFO',
      hookId: waiting?.hookId,
      hookType: 'PAUSE',
      expiresAt: waiting?.expiresAt?.toISOString(),
      lifecycleStage: 'POST_SCALE_UP',
      clusterArn,
      serviceArn,
      serviceDeploymentArn,
      updatedAt: expect.any(String),
    },
  })
})

test('a hook takes one answer, and none once its deployment goes back', async () => {
  const world = await serving()
  await world.deploy('two')
  const { hookId } = await world.paused('POST_TEST_TRAFFIC_SHIFT')
  const { serviceDeploymentArn } = await world.deployment()
  const answer = (input: object) =>
    call(world.ecs, 'ContinueServiceDeployment', { serviceDeploymentArn, hookId, ...input })
  await expect(answer({ hookId: 'ecs-pause-none' })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await answer({})
  await expect(answer({})).rejects.toMatchObject({ name: 'InvalidParameterException' })
  const next = await world.paused('PRE_PRODUCTION_TRAFFIC_SHIFT')
  await world.stop()
  await world.clock.sleep(3000)
  await expect(answer({ hookId: next.hookId })).rejects.toMatchObject({ name: 'InvalidParameterException' })
  await world.settled()
  expect((await world.deployment()).lifecycleHookDetails?.map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED'])
})

test('a deployment stopped in its clean-up starts blue again before users go back to it', async () => {
  const world = await serving({ deregistrationDelaySeconds: 5 })
  const users = world.users()
  users.start()
  await world.deploy('two', [])
  await world.until('the clean-up', async () => (await world.deployment()).lifecycleStage === 'CLEAN_UP')
  await world.clock.sleep(2000)
  const started = world.started()
  await world.stop()
  await world.clock.sleep(5000)
  expect(await world.production()).toEqual({ primary: 100, alternate: 0 })
  expect(await world.tasks()).toHaveLength(4)
  await world.settled()
  await users.stop()
  expect(users.counts().failed).toBe(0)
  await expectBlue(world, started + 2)
})

test('a first creation has nothing to go back to', async () => {
  const world = await createBlueGreenWorld()
  open = world
  const { loadBalancers, deploymentConfiguration } = blueGreen(world.wiring)
  const timeoutConfiguration = { timeoutInMinutes: 10, action: 'ROLLBACK' as const }
  const lifecycleHooks = [{ ...pauseAt('POST_TEST_TRAFFIC_SHIFT'), timeoutConfiguration }]
  await world.create('one', { loadBalancers, deploymentConfiguration: { ...deploymentConfiguration, lifecycleHooks } })
  await world.paused('POST_TEST_TRAFFIC_SHIFT')
  await expect(world.stop()).rejects.toMatchObject({ name: 'ConflictException' })
  await expect(world.answer('POST_TEST_TRAFFIC_SHIFT', 'ROLLBACK')).rejects.toMatchObject({
    name: 'InvalidParameterException',
  })
  expect(await world.settled()).toMatchObject({
    status: 'STOPPED',
    lifecycleHookDetails: [{ status: 'TIMED_OUT' }],
  })
})

test.each([0, 1, 30])('with %i s of draining no user notices a switch, nor a rollback after it', async seconds => {
  const world = await serving({ deregistrationDelaySeconds: seconds })
  const users = world.users(10)
  users.start()
  await world.deploy('two')
  for (const stage of THREE_PAUSES) await world.answer(stage)
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  await world.deploy('one')
  await continuedTo(world, 'POST_PRODUCTION_TRAFFIC_SHIFT')
  await world.stop()
  expect((await world.settled()).status).toBe('ROLLBACK_SUCCESSFUL')
  await users.stop()
  expect(users.counts().failed).toBe(0)
  expect(users.counts().total).toBeGreaterThan(1000)
})
