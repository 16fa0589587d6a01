import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sdk from '@aws-sdk/client-ecr'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEcr, type Ecr } from '../../../rehearsal/aws/ecr.ts'
import type { Announcement } from '../../../rehearsal/aws/service.ts'
import { START, sendRaw, type World, worldWith } from './wire-world.ts'

const URI = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api'
const repositoryName = 'shop/api'
const NOBODY = `sha256:${'0'.repeat(64)}`

let world: World
let ecr: Ecr
let client: sdk.ECRClient
let events: Announcement[]
let folders: string

beforeEach(async () => {
  folders = mkdtempSync(join(tmpdir(), 'images-'))
  events = []
  world = await worldWith(clock => {
    ecr = createEcr({ clock, bus: { publish: event => events.push(event) } })
    return [ecr]
  })
  ecr.createRepository(repositoryName)
  client = new sdk.ECRClient(world.client)
})

afterEach(async () => {
  rmSync(folders, { recursive: true })
  await world.close()
})

function image(content: string): string {
  const folder = mkdtempSync(join(folders, 'image-'))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'server.ts'), content)
  writeFileSync(join(folder, 'src', 'page.html'), '<p>')
  return folder
}

const push = (tag?: string, content = 'v1') =>
  ecr.push({ repository: repositoryName, folder: image(content), ...(tag ? { tag } : {}) })
const sent = () => events.map(({ detail }) => [detail['action-type'], detail['image-digest'], detail['image-tag']])
const describeImages = (input: Partial<sdk.DescribeImagesCommandInput>) =>
  client.send(new sdk.DescribeImagesCommand({ repositoryName, ...input }))

test('a push sends one event for the platform’s manifest and one, with the tag, for the index', () => {
  const { digest, child } = push('1.0')
  const common = { result: 'SUCCESS', 'repository-name': repositoryName, 'action-type': 'PUSH' }
  expect(events).toEqual([
    {
      source: 'aws.ecr',
      'detail-type': 'ECR Image Action',
      resources: [],
      detail: {
        ...common,
        'image-digest': child,
        'manifest-media-type': 'application/vnd.oci.image.manifest.v1+json',
        'artifact-media-type': 'application/vnd.oci.image.config.v1+json',
      },
    },
    {
      source: 'aws.ecr',
      'detail-type': 'ECR Image Action',
      resources: [],
      detail: {
        ...common,
        'image-digest': digest,
        'image-tag': '1.0',
        'manifest-media-type': 'application/vnd.oci.image.index.v1+json',
      },
    },
  ])
})

test('a push with provenance adds an untagged manifest that names the image it is about', async () => {
  const { digest, child } = ecr.push({ repository: repositoryName, tag: '1.0', folder: image('v1'), provenance: true })
  expect(sent().map(([, , tag]) => tag)).toEqual([undefined, undefined, '1.0'])
  const { images = [] } = await client.send(
    new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
  )
  expect(JSON.parse(images[0]?.imageManifest ?? '').manifests).toMatchObject([
    { digest: child, platform: { os: 'linux' } },
    { platform: { os: 'unknown' }, annotations: { 'vnd.docker.reference.digest': child } },
  ])
})

test('the same content is the same image, another content another', () => {
  const first = push('1.0')
  expect(push('1.0')).toEqual(first)
  expect(events).toHaveLength(2)
  expect(push('1.1', 'v2').digest).not.toBe(first.digest)
})

test('what an image links to is part of its content', () => {
  const [folder, base] = [join(folders, 'linked'), join(folders, 'base.mjs')]
  mkdirSync(folder)
  symlinkSync(base, join(folder, 'base.mjs'))
  const pushed = (content: string) => {
    writeFileSync(base, content)
    return ecr.push({ repository: repositoryName, folder }).digest
  }
  const first = pushed('one')
  expect(pushed('two')).not.toBe(first)
  expect(pushed('one')).toBe(first)
})

test('an image that gets another tag sends one event, for the index', () => {
  const { digest } = push('1.0')
  events.length = 0
  ecr.tag(repositoryName, digest, 'stable')
  ecr.tag(repositoryName, digest, 'stable')
  expect(sent()).toEqual([['PUSH', digest, 'stable']])
})

test('manifests are what their digests say, and the index names the platform’s manifest', async () => {
  const { digest, child } = push('1.0')
  const imageIds = [{ imageTag: '1.0' }, { imageDigest: child }]
  const { images = [], failures } = await client.send(new sdk.BatchGetImageCommand({ repositoryName, imageIds }))
  expect(failures).toEqual([])
  expect(images.map(({ imageId }) => imageId)).toEqual([
    { imageTag: '1.0', imageDigest: digest },
    { imageDigest: child },
  ])
  for (const { imageId, imageManifest = '' } of images) {
    expect(imageId?.imageDigest).toBe(`sha256:${createHash('sha256').update(imageManifest).digest('hex')}`)
  }
  expect(JSON.parse(images[0]?.imageManifest ?? '')).toMatchObject({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      { digest: child, size: images[1]?.imageManifest?.length, platform: { architecture: 'amd64', os: 'linux' } },
    ],
  })
})

test('an image that is not there, or of a type that is not accepted, is a failure beside the others', async () => {
  const { child } = push('1.0')
  const answer = await client.send(
    new sdk.BatchGetImageCommand({
      repositoryName,
      imageIds: [{ imageTag: '9.9' }, { imageTag: '1.0' }, {}, { imageDigest: 'md5' }, { imageDigest: child }],
      acceptedMediaTypes: ['application/vnd.oci.image.manifest.v1+json'],
    }),
  )
  expect(answer.images).toHaveLength(1)
  expect(answer.failures?.map(({ failureCode }) => failureCode)).toEqual([
    'ImageNotFound',
    'ImageNotFound',
    'MissingDigestAndTag',
    'InvalidImageDigest',
  ])
})

test('images are described by tag and digest, and listed by pages', async () => {
  const { digest, child } = push('1.0')
  const { imageDetails } = await describeImages({ imageIds: [{ imageTag: '1.0' }] })
  expect(imageDetails).toEqual([
    {
      registryId: '111122223333',
      repositoryName,
      imageDigest: digest,
      imageTags: ['1.0'],
      imageSizeInBytes: 5,
      imagePushedAt: new Date(START),
      imageManifestMediaType: 'application/vnd.oci.image.index.v1+json',
      imageStatus: 'ACTIVE',
    },
  ])
  const first = await describeImages({ maxResults: 1 })
  const second = await describeImages({ maxResults: 1, nextToken: first.nextToken })
  expect([first, second].map(page => page.imageDetails?.[0]?.imageDigest)).toEqual([child, digest])
  expect(second.nextToken).toBeUndefined()
  const untagged = await describeImages({ filter: { tagStatus: 'UNTAGGED' } })
  expect(untagged.imageDetails?.map(({ imageDigest }) => imageDigest)).toEqual([child])
})

test('an image is pulled by index, by platform’s manifest and by tag, and is its folder', () => {
  const folder = image('v1')
  const { digest, child } = ecr.push({ repository: repositoryName, tag: '1.0', folder })
  expect(ecr.pull(`${URI}@${digest}`)).toEqual({ digest, folder })
  expect(ecr.pull(`${URI}@${child}`)).toEqual({ digest: child, folder })
  expect(ecr.pull(`${URI}:1.0`)).toEqual({ digest, folder })
  expect(ecr.pull(`${URI}:other@${digest}`)).toEqual({ digest, folder })
})

test.each([[`${URI}:9.9`], [`${URI}`], [`${URI}@${NOBODY}`]])('%s cannot be pulled', reference => {
  push('1.0')
  expect(() => ecr.pull(reference)).toThrow(/^CannotPullContainerError: .*not found$/)
})

test('an image of a repository or registry that is not there cannot be pulled', () => {
  expect(() => ecr.pull(URI.replace('api', 'web'))).toThrow("repository with name 'shop/web' does not exist")
  expect(() => ecr.pull('nginx:latest')).toThrow(/^CannotPullContainerError/)
})

test('a tag that moves leaves the old image without one', async () => {
  const { digest: old } = push('latest')
  const { digest } = push('latest', 'v2')
  expect(ecr.pull(`${URI}:latest`).digest).toBe(digest)
  const { imageDetails } = await describeImages({ imageIds: [{ imageDigest: old }] })
  expect(imageDetails?.[0]?.imageTags).toBeUndefined()
})

test('a tag of an immutable repository does not move', () => {
  ecr.createRepository('shop/fixed', 'IMMUTABLE')
  ecr.push({ repository: 'shop/fixed', tag: '1.0', folder: image('v1') })
  const again = () => ecr.push({ repository: 'shop/fixed', tag: '1.0', folder: image('v2') })
  expect(again).toThrow(expect.objectContaining({ name: 'ImageTagAlreadyExistsException' }))
})

test('an image that is archived cannot be pulled or got, is told, and is not listed', async () => {
  const { digest } = push('1.0')
  events.length = 0
  const answer = await client.send(
    new sdk.UpdateImageStorageClassCommand({
      repositoryName,
      imageId: { imageTag: '1.0' },
      targetStorageClass: 'ARCHIVE',
    }),
  )
  expect(answer.imageStatus).toBe('ARCHIVED')
  expect(events[0]?.detail).toMatchObject({ 'action-type': 'UPDATE_STORAGE_CLASS', 'target-storage-class': 'ARCHIVE' })
  expect(() => ecr.pull(`${URI}@${digest}`)).toThrow('not found')
  const got = await client.send(new sdk.BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }))
  expect(got.failures).toHaveLength(1)
  const listed = (await describeImages({})).imageDetails?.map(({ imageDigest }) => imageDigest)
  expect(listed).not.toContain(digest)
  const asked = (await describeImages({ imageIds: [{ imageDigest: digest }] })).imageDetails
  expect(asked).toMatchObject([{ imageStatus: 'ARCHIVED', lastArchivedAt: new Date(START) }])
})

test('an archived image that is restored can be pulled minutes later, and then it is told', async () => {
  const { digest } = push('1.0')
  const update = (targetStorageClass: sdk.TargetStorageClass) =>
    client.send(
      new sdk.UpdateImageStorageClassCommand({ repositoryName, imageId: { imageDigest: digest }, targetStorageClass }),
    )
  await update('ARCHIVE')
  events.length = 0
  await world.clock.during('both calls', async () => {
    expect((await update('STANDARD')).imageStatus).toBe('ACTIVATING')
    await expect(update('ARCHIVE')).rejects.toMatchObject({ name: 'ImageStorageClassUpdateNotSupportedException' })
  })
  await expect(update('STANDARD')).rejects.toMatchObject({ name: 'ImageStorageClassUpdateNotSupportedException' })
  await world.clock.sleep(60 * 60_000)
  expect(ecr.pull(`${URI}@${digest}`).digest).toBe(digest)
  expect(events.map(({ detail }) => detail['target-storage-class'])).toEqual(['STANDARD'])
})

test('pushing an archived image again makes it active at once', async () => {
  const { digest } = push('1.0')
  await client.send(
    new sdk.UpdateImageStorageClassCommand({
      repositoryName,
      imageId: { imageDigest: digest },
      targetStorageClass: 'ARCHIVE',
    }),
  )
  events.length = 0
  push('1.0')
  expect(sent()).toEqual([['PUSH', digest, '1.0']])
  expect(ecr.pull(`${URI}:1.0`).digest).toBe(digest)
})

test('a restore that a push came before tells nothing more', async () => {
  const { digest } = push('1.0')
  const update = (targetStorageClass: sdk.TargetStorageClass) =>
    client.send(
      new sdk.UpdateImageStorageClassCommand({ repositoryName, imageId: { imageDigest: digest }, targetStorageClass }),
    )
  await world.clock.during('archive, restore and push', async () => {
    await update('ARCHIVE')
    await update('STANDARD')
    events.length = 0
    push('1.0')
  })
  await world.clock.sleep(60 * 60_000)
  expect(sent()).toEqual([['PUSH', digest, '1.0']])
})

test('a tag of a manifest that an index needs can go', async () => {
  const { child } = push('1.0')
  ecr.tag(repositoryName, child, 'amd64')
  ecr.tag(repositoryName, child, 'linux')
  const imageIds = [{ imageTag: 'amd64' }]
  const { failures } = await client.send(new sdk.BatchDeleteImageCommand({ repositoryName, imageIds }))
  expect(failures).toEqual([])
  expect(ecr.pull(`${URI}:linux`).digest).toBe(child)
})

test('deleting by tag takes the tag, deleting the last takes the image, and each is told', async () => {
  const { digest } = push('1.0')
  ecr.tag(repositoryName, digest, 'stable')
  events.length = 0
  const remove = (imageId: sdk.ImageIdentifier) =>
    client.send(new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [imageId] }))
  expect((await remove({ imageTag: 'stable' })).imageIds).toEqual([{ imageDigest: digest, imageTag: 'stable' }])
  expect(ecr.pull(`${URI}:1.0`).digest).toBe(digest)
  await remove({ imageTag: '1.0' })
  expect(() => ecr.pull(`${URI}@${digest}`)).toThrow('not found')
  expect(sent()).toEqual([
    ['DELETE', digest, 'stable'],
    ['DELETE', digest, '1.0'],
  ])
})

test('a manifest that an index needs is not deleted, and one that is not there is a failure', async () => {
  const { digest, child } = push('1.0')
  const { failures } = await client.send(
    new sdk.BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: child }, { imageTag: '9.9' }] }),
  )
  expect(failures).toMatchObject([
    {
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${digest}]`,
    },
    { failureCode: 'ImageNotFound' },
  ])
})

test('a repository is created once and described', async () => {
  const create = (name: string) => client.send(new sdk.CreateRepositoryCommand({ repositoryName: name }))
  const { repository } = await create('shop/web')
  expect(repository).toMatchObject({
    repositoryArn: 'arn:aws:ecr:eu-west-1:111122223333:repository/shop/web',
    repositoryUri: URI.replace('api', 'web'),
    createdAt: new Date(START),
  })
  const { repositories } = await client.send(new sdk.DescribeRepositoriesCommand({ repositoryNames: ['shop/web'] }))
  expect(repositories).toEqual([repository])
  const all = await client.send(new sdk.DescribeRepositoriesCommand({}))
  expect(all.repositories?.map(each => each.repositoryName)).toEqual([repositoryName, 'shop/web'])
  await expect(create('shop/web')).rejects.toBeInstanceOf(sdk.RepositoryAlreadyExistsException)
})

const NAME = "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must "
const imageIds = [{ imageTag: '1.0' }]

test.each<[string, string, object, string, string]>([
  ['an ill-typed name', 'CreateRepository', { repositoryName: 1 }, 'SerializationException', 'NUMBER_VALUE can not'],
  ['no name', 'CreateRepository', {}, 'InvalidParameterException', `${NAME}not be null'`],
  ['a short name', 'CreateRepository', { repositoryName: 'a' }, 'InvalidParameterException', `${NAME}have length gre`],
  ['capitals', 'CreateRepository', { repositoryName: 'Shop' }, 'InvalidParameterException', `${NAME}satisfy regular`],
  [
    'an impossible mutability',
    'CreateRepository',
    { repositoryName: 'shop', imageTagMutability: 'SOFT' },
    'InvalidParameterException',
    "'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: [IMMUTABLE, ",
  ],
  [
    'exclusions',
    'CreateRepository',
    { repositoryName: 'shop', imageTagMutability: 'MUTABLE_WITH_EXCLUSION' },
    'NotRehearsed',
    'MUTABLE_WITH_EXCLUSION',
  ],
  [
    'an unknown name',
    'DescribeRepositories',
    { repositoryNames: ['no'] },
    'RepositoryNotFoundException',
    "name 'no' does",
  ],
  ['too large a page', 'DescribeRepositories', { maxResults: 1001 }, 'InvalidParameterException', "'maxResults'"],
  ['no repository', 'DescribeImages', {}, 'InvalidParameterException', 'must not be null'],
  [
    'an unknown repository',
    'DescribeImages',
    { repositoryName: 'no' },
    'RepositoryNotFoundException',
    "id '111122223333'",
  ],
  ['another registry', 'DescribeImages', { repositoryName, registryId: '1' }, 'RepositoryNotFoundException', "id '1'"],
  ['an unknown image', 'DescribeImages', { repositoryName, imageIds }, 'ImageNotFoundException', "imageTag:'1.0'}"],
  [
    'ids and pages',
    'DescribeImages',
    { repositoryName, imageIds, maxResults: 1 },
    'InvalidParameterException',
    'maxRes',
  ],
  [
    'an impossible status',
    'DescribeImages',
    { repositoryName, filter: { imageStatus: 'OLD' } },
    'InvalidParameterException',
    "'filter.imageStatus'",
  ],
  [
    'an ill-typed filter',
    'DescribeImages',
    { repositoryName, filter: 'OLD' },
    'SerializationException',
    'Unexpected field',
  ],
  ['no ids', 'BatchGetImage', { repositoryName }, 'InvalidParameterException', "'imageIds'"],
  [
    'an empty list of ids',
    'BatchGetImage',
    { repositoryName, imageIds: [] },
    'InvalidParameterException',
    "'imageIds'",
  ],
  ['an unknown repository', 'BatchGetImage', { repositoryName: 'no', imageIds }, 'RepositoryNotFoundException', 'no'],
  [
    'an ill-typed id',
    'BatchDeleteImage',
    { repositoryName, imageIds: ['1.0'] },
    'SerializationException',
    'Unexpected',
  ],
  [
    'too many ids',
    'BatchDeleteImage',
    { repositoryName, imageIds: Array(101).fill({}) },
    'InvalidParameterException',
    'less than',
  ],
  [
    'no class',
    'UpdateImageStorageClass',
    { repositoryName, imageId: {} },
    'InvalidParameterException',
    "'targetStorageC",
  ],
  [
    'an impossible class',
    'UpdateImageStorageClass',
    { repositoryName, imageId: {}, targetStorageClass: 'TAPE' },
    'InvalidParameterException',
    '[ARCHIVE, STANDARD]',
  ],
  [
    'an unknown image',
    'UpdateImageStorageClass',
    { repositoryName, imageId: { imageTag: 'x' }, targetStorageClass: 'ARCHIVE' },
    'ImageNotFoundException',
    "'x'",
  ],
])('%s for %s is refused', async (_, operation, input, name, message) => {
  const headers = { 'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}` }
  const answer = await sendRaw(world, 'ecr', headers, JSON.stringify(input))
  expect(answer.status).toBe(400)
  expect(JSON.parse(answer.body)).toEqual({ __type: name, message: expect.stringContaining(message) })
})
