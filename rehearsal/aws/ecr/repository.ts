import type { ImageIdentifier, ImageStatus, Repository as RepositoryDetail } from '@aws-sdk/client-ecr'
import { ACCOUNT, AwsError, arn, REGION } from '../service.ts'
import type { Manifest } from './image.ts'

export const REGISTRY = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`

export interface StoredImage extends Manifest {
  folder: string
  pushedAt: Date
  status: ImageStatus
  archivedAt?: Date
  activatedAt?: Date
}

/** A repository's manifests by digest, and what each tag stands for. */
export class Repository {
  readonly detail: RepositoryDetail & { repositoryName: string }
  readonly images = new Map<string, StoredImage>()
  readonly tags = new Map<string, string>()

  constructor(name: string, imageTagMutability: 'MUTABLE' | 'IMMUTABLE', createdAt: Date) {
    this.detail = {
      repositoryName: name,
      repositoryArn: arn('ecr', `repository/${name}`),
      registryId: ACCOUNT,
      repositoryUri: `${REGISTRY}/${name}`,
      imageTagMutability,
      createdAt,
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    }
  }

  get name(): string {
    return this.detail.repositoryName
  }

  /** The image of a digest or a tag; of both, only if they belong together. */
  find({ imageDigest, imageTag }: ImageIdentifier): StoredImage | undefined {
    const digest = imageDigest ?? this.tags.get(imageTag ?? '')
    if (imageTag !== undefined && this.tags.get(imageTag) !== digest) return undefined
    return this.images.get(digest ?? '')
  }

  tagsOf(digest: string): string[] {
    return [...this.tags].filter(([, tagged]) => tagged === digest).map(([tag]) => tag)
  }

  /** Lets a tag stand for a digest; false when it already does. */
  tag(tag: string, digest: string): boolean {
    const before = this.tags.get(tag)
    if (before === digest) return false
    if (before !== undefined && this.detail.imageTagMutability === 'IMMUTABLE') {
      throw new AwsError(
        'ImageTagAlreadyExistsException',
        `The image tag '${tag}' already exists in the '${this.name}' repository and cannot be overwritten because the tag is immutable.`,
      )
    }
    this.tags.set(tag, digest)
    return true
  }

  /** The config with this digest, of an image that can be pulled. */
  configOf(digest: string): string | undefined {
    return [...this.images.values()].find(image => image.status === 'ACTIVE' && image.config?.digest === digest)?.config
      ?.bytes
  }

  hasLayer(digest: string): boolean {
    return [...this.images.values()].some(({ config, bytes }) => config && bytes.includes(`"${digest}"`))
  }

  /** The digests of the indexes that a manifest is part of. */
  indexesWith(digest: string): string[] {
    return [...this.images.values()].filter(({ children }) => children.includes(digest)).map(image => image.digest)
  }
}
