import { resolve } from 'node:path'
import * as sdk from '@aws-sdk/client-ecr'
import type { Clock } from '../clock.ts'
import { ECR_AUTHORIZATION } from './authorization/ecr.ts'
import { buildImage, type Manifest } from './ecr/image.ts'
import type { LayerHost } from './ecr/layer-host.ts'
import { ecrOperations } from './ecr/operations.ts'
import { REGISTRY, Repository, type StoredImage } from './ecr/repository.ts'
import { ACCOUNT, AwsError, type EventBus, type ImageStore, type Service } from './service.ts'
import { notRehearsed } from './wire/endpoint.ts'

export interface Push {
  repository: string
  tag?: string
  /** The image's content. It stays where it is. */
  folder: string
  /** With the provenance attestation that buildx adds unless told not to: one more untagged manifest, and event. */
  provenance?: boolean
}

export interface Pushed {
  /** Of the index. */
  digest: string
  /** Of the image manifest for linux/amd64 in it. */
  child: string
  tag?: string
}

export interface Ecr extends Service, ImageStore {
  createRepository(name: string, imageTagMutability?: 'MUTABLE' | 'IMMUTABLE'): void
  /** What `docker buildx push` does. What is already there is not pushed again and sends no event: our assumption. */
  push(push: Push): Pushed
  /** Gives an image that is there one more tag. */
  tag(repository: string, digest: string, tag: string): void
}

export type ImageAction = 'PUSH' | 'DELETE' | 'UPDATE_STORAGE_CLASS'

/** What the operations work on. */
export interface Registry {
  clock: Clock
  repositories: Map<string, Repository>
  /** Throws RepositoryNotFoundException. */
  repository(name: string | undefined, registryId?: string): Repository
  /** An address from which these bytes can be downloaded. */
  offer(bytes: string): string
  announce(repository: Repository, image: StoredImage, action: ImageAction, more?: Record<string, string>): void
}

export interface EcrOptions {
  clock: Clock
  bus: EventBus
  /** Where layers are downloaded from. Default: nowhere. */
  layers?: Pick<LayerHost, 'offer'>
}

export function createEcr({ clock, bus, layers }: EcrOptions): Ecr {
  const registry: Registry = {
    clock,
    offer(bytes) {
      if (!layers) throw notRehearsed('ecr:GetDownloadUrlForLayer without a host for layers')
      return layers.offer(bytes)
    },
    repositories: new Map(),
    repository(name = '', registryId = ACCOUNT) {
      const found = registryId === ACCOUNT ? registry.repositories.get(name) : undefined
      if (found) return found
      throw new AwsError(
        'RepositoryNotFoundException',
        `The repository with name '${name}' does not exist in the registry with id '${registryId}'`,
      )
    },
    announce(repository, { digest, mediaType, artifactMediaType }, action, more = {}) {
      const detail = {
        result: 'SUCCESS',
        'repository-name': repository.name,
        'image-digest': digest,
        'action-type': action,
        ...more,
        'manifest-media-type': mediaType,
        ...(artifactMediaType ? { 'artifact-media-type': artifactMediaType } : {}),
      }
      bus.publish({ source: 'aws.ecr', 'detail-type': 'ECR Image Action', resources: [], detail })
    },
  }

  /** Stores a manifest and its tag; an archived image that is pushed again is active again. */
  function put(repository: Repository, manifest: Manifest, folder: string, tag?: string): void {
    const isTagged = tag !== undefined && repository.tag(tag, manifest.digest)
    const known = repository.images.get(manifest.digest)
    const image: StoredImage =
      known?.status === 'ACTIVE' ? known : { ...manifest, folder, pushedAt: new Date(clock.now()), status: 'ACTIVE' }
    repository.images.set(image.digest, image)
    if (isTagged || image !== known) registry.announce(repository, image, 'PUSH', tag ? { 'image-tag': tag } : {})
  }

  return {
    signingName: 'ecr',
    sdk,
    authorization: ECR_AUTHORIZATION,
    operations: ecrOperations(registry),
    createRepository(name, imageTagMutability = 'MUTABLE') {
      registry.repositories.set(name, new Repository(name, imageTagMutability, new Date(clock.now())))
    },
    push({ repository: name, tag, folder: given, provenance = false }) {
      const repository = registry.repository(name)
      const folder = resolve(given)
      const { children, index } = buildImage(folder, provenance)
      for (const child of children) put(repository, child, folder)
      put(repository, index, folder, tag)
      return { digest: index.digest, child: index.children[0] ?? '', ...(tag ? { tag } : {}) }
    },
    tag(name, digest, tag) {
      const repository = registry.repository(name)
      const image = repository.find({ imageDigest: digest })
      if (!image) throw new Error(`${name}@${digest} was never pushed`)
      put(repository, image, image.folder, tag)
    },
    pull(reference) {
      const [, name = '', imageTag, imageDigest] = REFERENCE.exec(reference) ?? []
      const repository = registry.repositories.get(name)
      const image = repository?.find({ imageDigest, imageTag: imageDigest ? undefined : (imageTag ?? 'latest') })
      if (image?.status === 'ACTIVE') return { digest: image.digest, folder: image.folder }
      const reason = repository
        ? `${reference}: not found`
        : `name unknown: The repository with name '${name}' does not exist in the registry with id '${ACCOUNT}'`
      throw new Error(
        `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reason}`,
      )
    },
  }
}

/** `<registry>/<repository>[:tag][@digest]`; a digest wins over a tag. */
const REFERENCE = new RegExp(`^${REGISTRY.replaceAll('.', '\\.')}/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$`)
