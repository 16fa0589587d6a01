import { describe, expect, test } from 'vitest'
import type { Stage } from '../../../domain/application.ts'
import { planRelease } from '../release.ts'
import { createWorld } from '../world.ts'

const SHOP: Stage['after'][number] = {
  kind: 'cloudfront-invalidation',
  distribution: 'E1A2B3C4D5E6F7',
  paths: ['/index.html', '/a&b<c>"d"/*', "/it's"],
}

async function released() {
  const world = await createWorld()
  const { held } = await planRelease(world)
  const { cloudFront, faults } = world.services
  cloudFront.addDistribution(SHOP.distribution)
  const { performAfter } = await import('../../../functions/after/perform.ts')
  const performs = (after = [SHOP], over: object = {}) => performAfter({ ...held, ...over }, { after })
  return { world, performs, faults, invalidated: () => cloudFront.invalidations() }
}

describe('what CloudFront keeps is forgotten', () => {
  test('after a release, by exactly the paths that the file names', async () => {
    const { performs, invalidated } = await released()
    expect(await performs()).toEqual([])
    expect(invalidated()).toMatchObject([{ distribution: SHOP.distribution, paths: SHOP.paths, status: 'InProgress' }])
  })

  test('once, however often it is asked for', async () => {
    const { performs, invalidated } = await released()
    await performs()
    expect(await performs()).toEqual([])
    expect(invalidated()).toHaveLength(1)
  })

  test('once though the answer was lost', async () => {
    const { performs, faults, invalidated } = await released()
    faults.add({ service: 'cloudfront', does: 'lose-answer' })
    expect(await performs()).toHaveLength(1)
    expect(await performs()).toEqual([])
    expect(invalidated()).toHaveLength(1)
  })

  test('of each action, stage and attempt by itself', async () => {
    const { performs, invalidated } = await released()
    expect(await performs([SHOP, { ...SHOP, paths: ['/*'] }])).toEqual([])
    expect(await performs([SHOP], { attempt: 2 })).toEqual([])
    expect(await performs([SHOP], { stage: 'staging' })).toEqual([])
    expect(invalidated()).toHaveLength(4)
  })

  test('already where it was asked for with other paths', async () => {
    const { performs, invalidated } = await released()
    await performs()
    expect(await performs([{ ...SHOP, paths: ['/*'] }])).toEqual([])
    expect(invalidated()).toHaveLength(1)
  })
})

describe('a CloudFront that does not take it', () => {
  test('is told with what it said, and what to type', async () => {
    const { performs, invalidated } = await released()
    const elsewhere = { ...SHOP, distribution: 'E9Z9Z9Z9Z9' }
    expect(await performs([elsewhere, SHOP])).toEqual([
      'the invalidation of CloudFront distribution E9Z9Z9Z9Z9 was not taken (NoSuchDistribution: The specified distribution ' +
        'does not exist); type aws cloudfront create-invalidation --distribution-id E9Z9Z9Z9Z9 ' +
        `--paths '/index.html' '/a&b<c>"d"/*' '/it'\\''s'`,
    ])
    expect(invalidated()).toHaveLength(1)
  })

  test.each([
    ['throttles', 'throttle', 'Rate exceeded'],
    ['has an error of its own', { fail: 'ServiceUnavailable' }, 'ServiceUnavailable'],
  ] as const)('since it %s is told, too', async (_, does, said) => {
    const { performs, faults } = await released()
    faults.add({ service: 'cloudfront', does })
    expect(await performs()).toEqual([expect.stringContaining(said)])
  })
})
