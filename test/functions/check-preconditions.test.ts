import { describe, expect, test } from 'vitest'
import { failsAt } from './gate.ts'
import { type Prepared, READY, refusal, underLock } from './preconditions/under-lock.ts'
import { RELEASE } from './release.ts'
import type { World } from './world.ts'

const running: Prepared['file'] = file =>
  Object.assign(file.stages[0]?.services[0] ?? {}, { taskDefinition: 'running' })

describe('a stage that can take the release', () => {
  test('has what it serves recorded: revision, digests and the definition to copy [P2.4a]', async () => {
    const { world, read, checks } = await underLock()
    expect(await checks()).toEqual(READY)
    const service = await world.describe()
    const { digest, child } = world.push('v1', 'one')
    expect(await read()).toEqual({
      at: world.now(),
      services: {
        'demo-api': {
          serviceArn: service.serviceArn,
          revisionArn: service.currentServiceRevisions?.[0]?.arn,
          taskDefinition: service.taskDefinition,
          digests: { api: digest },
          proof: { api: [digest, child] },
          base: service.taskDefinition,
        },
      },
    })
  })

  test('is told to be changing now', async () => {
    const { world, checks } = await underLock()
    await checks()
    expect(world.told().map(({ transition }) => transition)).toEqual([{ kind: 'stage-started', stage: 'production' }])
  })

  test('is told to be changing, once, where that could not be said at first', async () => {
    const { world, checks } = await underLock()
    failsAt(world, 'sns', 'Publish', 1)
    await checks()
    expect(world.told()).toEqual([])
    await checks()
    await checks()
    expect(world.told()).toHaveLength(1)
  })

  test('keeps its first record, whatever was deployed since [P2.4b]', async () => {
    const { world, read, checks } = await underLock()
    await checks()
    const first = await read()
    await world.update({ taskDefinition: await world.register() })
    expect(await checks()).toEqual(READY)
    expect(await read()).toEqual(first)
  })
})

describe('the definition that a new revision is copied from', () => {
  const baseOf = async ({ checks, read }: Awaited<ReturnType<typeof underLock>>) => {
    await checks()
    return (await read())?.services['demo-api']?.base
  }
  /** Revision 1 runs; these are registered after it. */
  const registers =
    (...definitions: object[]) =>
    async (world: World) => {
      for (const definition of definitions) await world.register(definition)
    }
  const registered = (stage: string, service: string, app = 'demo') => ({
    tags: [
      { key: 'sluice:release', value: `${app}-aaaaaaaaaaaa-1` },
      { key: 'sluice:stage', value: stage },
      { key: 'sluice:service', value: service },
    ],
  })

  test('is the newest one, which the users registered and have not deployed [P2.5a]', async () => {
    const made = await underLock({ before: registers({}) })
    expect(await baseOf(made)).toMatch(/demo-api:2$/)
  })

  test('is what runs, where the file says so [P2.5b]', async () => {
    const made = await underLock({ file: running, before: registers({}) })
    expect(await baseOf(made)).toBe((await made.world.describe()).taskDefinition)
  })

  test('is none that Sluice registered for another stage or another service [P2.5a]', async () => {
    const before = registers({}, registered('staging', 'demo-api'), registered('production', 'demo-admin'))
    expect(await baseOf(await underLock({ before }))).toMatch(/demo-api:2$/)
  })

  test('is none that was registered for another application, whose stage and service have the same names', async () => {
    const before = registers({}, registered('production', 'demo-api', 'demo-eu'))
    expect(await baseOf(await underLock({ before }))).toMatch(/demo-api:2$/)
  })

  test('may be one that Sluice registered for this very service', async () => {
    const before = registers({}, registered('production', 'demo-api'))
    expect(await baseOf(await underLock({ before }))).toMatch(/demo-api:3$/)
  })
})

describe('a release is refused, and nothing is recorded,', () => {
  test('when its image is gone', async () => {
    const { world, release, read, checks } = await underLock()
    const { digest } = release.plan.images.api ?? {}
    const input = { repositoryName: 'demo-api', imageIds: [{ imageDigest: digest }] }
    await world.ask(world.services.ecr, 'BatchDeleteImage', input)
    await expect(checks()).rejects.toMatchObject(
      refusal(
        `image demo-api@${digest} is gone in ECR and cannot be pulled; push it again, then: sluice retry demo ${RELEASE}`,
      ),
    )
    expect(await read()).toBeUndefined()
  })

  test('when its image lies in the archive', async () => {
    const { world, release, checks } = await underLock()
    const { digest } = release.plan.images.api ?? {}
    await world.ask(world.services.ecr, 'UpdateImageStorageClass', {
      repositoryName: 'demo-api',
      imageId: { imageDigest: digest },
      targetStorageClass: 'ARCHIVE',
    })
    await expect(checks()).rejects.toMatchObject(
      refusal(
        `image demo-api@${digest} is ARCHIVED in ECR and cannot be pulled; restore it, then: sluice retry demo ${RELEASE}`,
      ),
    )
  })

  test('when the cluster has no such service', async () => {
    const { checks } = await underLock({ before: world => rename(world, { service: 'absent' }) })
    await expect(checks()).rejects.toMatchObject(
      refusal(
        'production absent: cluster demo has no active service of this name; create it, or correct the application file',
      ),
    )
  })

  test('when the definition has no such container', async () => {
    const { world, checks } = await underLock({ before: world => rename(world, { container: 'web' }) })
    const { taskDefinition } = await world.describe()
    await expect(checks()).rejects.toMatchObject(
      refusal(
        `production demo-api: task definition ${taskDefinition} has no container web; correct the application file or the definition`,
      ),
    )
  })

  test('when another deployment is running', async () => {
    const { world, read, checks } = await underLock({ before: world => world.update({ forceNewDeployment: true }) })
    const [open] = await world.deployments()
    await expect(checks()).rejects.toMatchObject(
      refusal(
        `production demo-api: another deployment is running: ${open?.serviceDeploymentArn}; let it end or stop it, then: sluice retry demo ${RELEASE}`,
      ),
    )
    expect(await read()).toBeUndefined()
  })

  test('when its set is quarantined here, until a person lifts that', async () => {
    const { world, release, read, checks } = await underLock()
    const reason = 'checkout failed for everybody'
    const { putInQuarantine, liftQuarantine } = release.records
    await putInQuarantine('demo', 'staging', { release: RELEASE, tag: 'v2', reason, at: world.now() })
    await putInQuarantine('demo', 'production', { release: RELEASE, tag: 'v2', reason, at: world.now() })
    await expect(checks()).rejects.toMatchObject(
      refusal(
        `release ${RELEASE} (v2) is quarantined at production: ${reason}. ` +
          `When it may go there again: sluice lift demo production ${RELEASE} && sluice retry demo ${RELEASE}`,
      ),
    )
    expect(await read()).toBeUndefined()
    await liftQuarantine('demo', 'production', RELEASE)
    expect(await checks()).toEqual(READY)
  })

  test('when the stage belongs to somebody else [P4.1a]', async () => {
    const { release, read, checks } = await underLock()
    await release.loseLease()
    await expect(checks()).rejects.toMatchObject({
      name: 'LeaseLost',
      message: 'production of demo now belongs to another; nothing more is changed',
    })
    expect(await read()).toBeUndefined()
  })

  test('when a rollback was asked for [P4.1b]', async () => {
    const { release, checks } = await underLock()
    await release.requestRollback('errors since noon')
    await expect(checks()).rejects.toMatchObject({
      name: 'RollbackRequested',
      message: 'a rollback of production was asked for: errors since noon',
    })
  })

  test('when AWS throttles, until the next try', async () => {
    const { world, read, checks } = await underLock()
    world.services.faults.add({ service: 'ecs', does: 'throttle' })
    await expect(checks()).rejects.toMatchObject({ name: 'Transient' })
    expect(await read()).toBeUndefined()
    expect(await checks()).toEqual(READY)
  })
})

/** The file speaks of something that the account has not. */
function rename({ application }: World, change: { service?: string; container?: string }): void {
  Object.assign(application.stages[0]?.services[0] ?? {}, change)
}
