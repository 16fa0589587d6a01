import { describe, expect, test } from 'vitest'
import { REGISTRY } from '../fleet.ts'
import { planRelease } from '../release.ts'
import { type ApplicationFile, createWorld, type World } from '../world.ts'

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
  ])('is another once %s', async (_, change) => {
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
