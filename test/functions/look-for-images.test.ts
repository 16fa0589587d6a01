import type { DescribeImagesRequest } from '@aws-sdk/client-ecr'
import { describe, expect, test } from 'vitest'
import { type SettledPush, settledPush } from '../../events/settled-push.ts'
import { createPushesQueue, twoImages } from './pushes.ts'
import { loadRecords } from './release.ts'
import { createWorld } from './world.ts'

const REPOSITORIES = ['demo-api', 'demo-web']

/** An application of two images, looked at by the clock alone. */
async function looking(file: Parameters<typeof createWorld>[0] = twoImages) {
  const world = await createWorld(file)
  const queue = createPushesQueue(world)
  const records = await loadRecords()
  const { handler } = await import('../../functions/look-for-images.ts')
  return {
    world,
    records,
    looks: () => world.invoke(handler, {}),
    handedOver: (): SettledPush['detail'][] =>
      (queue()?.receive(10) ?? []).map(({ body, receiptHandle }) => {
        queue()?.delete(receiptHandle)
        return settledPush.parse(JSON.parse(body)).detail
      }),
    pushAll: (tag: string, content: 'two' | 'broken' = 'two') => {
      for (const repository of REPOSITORIES) world.push(tag, content, repository)
    },
  }
}

/** The same, after the first look. */
async function lookedAt(file?: Parameters<typeof createWorld>[0]) {
  const made = await looking(file)
  await made.looks()
  await made.world.pass(60_000)
  return made
}

describe('the first look', () => {
  test('hands nothing over, and remembers which tags were there [P1.6b]', async () => {
    const { world, records, looks, handedOver } = await looking()
    world.push('v2', 'two', 'demo-api')
    await world.pass(600_000)
    await looks()
    expect(handedOver()).toEqual([])
    expect(await records.readInstalled('demo')).toEqual({ at: world.now(), tags: ['v1'] })
  })

  test('stands, however often it is made', async () => {
    const { records, looks } = await lookedAt()
    const first = await records.readInstalled('demo')
    await looks()
    expect(await records.readInstalled('demo')).toEqual(first)
  })

  test('is made again where it failed', async () => {
    const { world, records, looks } = await looking()
    world.services.faults.add({ service: 'ecr', operation: 'DescribeImages', does: 'throttle' })
    await expect(looks()).rejects.toMatchObject({ name: 'Transient' })
    expect(await records.readInstalled('demo')).toBeUndefined()
    await looks()
    expect(await records.readInstalled('demo')).toMatchObject({ tags: ['v1'] })
  })
})

describe('a push of which nobody has heard', () => {
  test('is handed over once it has settled, as it was pushed [P1.6b]', async () => {
    const { world, looks, handedOver, pushAll } = await lookedAt()
    pushAll('v2')
    const pushedAt = new Date(world.now()).toISOString()
    await world.pass(60_000)
    await looks()
    expect(handedOver()).toEqual([])
    await world.pass(60_000)
    await looks()
    expect(handedOver()).toEqual([{ app: 'demo', tag: 'v2', pushedAt }])
  })

  test('is that of the newest tag alone [P1.6b]', async () => {
    const { world, looks, handedOver, pushAll } = await lookedAt()
    pushAll('v2')
    await world.pass(1_000)
    pushAll('v3', 'broken')
    await world.pass(900_000)
    await looks()
    expect(handedOver().map(({ tag }) => tag)).toEqual(['v3'])
  })

  test('is none where the tag starts no release', async () => {
    const { world, looks, handedOver, pushAll } = await lookedAt()
    pushAll('nightly')
    await world.pass(900_000)
    await looks()
    expect(handedOver()).toEqual([])
  })

  test('is none where it was answered, whatever the answer was [P1.6c]', async () => {
    const { world, records, looks, handedOver, pushAll } = await lookedAt()
    pushAll('v2')
    await records.pushHandled('demo', 'v2', world.now())
    await world.pass(900_000)
    await looks()
    expect(handedOver()).toEqual([])
  })

  test('waits for an image, which is written down [P1.6d]', async () => {
    const { world, records, looks, handedOver } = await lookedAt()
    world.push('v2', 'two', 'demo-api')
    const pushedAt = world.now()
    await world.pass(900_000)
    await looks()
    expect(handedOver()).toEqual([])
    expect(await records.readTag('demo', 'v2')).toEqual({ incomplete: { pushedAt, missing: ['web'] } })
  })
})

test('a release is started once by a look, and the next looks find nothing [P1.6c]', async () => {
  const { world, looks, handedOver, pushAll } = await lookedAt()
  const { handler } = await import('../../functions/start-release.ts')
  pushAll('v2')
  await world.pass(900_000)
  await looks()
  const [detail] = handedOver()
  const body = JSON.stringify({ source: 'sluice', 'detail-type': 'Push Settled', detail })
  const started = await world.invoke(handler, { Records: [{ eventSource: 'aws:sqs', body }] })
  expect(started).toMatchObject([{ kind: 'started', attempt: 1 }])
  await world.pass(900_000)
  await looks()
  expect(handedOver()).toEqual([])
})

test('a thousand images are one call, and those beyond the next', async () => {
  const { world, looks, handedOver } = await lookedAt()
  const { ecr } = world.services
  const { digest } = world.push('v2', 'two', 'demo-api')
  world.push('v2', 'two', 'demo-web')
  // An image with a thousand tags is one; what is counted here is how the answers are asked for.
  for (let n = 10; n < 40; n++) ecr.tag('demo-api', digest, `v${n}`)
  const asked: DescribeImagesRequest[] = []
  const { DescribeImages: describeImages } = ecr.operations
  ecr.operations.DescribeImages = (input, caller) => {
    asked.push(input)
    return describeImages?.({ ...input, maxResults: 1 }, caller) ?? {}
  }
  await world.pass(900_000)
  await looks()
  expect(asked.filter(({ repositoryName }) => repositoryName === 'demo-api')).toMatchObject([
    { filter: { tagStatus: 'TAGGED' }, maxResults: 1_000 },
    { filter: { tagStatus: 'TAGGED' }, maxResults: 1_000, nextToken: '1' },
  ])
  expect(handedOver()).toMatchObject([{ tag: 'v2' }])
})

test('a repository that nobody has created has no images, and its application none that are complete', async () => {
  const { world, records, looks } = await looking()
  world.services.faults.add({
    service: 'ecr',
    operation: 'DescribeImages',
    does: { fail: 'RepositoryNotFoundException' },
  })
  await looks()
  expect(await records.readInstalled('demo')).toMatchObject({ tags: [] })
})
