import {
  CloudFrontClient,
  CreateInvalidationCommand,
  GetDistributionCommand,
  GetInvalidationCommand,
  NoSuchDistribution,
} from '@aws-sdk/client-cloudfront'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CloudFront, createCloudFront } from '../../../rehearsal/aws/cloudfront.ts'
import { START, sendRaw, type World, worldWith } from './wire-world.ts'

const DistributionId = 'E2SHOP'

let world: World
let cloudFront: CloudFront
let client: CloudFrontClient

beforeEach(async () => {
  world = await worldWith(clock => {
    cloudFront = createCloudFront({ clock })
    return [cloudFront]
  })
  cloudFront.addDistribution(DistributionId)
  client = new CloudFrontClient({ ...world.client, region: 'us-east-1' })
})

afterEach(async () => {
  expect(world.surprises).toEqual([])
  await world.close()
})

const invalidate = (Items: string[], more: { id?: string; reference?: string; quantity?: number } = {}) =>
  client.send(
    new CreateInvalidationCommand({
      DistributionId: more.id ?? DistributionId,
      InvalidationBatch: {
        CallerReference: more.reference ?? 'release-7',
        Paths: { Quantity: more.quantity ?? Items.length, Items },
      },
    }),
  )
const statusOf = async (Id: string | undefined) =>
  (await client.send(new GetInvalidationCommand({ DistributionId, Id }))).Invalidation?.Status

test('an invalidation is in progress for a minute, and then completed', async () => {
  const { Location, Invalidation } = await invalidate(['/index.html', '/assets/*'])
  expect(Invalidation).toEqual({
    Id: expect.stringMatching(/^I[0-9A-Z]{13}$/),
    Status: 'InProgress',
    CreateTime: new Date(START),
    InvalidationBatch: {
      CallerReference: 'release-7',
      Paths: { Quantity: 2, Items: ['/index.html', '/assets/*'] },
    },
  })
  expect(Location).toBe(
    `https://cloudfront.amazonaws.com/2020-05-31/distribution/E2SHOP/invalidation/${Invalidation?.Id}`,
  )
  expect(await statusOf(Invalidation?.Id)).toBe('InProgress')
  await world.clock.sleep(60_000)
  expect(await statusOf(Invalidation?.Id)).toBe('Completed')
})

test('the same request is the earlier invalidation; the same reference for other paths is refused', async () => {
  const first = await invalidate(['/a', '/b'])
  await world.clock.sleep(60_000)
  const second = await invalidate(['/b', '/a'])
  expect(second.Invalidation).toMatchObject({ Id: first.Invalidation?.Id, Status: 'Completed' })
  await expect(invalidate(['/a'])).rejects.toMatchObject({ name: 'InvalidationBatchAlreadyExists' })
  expect(cloudFront.invalidations()).toEqual([
    {
      distribution: DistributionId,
      id: first.Invalidation?.Id,
      callerReference: 'release-7',
      paths: ['/a', '/b'],
      status: 'Completed',
      at: START,
    },
  ])
})

test('a distribution that is not there is not found, and neither is an invalidation', async () => {
  const error = await invalidate(['/*'], { id: 'E2OTHER' }).catch(given => given)
  expect(error).toBeInstanceOf(NoSuchDistribution)
  expect(error.$metadata.httpStatusCode).toBe(404)
  await expect(statusOf('I0')).rejects.toMatchObject({ name: 'NoSuchInvalidation' })
})

test.for<[paths: string[], quantity: number, name: string]>([
  [['/a'], 2, 'InconsistentQuantities'],
  [[], 0, 'InvalidArgument'],
  [['a'], 1, 'InvalidArgument'],
  [['/*/a'], 1, 'InvalidArgument'],
])('%j with quantity %i is %s', async ([paths, quantity, name]) => {
  await expect(invalidate(paths, { quantity })).rejects.toMatchObject({ name })
  expect(cloudFront.invalidations()).toEqual([])
})

test('fifteen wildcards at once are the most', async () => {
  const wildcards = Array.from({ length: 15 }, (_, n) => `/${n}/*`)
  await invalidate(wildcards)
  await expect(invalidate(['/*'], { reference: 'second' })).rejects.toMatchObject({
    name: 'TooManyInvalidationsInProgress',
  })
  await world.clock.sleep(60_000)
  await invalidate(['/*'], { reference: 'second' })
})

test('a document that is written by hand is answered in XML, whichever of the two regions it is signed for', async () => {
  const body =
    '<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths><Quantity>1</Quantity>' +
    '<Items><Path>/*</Path></Items></Paths><CallerReference>by-hand</CallerReference></InvalidationBatch>'
  const path = `/2020-05-31/distribution/${DistributionId}/invalidation`
  const answer = await sendRaw(world, 'cloudfront', { 'content-type': 'text/xml' }, body, path)
  expect(answer.status).toBe(201)
  expect(answer.body).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8"\?><Invalidation xmlns="http:\/\/cloudfront.amazonaws.com\/doc\/2020-05-31\/"><Id>/,
  )
  expect(answer.body).toContain('<Items><Path>/*</Path></Items>')
  const elsewhere = await sendRaw(world, 'cloudfront', {}, body, path, { region: 'ap-south-1' })
  expect(elsewhere.body).toContain('<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error>')
  expect(elsewhere.body).toContain('<Code>NotRehearsed</Code><Message>region ap-south-1 is not')
})

test('the next requests fail where a rehearsal wants it', async () => {
  world.faults.add({ service: 'cloudfront', operation: 'CreateInvalidation', does: { fail: 'AccessDenied' } })
  await expect(invalidate(['/*'])).rejects.toMatchObject({ name: 'AccessDenied' })
  world.faults.add({ service: 'cloudfront', does: 'lose-answer' })
  await expect(invalidate(['/*'])).rejects.toThrow()
  await invalidate(['/*'])
  expect(cloudFront.invalidations()).toHaveLength(1)
})

test('a distribution is told to be deployed and enabled; one that there is not is refused', async () => {
  const { Distribution } = await client.send(new GetDistributionCommand({ Id: DistributionId }))
  expect(Distribution).toMatchObject({ Id: DistributionId, Status: 'Deployed', DistributionConfig: { Enabled: true } })
  const absent = client.send(new GetDistributionCommand({ Id: 'E0NONE' }))
  await expect(absent).rejects.toBeInstanceOf(NoSuchDistribution)
})
