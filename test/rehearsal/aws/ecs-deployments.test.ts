import type { DescribeServiceRevisionsResponse, RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs'
import { afterEach, expect, test } from 'vitest'
import { taskDefinitionOf } from '../fleet/inputs.ts'
import { call, createWorld, digestOf, type World, type WorldOptions } from '../fleet/world.ts'

let open: World | undefined

async function settledWorld(service = {}, options: WorldOptions = {}): Promise<World> {
  const world = await createWorld(options)
  open = world
  await world.create('one', service)
  await world.settled()
  return world
}

afterEach(async () => {
  await open?.close()
  open = undefined
})

const breaker = (more = {}) => ({
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true, ...more } },
})

function checkedBy(command: string, image = 'two'): Partial<RegisterTaskDefinitionRequest> {
  const [container] = taskDefinitionOf(image).containerDefinitions ?? []
  const healthCheck = { command: ['CMD-SHELL', command], interval: 10, retries: 2 }
  return { containerDefinitions: [{ ...container, healthCheck }] }
}

test('a tag is resolved when the deployment begins, and all its later tasks run that digest', async () => {
  const world = await settledWorld()
  const { targetServiceRevision } = await world.deployment()
  const serviceRevisionArns = [targetServiceRevision?.arn]
  const { serviceRevisions } = await call<DescribeServiceRevisionsResponse>(world.ecs, 'DescribeServiceRevisions', {
    serviceRevisionArns,
  })
  expect(serviceRevisions?.[0]?.containerImages).toEqual([
    { containerName: 'web', image: 'registry.test/web:one', imageDigest: digestOf('one') },
  ])
  world.images.moved.set('one', 'two')
  const [victim] = await world.tasks()
  world.ecs.kill(victim?.taskArn ?? '')
  await world.clock.sleep(120_000)
  const digests = (await world.tasks()).map(({ containers }) => containers?.[0]?.imageDigest)
  expect(digests).toEqual([digestOf('one'), digestOf('one')])
  await world.update({ forceNewDeployment: true })
  await world.settled()
  expect((await world.tasks()).map(({ containers }) => containers?.[0]?.imageDigest)).toEqual([
    digestOf('two'),
    digestOf('two'),
  ])
  expect(await world.deployments()).toHaveLength(2)
})

test('only what AWS deploys starts a deployment', async () => {
  const world = await settledWorld()
  const current = (await world.service()).taskDefinition ?? ''
  await world.update({ taskDefinition: current })
  await world.update({ deploymentConfiguration: { maximumPercent: 150 } })
  await world.update({ desiredCount: 3 })
  await world.clock.sleep(300_000)
  expect(await world.deployments()).toHaveLength(1)
  expect(await world.service()).toMatchObject({
    runningCount: 3,
    deploymentConfiguration: { maximumPercent: 150, minimumHealthyPercent: 100 },
  })
  expect(world.happened('SERVICE_DESIRED_COUNT_UPDATED')).toHaveLength(1)
  await world.update({ networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-2'] } } })
  expect(await world.deployments()).toHaveLength(2)
})

test('a newer deployment supersedes one that runs, and its answer still names the one before', async () => {
  const world = await settledWorld()
  const first = await world.deployment()
  await world.update({ taskDefinition: await world.register('broken') })
  await world.clock.sleep(30_000)
  const superseded = await world.deployment()
  const answer = await world.update({ taskDefinition: await world.register('two') })
  expect(answer?.currentServiceDeployment).toBe(superseded.serviceDeploymentArn)
  expect(answer?.deployments?.[0]?.taskDefinition).toMatch(/web:3$/)
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  const statuses = (await world.deployments()).map(({ serviceDeploymentArn, status }) => [serviceDeploymentArn, status])
  expect(statuses[1]).toEqual([superseded.serviceDeploymentArn, 'STOPPED'])
  expect(statuses[2]).toEqual([first.serviceDeploymentArn, 'SUCCESSFUL'])
  expect((await world.tasks()).every(({ taskDefinitionArn }) => taskDefinitionArn?.endsWith('web:3'))).toBe(true)
})

test('a rollback that fails too ends as ROLLBACK_FAILED', async () => {
  const world = await settledWorld({ ...breaker(), desiredCount: 1 })
  world.images.missing.add('one')
  await world.update({ taskDefinition: await world.register('broken') })
  await world.until('the rollback', async () => {
    const [task] = await world.tasks()
    if (task?.lastStatus === 'RUNNING') world.ecs.kill(task.taskArn ?? '')
    return (await world.deployment()).status === 'ROLLBACK_FAILED'
  })
  expect(await world.deployment()).toMatchObject({
    status: 'ROLLBACK_FAILED',
    deploymentCircuitBreaker: { status: 'TRIGGERED' },
  })
  expect(world.happened('SERVICE_DEPLOYMENT_FAILED')).toHaveLength(2)
})

test('tasks that the load balancer finds sick count as failed and are taken back', async () => {
  const world = await settledWorld(breaker())
  await world.update({ taskDefinition: await world.register('sick') })
  const deployment = await world.settled()
  expect(deployment.status).toBe('ROLLBACK_SUCCESSFUL')
  const reasons = (await world.tasks('STOPPED')).map(({ stopCode, stoppedReason }) => `${stopCode}: ${stoppedReason}`)
  expect(reasons).toContain(
    `ServiceSchedulerInitiated: Task failed ELB health checks in (target-group ${world.targetGroupArn})`,
  )
})

test('a grace period lets a sick task live for that long', async () => {
  const world = await settledWorld({ healthCheckGracePeriodSeconds: 300 })
  await world.update({ taskDefinition: await world.register('sick') })
  await world.clock.sleep(240_000)
  expect(world.happened('SERVICE_TASK_START_IMPAIRED')).toHaveLength(0)
  expect((await world.service()).deployments?.[0]).toMatchObject({ runningCount: 2, failedTasks: 0 })
  await world.clock.sleep(180_000)
  expect((await world.service()).deployments?.[0]?.failedTasks).toBe(2)
})

test('a container health check decides when a task is healthy, and when it is replaced', async () => {
  const world = await settledWorld()
  const good = checkedBy('curl -f http://localhost:3000/health || exit 1')
  await world.update({ taskDefinition: await world.register('two', good) })
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  expect((await world.tasks()).map(({ healthStatus }) => healthStatus)).toEqual(['HEALTHY', 'HEALTHY'])
  const wrongPort = checkedBy('wget -q --spider http://localhost:9/health || exit 1')
  await world.update({ taskDefinition: await world.register('two', wrongPort), ...breaker() })
  expect((await world.settled()).status).toBe('ROLLBACK_SUCCESSFUL')
  const stopped = (await world.tasks('STOPPED')).map(({ stoppedReason }) => stoppedReason)
  expect(stopped).toContain('Task failed container health checks')
})

test('without a circuit breaker ECS tries for ever, ever more slowly', async () => {
  const world = await settledWorld()
  await world.update({ taskDefinition: await world.register('broken') })
  await world.clock.sleep(600_000)
  const failed = (await world.service()).deployments?.[0]?.failedTasks ?? 0
  await world.clock.sleep(600_000)
  const failedLater = (await world.service()).deployments?.[0]?.failedTasks ?? 0
  expect(failed).toBeGreaterThan(5)
  expect(failedLater - failed).toBeLessThan(failed)
  expect(failedLater).toBeGreaterThan(failed)
  expect((await world.deployment()).status).toBe('IN_PROGRESS')
  expect(world.happened('SERVICE_TASK_START_IMPAIRED')).toHaveLength(1)
})

test('a service without load balancer counts a task as healthy when it has run for 40 seconds', async () => {
  const world = await settledWorld({ loadBalancers: [] })
  const [first] = await world.tasks()
  const { finishedAt } = await world.deployment()
  expect((finishedAt?.getTime() ?? 0) - (first?.startedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(40_000)
  expect((await world.service()).healthCheckGracePeriodSeconds).toBeUndefined()
})

test('a task goes through its states in order, and each event counts one further', async () => {
  const world = await settledWorld({ desiredCount: 1 })
  const [task] = await world.tasks()
  await world.update({ desiredCount: 0 })
  await world.clock.sleep(120_000)
  const events = world.events.filter(({ resources, detail }) => resources[0] === task?.taskArn && detail.group)
  expect(events.map(({ detail }) => detail.lastStatus)).toEqual([
    'PROVISIONING',
    'PENDING',
    'ACTIVATING',
    'RUNNING',
    'DEACTIVATING',
    'STOPPING',
    'DEPROVISIONING',
    'STOPPED',
  ])
  expect(events.map(({ detail }) => detail.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(events.at(-1)).toMatchObject({
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    detail: {
      group: 'service:web',
      startedBy: expect.stringMatching(/^ecs-svc\/\d{19}$/),
      stopCode: 'ServiceSchedulerInitiated',
    },
  })
})

test('a deployment announces its beginning and its end under its ecs-svc id', async () => {
  const world = await settledWorld()
  const service = await world.service()
  const [deployment] = service.deployments ?? []
  const told = world.events.filter(event => event['detail-type'] === 'ECS Deployment State Change')
  expect(told).toMatchObject([
    {
      resources: [service.serviceArn],
      detail: {
        eventType: 'INFO',
        eventName: 'SERVICE_DEPLOYMENT_IN_PROGRESS',
        deploymentId: deployment?.id,
        reason: `ECS deployment ${deployment?.id} in progress.`,
      },
    },
    { detail: { eventName: 'SERVICE_DEPLOYMENT_COMPLETED', reason: `ECS deployment ${deployment?.id} completed.` } },
  ])
  expect(service.events?.map(({ message }) => message)).toContain('(service web) has reached a steady state.')
})

test('percentages that let nothing move block the deployment, and the service says so', async () => {
  const world = await settledWorld({ desiredCount: 1, deploymentConfiguration: { maximumPercent: 150 } })
  await world.update({ taskDefinition: await world.register('two') })
  await world.clock.sleep(600_000)
  expect((await world.deployment()).status).toBe('IN_PROGRESS')
  const told = (await world.service()).events?.filter(({ message }) =>
    message?.includes('unable to stop or start tasks'),
  )
  expect(told).toHaveLength(1)
  await world.update({ deploymentConfiguration: { maximumPercent: 200 } })
  expect((await world.settled()).status).toBe('SUCCESSFUL')
})
