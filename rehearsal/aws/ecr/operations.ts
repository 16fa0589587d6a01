import type * as sdk from '@aws-sdk/client-ecr'
import { ImageStatusFilter, TagStatus, TargetStorageClass } from '@aws-sdk/client-ecr'
import type { Registry } from '../ecr.ts'
import { ACCOUNT, AwsError, type Operations } from '../service.ts'
import { length, oneOf, pattern, range } from '../wire/constraints.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import { Repository, type StoredImage } from './repository.ts'

/** AWS says: within 20 minutes. */
const RESTORE_MS = 20 * 60_000

export function ecrOperations(registry: Registry): Operations {
  const { clock, repositories } = registry
  const at = () => new Date(clock.now())

  return {
    CreateRepository(input: sdk.CreateRepositoryCommandInput): sdk.CreateRepositoryResponse {
      const { repositoryName: name = '', imageTagMutability = 'MUTABLE' } = input
      checkName(name)
      oneOf('imageTagMutability', imageTagMutability, MUTABILITIES)
      if (imageTagMutability !== 'MUTABLE' && imageTagMutability !== 'IMMUTABLE') {
        throw notRehearsed(`ecr:CreateRepository with imageTagMutability ${imageTagMutability}`)
      }
      if (repositories.has(name)) {
        throw new AwsError(
          'RepositoryAlreadyExistsException',
          `The repository with name '${name}' already exists in the registry with id '${ACCOUNT}'`,
        )
      }
      const created = new Repository(name, imageTagMutability, at())
      repositories.set(name, created)
      return { repository: created.detail }
    },

    DescribeRepositories(input: sdk.DescribeRepositoriesCommandInput): sdk.DescribeRepositoriesResponse {
      const { repositoryNames: names, registryId, maxResults, nextToken } = input
      length('repositoryNames', names, 1, 100)
      range('maxResults', maxResults, 1, 1000)
      if (names) return { repositories: names.map(name => registry.repository(name, registryId).detail) }
      const { items, ...rest } = page([...repositories.values()], maxResults, nextToken)
      return { repositories: items.map(({ detail }) => detail), ...rest }
    },

    DescribeImages(input: sdk.DescribeImagesCommandInput): sdk.DescribeImagesResponse {
      const { repositoryName, registryId, imageIds, maxResults, nextToken, filter = {} } = input
      checkName(repositoryName)
      length('imageIds', imageIds, 1, 100)
      range('maxResults', maxResults, 1, 1000)
      oneOf('filter.tagStatus', filter.tagStatus, TagStatus)
      oneOf('filter.imageStatus', filter.imageStatus, ImageStatusFilter)
      const repository = registry.repository(repositoryName, registryId)
      if (imageIds) {
        if (maxResults !== undefined || nextToken !== undefined) {
          throw new AwsError('InvalidParameterException', 'maxResults and nextToken cannot be used with imageIds')
        }
        return { imageDetails: imageIds.map(id => detailOf(repository, existing(repository, id))) }
      }
      const { tagStatus = 'ANY', imageStatus = 'ACTIVE' } = filter
      const listed = [...repository.images.values()].filter(({ digest, status }) => {
        const isTagged = repository.tagsOf(digest).length > 0
        return (
          (imageStatus === 'ANY' || imageStatus === status) &&
          (tagStatus === 'ANY' || (tagStatus === 'TAGGED') === isTagged)
        )
      })
      const { items, ...rest } = page(listed, maxResults, nextToken)
      return { imageDetails: items.map(image => detailOf(repository, image)), ...rest }
    },

    BatchGetImage(input: sdk.BatchGetImageCommandInput): sdk.BatchGetImageResponse {
      const { repositoryName, registryId, imageIds = [], acceptedMediaTypes } = input
      checkName(repositoryName)
      length('imageIds', imageIds, 1, 100)
      length('acceptedMediaTypes', acceptedMediaTypes, 1, 100)
      const repository = registry.repository(repositoryName, registryId)
      const images: sdk.Image[] = []
      const failures: sdk.ImageFailure[] = []
      for (const imageId of imageIds) {
        const image = repository.find(imageId)
        const wrong = malformed(imageId)
        if (wrong) failures.push(wrong)
        else if (image?.status !== 'ACTIVE' || !(acceptedMediaTypes?.includes(image.mediaType) ?? true)) {
          failures.push({ imageId, ...NOT_FOUND })
        } else {
          const { imageTag } = imageId
          images.push({
            registryId: ACCOUNT,
            repositoryName: repository.name,
            imageId: { imageDigest: image.digest, ...(imageTag ? { imageTag } : {}) },
            imageManifest: image.bytes,
            imageManifestMediaType: image.mediaType,
          })
        }
      }
      return { images, failures }
    },

    GetDownloadUrlForLayer(input: sdk.GetDownloadUrlForLayerCommandInput): sdk.GetDownloadUrlForLayerResponse {
      const { repositoryName, registryId, layerDigest = '' } = input
      checkName(repositoryName)
      pattern('layerDigest', layerDigest, /[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+/)
      const repository = registry.repository(repositoryName, registryId)
      const bytes = repository.configOf(layerDigest)
      if (bytes !== undefined) return { downloadUrl: registry.offer(bytes), layerDigest }
      if (repository.hasLayer(layerDigest)) throw notRehearsed('ecr:GetDownloadUrlForLayer of more than a config')
      throw new AwsError(
        'LayersNotFoundException',
        `The layer with digest '${layerDigest}' does not exist within the repository with name '${repository.name}' in the registry with id '${ACCOUNT}'`,
      )
    },

    BatchDeleteImage(input: sdk.BatchDeleteImageCommandInput): sdk.BatchDeleteImageResponse {
      const { repositoryName, registryId, imageIds = [] } = input
      checkName(repositoryName)
      length('imageIds', imageIds, 1, 100)
      const repository = registry.repository(repositoryName, registryId)
      const results = imageIds.map(id => deleteImage(registry, repository, id))
      return {
        imageIds: results.flatMap(result => (Array.isArray(result) ? result : [])),
        failures: results.flatMap(result => (Array.isArray(result) ? [] : [result])),
      }
    },

    UpdateImageStorageClass(input: sdk.UpdateImageStorageClassCommandInput): sdk.UpdateImageStorageClassResponse {
      const { repositoryName, registryId, imageId = {}, targetStorageClass: target } = input
      checkName(repositoryName)
      oneOf('targetStorageClass', target, TargetStorageClass)
      const repository = registry.repository(repositoryName, registryId)
      const image = existing(repository, imageId)
      if (image.status !== (target === 'ARCHIVE' ? 'ACTIVE' : 'ARCHIVED')) {
        throw new AwsError(
          'ImageStorageClassUpdateNotSupportedException',
          `The storage class of the image is not updatable to ${target} while its status is ${image.status}`,
        )
      }
      if (target === 'ARCHIVE') {
        Object.assign(image, { status: 'ARCHIVED', archivedAt: at() })
        registry.announce(repository, image, 'UPDATE_STORAGE_CLASS', { 'target-storage-class': 'ARCHIVE' })
      } else {
        image.status = 'ACTIVATING'
        clock.timer(RESTORE_MS, () => restore(registry, repository, image))
      }
      const id = { imageDigest: image.digest, ...(imageId.imageTag ? { imageTag: imageId.imageTag } : {}) }
      return { registryId: ACCOUNT, repositoryName: repository.name, imageId: id, imageStatus: image.status }
    },
  }
}

const MUTABILITIES = ['IMMUTABLE', 'IMMUTABLE_WITH_EXCLUSION', 'MUTABLE', 'MUTABLE_WITH_EXCLUSION']

const NOT_FOUND = { failureCode: 'ImageNotFound', failureReason: 'Requested image not found' } as const

function checkName(name: string | undefined): void {
  length('repositoryName', name, 2, 256)
  pattern('repositoryName', name, /(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/)
}

function malformed(imageId: sdk.ImageIdentifier): sdk.ImageFailure | undefined {
  const { imageDigest, imageTag } = imageId
  if (imageDigest === undefined && imageTag === undefined) {
    const failureReason = 'Invalid request parameters: both tag and digest cannot be null'
    return { imageId, failureCode: 'MissingDigestAndTag', failureReason }
  }
  if (imageDigest !== undefined && !/^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/.test(imageDigest)) {
    const failureReason =
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
    return { imageId, failureCode: 'InvalidImageDigest', failureReason }
  }
  return undefined
}

function existing(repository: Repository, imageId: sdk.ImageIdentifier): StoredImage {
  const found = repository.find(imageId)
  if (found) return found
  const { imageDigest, imageTag } = imageId
  const shown = `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`
  throw new AwsError(
    'ImageNotFoundException',
    `The image with imageId ${shown} does not exist within the repository with name '${repository.name}' in the registry with id '${ACCOUNT}'`,
  )
}

function detailOf(repository: Repository, image: StoredImage): sdk.ImageDetail {
  const imageTags = repository.tagsOf(image.digest)
  return {
    registryId: ACCOUNT,
    repositoryName: repository.name,
    imageDigest: image.digest,
    ...(imageTags.length > 0 ? { imageTags } : {}),
    imageSizeInBytes: image.size,
    imagePushedAt: image.pushedAt,
    imageManifestMediaType: image.mediaType,
    artifactMediaType: image.artifactMediaType,
    imageStatus: image.status,
    lastArchivedAt: image.archivedAt,
    lastActivatedAt: image.activatedAt,
  }
}

/** By digest an image goes with all its tags; by tag it goes with its last one. */
function deleteImage(
  { announce }: Registry,
  repository: Repository,
  imageId: sdk.ImageIdentifier,
): sdk.ImageIdentifier[] | sdk.ImageFailure {
  const wrong = malformed(imageId)
  if (wrong) return wrong
  const image = repository.find(imageId)
  if (!image) return { imageId, ...NOT_FOUND }
  const { digest } = image
  const indexes = repository.indexesWith(digest)
  const tags = imageId.imageTag === undefined ? repository.tagsOf(digest) : [imageId.imageTag]
  const isLast = tags.length === repository.tagsOf(digest).length
  if (isLast && indexes.length > 0) {
    const failureReason = `Requested image referenced by manifest list: [${indexes.join(', ')}]`
    return { imageId, failureCode: 'ImageReferencedByManifestList', failureReason }
  }
  for (const tag of tags) repository.tags.delete(tag)
  if (isLast) repository.images.delete(digest)
  const gone = tags.length > 0 ? tags.map(imageTag => ({ imageDigest: digest, imageTag })) : [{ imageDigest: digest }]
  for (const id of gone) announce(repository, image, 'DELETE', 'imageTag' in id ? { 'image-tag': id.imageTag } : {})
  return gone
}

/** The end of a restore, unless a push or a deletion came first. */
function restore({ announce, clock }: Registry, repository: Repository, image: StoredImage): void {
  if (repository.images.get(image.digest) !== image) return
  const activatedAt = new Date(clock.now())
  Object.assign(image, { status: 'ACTIVE', activatedAt })
  announce(repository, image, 'UPDATE_STORAGE_CLASS', {
    'target-storage-class': 'STANDARD',
    'last-activated-at': activatedAt.toISOString(),
  })
}

function page<T>(all: T[], size: number = 100, token = '0'): { items: T[]; nextToken?: string } {
  const from = Number(token)
  if (!Number.isInteger(from) || from < 0 || from > all.length) {
    throw new AwsError('InvalidParameterException', 'Invalid parameter at nextToken')
  }
  const end = from + size
  return { items: all.slice(from, end), ...(end < all.length ? { nextToken: String(end) } : {}) }
}
