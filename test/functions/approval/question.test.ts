import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../domain/identity.ts'
import { REGISTRY } from '../fleet.ts'
import { planRelease } from '../release.ts'
import { type ApplicationFile, createWorld, type World } from '../world.ts'
import { DATABASE } from './waiting-release.ts'

async function planned(file?: (file: ApplicationFile) => void, before?: (world: World) => Promise<unknown>) {
  const world = await createWorld(file)
  await before?.(world)
  const { held } = await planRelease(world)
  const { questionNow } = await import('../../../functions/approval/question.ts')
  return { world, asks: () => questionNow(held) }
}

const variables = (environment: object[]) => ({
  containerDefinitions: [{ name: 'api', image: `${REGISTRY}/demo-api:v1`, environment }],
})

describe('what approvers are asked', () => {
  test('is the same for as long as nothing changes', async () => {
    const { world, asks } = await planned()
    const first = await asks()
    await world.pass(3_600_000)
    expect(await asks()).toEqual(first)
    expect(first.hash).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each<[string, (world: World) => Promise<unknown>]>([
    ['a newer definition is registered, though it says the same', world => world.register()],
    ['the service is deployed anew', world => world.update({ forceNewDeployment: true }).then(() => world.settled())],
  ])('is another once %s [P2.2b]', async (_, change) => {
    const { world, asks } = await planned()
    const { hash } = await asks()
    await change(world)
    expect((await asks()).hash).not.toBe(hash)
  })

  test('does not change with what the release does not deploy from', async () => {
    const { world, asks } = await planned(file =>
      Object.assign(file.stages[0]?.services[0] ?? {}, { taskDefinition: 'running' }),
    )
    const first = await asks()
    await world.register({ cpu: '512', memory: '1024' })
    expect(await asks()).toEqual(first)
  })

  test('shows every value that changes beside the image', async () => {
    const { asks } = await planned(undefined, world => world.register({ cpu: '512' }))
    expect((await asks()).question.services[0]).toMatchObject({
      base: expect.stringMatching(/demo-api:2$/),
      live: { taskDefinition: expect.stringMatching(/demo-api:1$/), digest: expect.stringMatching(/^sha256:/) },
      differences: [{ path: 'cpu', from: '256', to: '512' }],
    })
  })

  test('hides what variables hold, and shows which of them change', async () => {
    const { asks } = await planned(undefined, async world => {
      const served = await world.register(
        variables([
          { name: 'PASSWORD', value: 'old word' },
          { name: 'GONE', value: 'x' },
        ]),
      )
      await world.update({ taskDefinition: served })
      await world.settled()
      await world.register(
        variables([
          { name: 'PASSWORD', value: 'new word' },
          { name: 'ADDED', value: 'y' },
        ]),
      )
    })
    const asked = await asks()
    const environment = 'containerDefinitions.api.environment'
    expect(asked.question.services[0]?.differences).toEqual([
      { path: `${environment}.ADDED`, to: 'hidden' },
      { path: `${environment}.GONE`, from: 'hidden' },
      { path: `${environment}.PASSWORD`, from: 'hidden', to: 'hidden' },
    ])
    expect(JSON.stringify(asked)).not.toContain('word"')
  })
})

describe('what approvers are asked of the database', () => {
  const FAMILY = 'demo-migrations'
  const register = (world: World, tags: object[] = []) =>
    world.register({
      family: FAMILY,
      containerDefinitions: [{ name: 'migrate', image: `${REGISTRY}/demo-api:v1` }],
      ...(tags.length > 0 && { tags }),
    })
  const migrating = (stage: object, before: (world: World) => Promise<unknown> = register) =>
    planned(file => {
      const approval = { approvers: [{ name: 'Bo', email: 'bo@demo.example' }] }
      Object.assign(file.stages[0] ?? {}, { approval, ...DATABASE, ...stage })
    }, before)

  test('is nothing where the stage migrates nothing', async () => {
    const { asks } = await planned()
    expect((await asks()).question).not.toHaveProperty('migration')
  })

  test('is what migrates it, from what, what is backed up, and what they may choose', async () => {
    const { asks } = await migrating({})
    expect((await asks()).question.migration).toEqual({
      base: expect.stringMatching(/demo-migrations:1$/),
      container: 'migrate',
      image: 'api',
      digest: expect.stringMatching(/^sha256:/),
      backup: { kind: 'rds-instance', source: 'demo-production' },
      onRollback: 'ask',
      choices: ['keep', 'down', 'restore'],
    })
  })

  test.each([
    ['no choice where the file has settled it', { onRollback: 'down' }, DATABASE.backup, []],
    ['no restored database where none is backed up in RDS', {}, { kind: 'none' }, ['keep', 'down']],
    ['no way to undo it where no command is written', { down: undefined }, DATABASE.backup, ['keep', 'restore']],
  ])('has %s', async (_, migrate, backup, choices) => {
    const { asks } = await migrating({ backup, migrate: { ...DATABASE.migrate, ...migrate } })
    expect((await asks()).question.migration).toMatchObject({ choices })
  })

  test('is another once another definition is what the migration starts from [P2.2b]', async () => {
    const { world, asks } = await migrating({})
    const { hash } = await asks()
    await register(world, [{ key: 'sluice:release', value: 'demo-3f9c0a7f6d6a-1' }])
    expect((await asks()).hash).toBe(hash)
    await register(world)
    expect((await asks()).hash).not.toBe(hash)
  })

  test('is part of what is approved, as all is that they are asked [P2.2b]', async () => {
    const { asks } = await migrating({})
    const { question, hash } = await asks()
    expect(Object.keys(question)).toEqual(expect.arrayContaining(['release', 'attempt', 'services', 'migration']))
    expect(hash).toBe(createHash('sha256').update(canonicalJson(question)).digest('hex'))
  })

  test('is asked though there is no definition yet, which is shown', async () => {
    const { asks } = await migrating({}, async () => {})
    expect((await asks()).question.migration).toMatchObject({ base: '' })
  })
})
