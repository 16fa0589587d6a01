import { describe, expect, test } from 'vitest'
import { migrating, registerMigration } from './migration.ts'
import { lockedRelease } from './release.ts'
import { type ApplicationFile, createWorld, type World } from './world.ts'

interface Prepared {
  file?: (file: ApplicationFile) => void
  /** What its users register before the release looks. */
  before?: (world: World) => Promise<unknown>
}

async function underLock({ file = () => {}, before = registerMigration }: Prepared = {}) {
  const world = await createWorld(each => {
    migrating()(each)
    file(each)
  })
  await before(world)
  const release = await lockedRelease(world)
  const { handler } = await import('../../functions/check-preconditions.ts')
  const base = async () => (await release.records.readBefore(release.held))?.migration
  return { world, release, base, checks: () => world.invoke(handler, { ...release.held, round: 0 }) }
}

const refusal = (because: string) => ({ name: 'PreconditionFailed', message: `production migration: ${because}` })

describe('the definition that a migration’s revision is copied from', () => {
  test('is the newest one that its users registered', async () => {
    const { checks, base } = await underLock({
      before: async world => {
        await registerMigration(world)
        await registerMigration(world)
      },
    })
    await checks()
    expect(await base()).toMatch(/demo-migrations:2$/)
  })

  test('is none that Sluice registered, for this stage or another', async () => {
    const { checks, base } = await underLock({
      before: async world => {
        await registerMigration(world)
        const tags = [{ key: 'sluice:release', value: 'demo-aaaaaaaaaaaa-1' }]
        await registerMigration(world, { definition: { tags } })
      },
    })
    await checks()
    expect(await base()).toMatch(/demo-migrations:1$/)
  })

  test('stays the one that was recorded, whatever was registered since', async () => {
    const { world, checks, base } = await underLock()
    await checks()
    await registerMigration(world)
    await checks()
    expect(await base()).toMatch(/demo-migrations:1$/)
  })

  test('is none where nothing is migrated', async () => {
    const { checks, base } = await underLock({
      file: ({ stages: [stage] }) => void Object.assign(stage ?? {}, { migrate: undefined }),
    })
    await checks()
    expect(await base()).toBeUndefined()
  })
})

describe('a release is refused, and nothing is recorded,', () => {
  test('when the family of its migration has no revision of its users', async () => {
    const { release, checks } = await underLock({ before: async () => {} })
    await expect(checks()).rejects.toMatchObject(
      refusal(
        'no revision of task definition demo-migrations is active but what Sluice registered; register it, or correct the application file',
      ),
    )
    expect(await release.records.readBefore(release.held)).toBeUndefined()
  })

  test('when the definition of its migration has no such container', async () => {
    const { checks } = await underLock({
      before: world => registerMigration(world, { container: { name: 'flyway' } }),
    })
    await expect(checks()).rejects.toMatchObject(
      refusal(
        'task definition arn:aws:ecs:eu-west-1:111122223333:task-definition/demo-migrations:1 has no container migrate; correct the application file or the definition',
      ),
    )
  })

  test('when the image of its migration is gone, which no service runs', async () => {
    const { world, release, checks } = await underLock({
      file: file => {
        file.images.schema = 'demo-schema'
        migrating({ migrate: { image: 'schema' } })(file)
      },
    })
    const { digest } = release.plan.images.schema ?? {}
    const input = { repositoryName: 'demo-schema', imageIds: [{ imageDigest: digest }] }
    await world.ask(world.services.ecr, 'BatchDeleteImage', input)
    await expect(checks()).rejects.toMatchObject(
      refusal(
        `image demo-schema@${digest} is gone in ECR and cannot be pulled; push it again, then: sluice retry demo 3f9c0a7f6d6a`,
      ),
    )
  })
})
