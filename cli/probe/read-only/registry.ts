import { BatchGetImageCommand, type ECRClient, type Image } from '@aws-sdk/client-ecr'

export interface InRegistry {
  repository: string
  registryId: string
  /** The digest of what was asked for. */
  digest: string
  manifest: Manifest
}

interface Manifest {
  /** Of an index: the images of its platforms. */
  manifests?: { digest: string }[]
  /** Of an image. */
  config?: { digest: string }
}

const ECR =
  /^(?<registryId>\d{12})\.dkr\.ecr\.[^/]+\/(?<repository>[^:@]+)(?::(?<tag>[^@]+))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/

/** What ECR knows of an image; undefined where that is in another registry, or gone. */
export async function findImage(ecr: ECRClient, image: string): Promise<InRegistry | undefined> {
  const { registryId, repository, tag = 'latest', digest } = ECR.exec(image)?.groups ?? {}
  if (registryId === undefined || repository === undefined) return undefined
  const id = digest === undefined ? { imageTag: tag } : { imageDigest: digest }
  const { images: [found] = [] } = await ecr.send(
    new BatchGetImageCommand({ registryId, repositoryName: repository, imageIds: [id] }),
  )
  return found && { registryId, repository, ...readManifest(found) }
}

function readManifest({ imageId, imageManifest = '{}' }: Image): Pick<InRegistry, 'digest' | 'manifest'> {
  return { digest: imageId?.imageDigest ?? '', manifest: JSON.parse(imageManifest) as Manifest }
}
