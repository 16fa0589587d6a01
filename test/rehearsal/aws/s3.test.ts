import { CreateBucketCommand, HeadObjectCommand, NotFound, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createS3, type S3 } from '../../../rehearsal/aws/s3.ts'
import { START, type World, worldWith } from './wire-world.ts'

const Bucket = 'shop-backups'
const Key = 'staging/2026 01/dump.sql'

let world: World
let s3: S3
let client: S3Client

beforeEach(async () => {
  world = await worldWith(clock => {
    s3 = createS3({ clock })
    return [s3]
  })
  client = new S3Client(world.client)
  await client.send(new CreateBucketCommand({ Bucket }))
})

afterEach(async () => {
  expect(world.surprises).toEqual([])
  await world.close()
})

const put = (Body: string | Buffer, more = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const head = (more = {}) => client.send(new HeadObjectCommand({ Bucket, Key, ...more }))

test('an object is there as it was put, with its length, its digest and the time of AWS', async () => {
  const { ETag } = await put('create table books ();', { ContentType: 'application/sql' })
  expect(await head()).toMatchObject({
    ContentLength: 22,
    ContentType: 'application/sql',
    ETag,
    LastModified: new Date(START),
  })
  expect(s3.object(Bucket, Key)?.body.toString()).toBe('create table books ();')
})

test('an object that is put again is another one', async () => {
  const first = await put('one')
  await world.clock.sleep(60_000)
  expect((await put(Buffer.from('three'))).ETag).not.toBe(first.ETag)
  expect(await head()).toMatchObject({ ContentLength: 5, LastModified: new Date(START + 60_000) })
})

test('what is not there is not found, be it the object or its bucket', async () => {
  for (const missing of [head(), head({ Bucket: 'other' })]) {
    const error = await missing.catch(given => given)
    expect(error).toBeInstanceOf(NotFound)
    expect(error.$metadata.httpStatusCode).toBe(404)
  }
  await expect(put('x', { Bucket: 'other' })).rejects.toMatchObject({ name: 'NoSuchBucket' })
})

test('a body that is not what its checksum says is refused', async () => {
  await expect(put('x', { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({ name: 'BadDigest' })
  await expect(head()).rejects.toMatchObject({ name: 'NotFound' })
})

test('a bucket is created once, in this region, with a good name', async () => {
  const create = (more: object) => client.send(new CreateBucketCommand({ Bucket, ...more }))
  await expect(create({})).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' })
  await expect(create({ Bucket: 'No_Good' })).rejects.toMatchObject({ name: 'InvalidBucketName' })
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' }
  await expect(create({ Bucket: 'another', CreateBucketConfiguration })).rejects.toMatchObject({
    name: 'IllegalLocationConstraintException',
  })
})

test('what is not rehearsed is refused by name, and another account’s bucket is closed', async () => {
  await expect(put('x', { Metadata: { by: 'me' } })).rejects.toMatchObject({
    name: 'NotRehearsed',
    message: 's3:PutObject with Metadata is not part of this rehearsal',
  })
  await expect(head({ ExpectedBucketOwner: '444455556666' })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  })
})
