import { afterEach, expect, test } from 'vitest'
import { call, createWorld, digestOf, type World, type WorldOptions } from '../fleet/world.ts'

let open: World | undefined

async function started(image = 'one', options: WorldOptions = {}, service = {}): Promise<World> {
  const world = await createWorld(options)
  open = world
  await world.create(image, service)
  return world
}

afterEach(async () => {
  await open?.close()
  open = undefined
})

test('a new service is deployed, serves, and has reached a steady state', async () => {
  const world = await started()
  const deployment = await world.settled()
  expect(deployment.status).toBe('SUCCESSFUL')
  expect(deployment.sourceServiceRevisions).toEqual([])
  const answer = await world.loadBalancers.request('shop.test', new Request('http://shop.test/'))
  expect(await answer.text()).toBe('one')
  const service = await world.service()
  expect(service).toMatchObject({
    runningCount: 2,
    pendingCount: 0,
    currentServiceDeployment: deployment.serviceDeploymentArn,
  })
  expect(service.deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'COMPLETED' }])
  expect(world.happened('SERVICE_STEADY_STATE')).toHaveLength(1)
})

test('a rolling deployment replaces all tasks and no user notices', async () => {
  const world = await started()
  await world.settled()
  const before = await world.tasks()
  const users = world.users()
  users.start()
  await world.update({ taskDefinition: await world.register('two') })
  const deployment = await world.settled()
  await users.stop()
  expect(deployment.status).toBe('SUCCESSFUL')
  const after = await world.tasks()
  expect(after.map(({ containers }) => containers?.[0]?.imageDigest)).toEqual([digestOf('two'), digestOf('two')])
  expect(after.some(({ taskArn }) => before.some(old => old.taskArn === taskArn))).toBe(false)
  expect(users.counts().failed).toBe(0)
  expect(users.counts().total).toBeGreaterThan(200)
  const answer = await world.loadBalancers.request('shop.test', new Request('http://shop.test/a'))
  expect(await answer.json()).toEqual({ version: 'two', path: '/a', greeting: 'hello' })
})

test('a container that exits at once trips the circuit breaker, and the old tasks never stop serving', async () => {
  const world = await started('one', {}, breaker(true))
  const [first] = await Promise.all([world.settled()])
  const users = world.users()
  users.start()
  await world.update({ taskDefinition: await world.register('broken') })
  const deployment = await world.settled()
  await users.stop()
  expect(deployment).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    rollback: { serviceRevisionArn: first.targetServiceRevision?.arn },
    deploymentCircuitBreaker: { status: 'TRIGGERED', threshold: 3 },
  })
  expect(users.counts()).toMatchObject({ failed: 0 })
  expect((await world.service()).taskDefinition).toMatch(/web:1$/)
  const [, , begun, failed, takingBack, completed] = world.events
    .filter(event => event['detail-type'] === 'ECS Deployment State Change')
    .map(({ detail }) => `${detail.eventName} ${detail.reason}`)
  expect(begun).toMatch(/^SERVICE_DEPLOYMENT_IN_PROGRESS ECS deployment ecs-svc\/\d+ in progress\.$/)
  expect(failed).toBe('SERVICE_DEPLOYMENT_FAILED ECS deployment circuit breaker: tasks failed to start.')
  expect(takingBack).toMatch(/^SERVICE_DEPLOYMENT_IN_PROGRESS .* rolling back to deploymentId ecs-svc\/\d+\.$/)
  expect(completed).toMatch(/^SERVICE_DEPLOYMENT_COMPLETED/)
  const stopped = (await world.tasks('STOPPED')).filter(({ containers }) => containers?.[0]?.exitCode === 1)
  // Two at a time: the fourth was already on its way when the third failed.
  expect(stopped).toHaveLength(4)
  expect(stopped[0]).toMatchObject({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
  })
  expect(world.logs.join('\n')).toContain('no configuration found')
})

function breaker(rollback: boolean) {
  return { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback } } }
}

test('without rollback a tripped deployment is stopped and the old tasks go on', async () => {
  const world = await started('one', {}, breaker(false))
  await world.settled()
  await world.update({ taskDefinition: await world.register('sick') })
  const deployment = await world.settled()
  expect(deployment.status).toBe('STOPPED')
  await world.clock.sleep(600_000)
  const service = await world.service()
  expect(service.deployments).toMatchObject([
    { status: 'PRIMARY', rolloutState: 'FAILED', runningCount: 0 },
    { status: 'ACTIVE', runningCount: 2 },
  ])
})

test('StopServiceDeployment rolls back a deployment without a circuit breaker', async () => {
  const world = await started()
  const first = await world.settled()
  await world.update({ taskDefinition: await world.register('broken') })
  await world.clock.sleep(120_000)
  const running = await world.deployment()
  expect(running.status).toBe('IN_PROGRESS')
  expect(running.deploymentCircuitBreaker).toMatchObject({ status: 'DISABLED' })
  await call(world.ecs, 'StopServiceDeployment', {
    serviceDeploymentArn: running.serviceDeploymentArn,
    stopType: 'ROLLBACK',
  })
  expect((await world.deployment()).status).toBe('ROLLBACK_REQUESTED')
  const deployment = await world.settled()
  expect(deployment.status).toBe('ROLLBACK_SUCCESSFUL')
  expect(deployment.rollback?.serviceRevisionArn).toBe(first.targetServiceRevision?.arn)
  await expect(
    call(world.ecs, 'StopServiceDeployment', { serviceDeploymentArn: running.serviceDeploymentArn }),
  ).rejects.toMatchObject({ name: 'ConflictException' })
})

test('a task that is killed from outside is replaced', async () => {
  const world = await started()
  await world.settled()
  const [victim, other] = await world.tasks()
  world.ecs.kill(victim?.taskArn ?? '')
  await world.until(
    'another task',
    async () =>
      (await world.service()).runningCount === 2 &&
      (await world.tasks()).every(task => task.taskArn !== victim?.taskArn),
  )
  const left = (await world.tasks()).map(({ taskArn }) => taskArn)
  expect(left).toContain(other?.taskArn)
  expect((await world.tasks('STOPPED'))[0]).toMatchObject({
    taskArn: victim?.taskArn,
    stopCode: 'EssentialContainerExited',
  })
  expect((await world.deployment()).status).toBe('SUCCESSFUL')
})

test('an image that is missing fails the tasks before they run', async () => {
  const world = await started('one', {}, breaker(true))
  await world.settled()
  await world.update({ taskDefinition: await world.register('absent') })
  expect((await world.settled()).status).toBe('ROLLBACK_SUCCESSFUL')
  const [failed] = await world.tasks('STOPPED')
  expect(failed).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'CannotPullContainerError: registry.test/web:absent: not found',
  })
  expect(failed?.containers?.[0]?.exitCode).toBeUndefined()
})

test('one task with 100 and 200 percent is replaced by starting the new one first', async () => {
  const world = await started('one', {}, { desiredCount: 1 })
  await world.settled()
  const users = world.users()
  users.start()
  await world.update({ taskDefinition: await world.register('two') })
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  await users.stop()
  expect(users.counts().failed).toBe(0)
})

test('one task with 0 and 100 percent is stopped first, and users notice', async () => {
  const deploymentConfiguration = { minimumHealthyPercent: 0, maximumPercent: 100 }
  const world = await started('one', {}, { desiredCount: 1, deploymentConfiguration })
  await world.settled()
  const users = world.users()
  users.start()
  await world.update({ taskDefinition: await world.register('two') })
  expect((await world.settled()).status).toBe('SUCCESSFUL')
  await users.stop()
  expect(users.counts().failed).toBeGreaterThan(10)
})
