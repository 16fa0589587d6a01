import type { DescribeTaskDefinitionResponse } from '@aws-sdk/client-ecs'
import { describe, expect, test } from 'vitest'
import { REGISTRY } from './fleet.ts'
import { checkedRelease, RELEASE } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld, type World } from './world.ts'

interface Prepared {
  file?: Parameters<typeof createWorld>[0]
  /** What the users do before the release. */
  before?: (world: World) => Promise<void>
  content?: Parameters<typeof checkedRelease>[1]
}

async function aDeployment({ file, before, content }: Prepared = {}) {
  const world = await createWorld(file)
  await before?.(world)
  const release = await checkedRelease(world, content)
  const { handler } = await import('../../functions/deploy-new-version.ts')
  return { world, release, handler, ...(await enter(world, handler, release.held)) }
}

const twoServices: Parameters<typeof createWorld>[0] = file => {
  file.stages[0]?.services.push({ service: 'demo-admin', container: 'admin', image: 'api', strategy: 'rolling' })
}

const imagesOf = ({ taskDefinition }: DescribeTaskDefinitionResponse) =>
  taskDefinition?.containerDefinitions?.map(({ image }) => image)

describe('a new version', () => {
  test('is a revision that pins the planned digest, deployed and done when ECS calls it successful [P2.5c, P2.5d]', async () => {
    const { world, release, begin } = await aDeployment()
    expect(await begin()).toEqual({ kind: 'waits' })
    const revision = await release.revision()
    expect((await world.describe()).taskDefinition).toBe(revision)
    const registered = await world.definition(revision ?? '')
    const { uri, digest } = release.plan.images.api ?? {}
    expect(imagesOf(registered)).toEqual([`${uri}@${digest}`])
    expect(registered.tags).toEqual([
      { key: 'sluice:release', value: `demo-${RELEASE}-1` },
      { key: 'sluice:stage', value: 'production' },
      { key: 'sluice:service', value: 'demo-api' },
    ])
    await world.settled()
    expect(await begin()).toEqual({ kind: 'done', output: { services: 1 } })
  })

  test('keeps what the users wrote into the definition, their tags among it [P2.5c]', async () => {
    const { world, release, begin } = await aDeployment({
      before: async world => {
        const tags = [{ key: 'team', value: 'payments' }]
        const made = await world.register({ tags, cpu: '512', memory: '1024' })
        await world.update({ taskDefinition: made })
        await world.settled()
      },
    })
    await begin()
    const { taskDefinition, tags } = await world.definition((await release.revision()) ?? '')
    expect(taskDefinition).toMatchObject({ cpu: '512', memory: '1024' })
    expect(tags).toContainEqual({ key: 'team', value: 'payments' })
  })

  test('leaves the configuration of a service that rolls as it is [P5.1a]', async () => {
    const deploymentConfiguration = {
      maximumPercent: 150,
      minimumHealthyPercent: 50,
      deploymentCircuitBreaker: { enable: true, rollback: false },
    }
    const { world, begin } = await aDeployment({
      before: async world => {
        await world.update({ deploymentConfiguration })
      },
    })
    const { deploymentConfiguration: before } = await world.describe()
    expect(before).toMatchObject(deploymentConfiguration)
    await begin()
    expect(await world.deployments()).toHaveLength(2)
    expect((await world.describe()).deploymentConfiguration).toEqual(before)
  })

  test('is registered and deployed once, however often the step is repeated [P3.2b]', async () => {
    const { world, begin } = await aDeployment()
    await begin()
    await begin({ retry: 1 })
    await world.settled()
    await begin({ retry: 2 })
    expect(await world.deployments()).toHaveLength(2)
    expect(await world.revisions()).toHaveLength(2)
  })

  test('is found again after a crash between the update of the service and its answer [P3.2c]', async () => {
    const { world, begin } = await aDeployment()
    world.services.faults.add({ service: 'ecs', operation: 'UpdateService', does: 'lose-answer' })
    await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
    expect(await begin()).toEqual({ kind: 'waits' })
    expect(await world.deployments()).toHaveLength(2)
  })

  test('of two that are registered at once, one stands and the other is deregistered [P2.5e]', async () => {
    const { world, release, begin } = await aDeployment()
    const theirs = await world.register()
    const { operations } = world.services.ecs
    const register = operations.RegisterTaskDefinition
    operations.RegisterTaskDefinition = async (input, caller) => {
      await release.records.recordRevision(release.held, 'demo-api', theirs)
      return register?.(input, caller) ?? {}
    }
    await begin()
    expect((await world.describe()).taskDefinition).toBe(theirs)
    expect(await world.revisions()).toEqual([theirs, expect.stringMatching(/demo-api:1$/)])
  })

  test('is not deployed where the service runs these digests already', async () => {
    const { world, begin } = await aDeployment({
      before: async world => {
        const { digest } = world.push('v2', 'two')
        const made = await world.register({
          containerDefinitions: [{ name: 'api', image: `${REGISTRY}/demo-api@${digest}` }],
        })
        await world.update({ taskDefinition: made })
        await world.settled()
      },
    })
    const deployed = (await world.deployments()).length
    expect(await begin()).toEqual({ kind: 'done', output: { services: 1 } })
    expect(await world.deployments()).toHaveLength(deployed)
  })

  test('is deployed to every service of the stage, and done when the last of them is', async () => {
    const { world, release, begin } = await aDeployment({ file: twoServices })
    expect(await begin()).toEqual({ kind: 'waits' })
    for (const service of ['demo-api', 'demo-admin'])
      expect((await world.describe(service)).taskDefinition).toBe(await release.revision(service))
    await world.settled('demo-api')
    await world.settled('demo-admin')
    expect(await begin()).toEqual({ kind: 'done', output: { services: 2 } })
  })
})

describe('a deployment that fails', () => {
  test('says why its tasks ended, with exit code and place of the log, and is not deployed again [P3.2c]', async () => {
    const { world, release, handler, begin } = await aDeployment({ content: 'broken' })
    await begin()
    await world.settled()
    const ended = await begin()
    expect(ended).toMatchObject({ kind: 'failed', error: 'DeploymentFailed' })
    expect(ended).toHaveProperty(
      'because',
      expect.stringMatching(
        /^production demo-api: the new version was taken back by ECS: .*; container api exited with code 1 \(log: \/demo\/api, stream ecs\/api\/[0-9a-f]+\)$/,
      ),
    )
    const again = await enter(world, handler, release.held)
    expect(await again.begin()).toMatchObject({ kind: 'failed', error: 'DeploymentFailed' })
    expect(await world.deployments()).toHaveLength(2)
  })

  test('is stopped at its deadline, and failed once ECS has taken it back [P5.1b]', async () => {
    const { world, begin } = await aDeployment({
      file: file => Object.assign(file.stages[0] ?? {}, { deploy: { within: '1m' } }),
    })
    await world.update({ deploymentConfiguration: { deploymentCircuitBreaker: { enable: false, rollback: false } } })
    world.services.ecr.pull = () => {
      throw new Error('CannotPullContainerError: the registry is out')
    }
    await begin()
    await world.pass(59_000)
    expect(await begin({ retry: 1 })).toEqual({ kind: 'waits' })
    expect((await world.deployments())[0]?.status).toBe('IN_PROGRESS')
    await world.pass(1_000)
    expect(await begin({ retry: 2 })).toEqual({ kind: 'waits' })
    expect((await world.deployments())[0]?.status).toBe('ROLLBACK_REQUESTED')
    await world.settled()
    expect(await begin({ retry: 3 })).toMatchObject({
      kind: 'failed',
      error: 'DeploymentFailed',
      because: expect.stringContaining('production demo-api: the new version was not up within 1m and was taken back'),
    })
  })

  test('because somebody else deployed over it says whose deployment it is [P5.7b]', async () => {
    const { world, begin } = await aDeployment()
    await begin()
    await world.pass(5_000)
    await world.update({ taskDefinition: 'demo-api:1' })
    await world.pass(5_000)
    const [foreign] = await world.deployments()
    expect(await begin({ retry: 1 })).toEqual({
      kind: 'failed',
      error: 'ForeignDeployment',
      because: `production demo-api: deployment ${foreign?.serviceDeploymentArn}, which is not ours, took over from it; look who started it`,
    })
  })
})

describe('before it changes anything', () => {
  test('a release that has lost its lease ends, and the service stays as it was [P4.1a]', async () => {
    const { world, release, begin } = await aDeployment()
    await release.loseLease()
    expect(await begin()).toEqual({
      kind: 'failed',
      error: 'LeaseLost',
      because: 'production of demo now belongs to another; nothing more is changed',
    })
    expect(await world.deployments()).toHaveLength(1)
    expect(await world.revisions()).toHaveLength(1)
  })

  test('a release whose rollback was asked for ends [P4.1b]', async () => {
    const { world, release, begin } = await aDeployment()
    await release.requestRollback('errors since noon')
    expect(await begin()).toEqual({
      kind: 'failed',
      error: 'RollbackRequested',
      because: 'a rollback of production was asked for: errors since noon',
    })
    expect(await world.deployments()).toHaveLength(1)
  })

  test('the lock is read as it is, and not from an older copy [P4.1c]', async () => {
    const { world, begin } = await aDeployment()
    const { dynamodb } = world.services
    const { forward } = dynamodb
    const reads: unknown[] = []
    dynamodb.forward = (request, demand) =>
      forward(request, (operation, input) => {
        if (operation === 'GetItem' && JSON.stringify(input.Key).includes('"LOCK"')) reads.push(input.ConsistentRead)
        demand(operation, input)
      })
    await begin()
    expect(reads.length).toBeGreaterThan(0)
    expect(reads.filter(isConsistent => isConsistent !== true)).toEqual([])
  })

  test('a rollback that is asked for while ECS works is noticed at the next look', async () => {
    const { release, begin } = await aDeployment()
    await begin()
    await release.requestRollback('errors since noon')
    expect(await begin({ retry: 1 })).toMatchObject({ kind: 'failed', error: 'RollbackRequested' })
  })
})

test('a throttled call fails the invocation as Transient, and the state waits on', async () => {
  const { world, begin, standing } = await aDeployment()
  world.services.faults.add({ service: 'ecs', does: 'throttle' })
  await expect(begin()).rejects.toMatchObject({ name: 'Transient', message: expect.stringContaining('Rate exceeded') })
  expect(await standing()).toEqual({ kind: 'waits' })
  expect(await begin()).toEqual({ kind: 'waits' })
  await world.settled()
  expect(await begin()).toMatchObject({ kind: 'done' })
})
