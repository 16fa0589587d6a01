import {
  BatchGetImageCommand,
  DescribeImagesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  type Image,
  type ImageIdentifier,
  ImageNotFoundException,
  RepositoryNotFoundException,
} from '@aws-sdk/client-ecr'
import * as z from 'zod'
import { type Digest, digest } from '../../domain/identity.ts'
import { type RollbackClaim, rollbackClaim } from '../../domain/image.ts'
import { once } from '../environment.ts'
import { asTransient } from '../failure.ts'

const client = once(() => new ECRClient({}))

const INDEX_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]
const MANIFEST_TYPES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** An index names a platform for each image that can run; attestations call theirs "unknown". */
const index = z.object({
  manifests: z.array(z.object({ digest, platform: z.object({ architecture: z.string() }).optional() })),
})

export interface FoundImage {
  digest: Digest
  /** Manifests of the platforms, where the digest is that of an index; else none. */
  platforms: Digest[]
  /** `<registry>/<repository>`. */
  uri: string
  /** The commit that its annotation `org.opencontainers.image.revision` claims. */
  revision?: string
}

/** What a tag or digest stands for now; undefined when there is no such repository, or no such image in it. */
export async function findImage(
  repository: string,
  by: { tag: string } | { digest: string },
): Promise<FoundImage | undefined> {
  const region = await client().config.region()
  const [image] = await batchGet(repository, 'tag' in by ? { imageTag: by.tag } : { imageDigest: by.digest })
  if (!image?.imageId?.imageDigest) return undefined
  const platforms = INDEX_TYPES.includes(image.imageManifestMediaType ?? '')
    ? index
        .parse(JSON.parse(image.imageManifest ?? ''))
        .manifests.filter(({ platform }) => platform?.architecture !== 'unknown')
        .map(manifest => manifest.digest)
    : []
  const revision = claimedRevision(image.imageManifest ?? '')
  return {
    digest: digest.parse(image.imageId.imageDigest),
    platforms,
    ...(revision !== undefined && { revision }),
    uri: `${image.registryId}.dkr.ecr.${region}.amazonaws.com/${repository}`,
  }
}

/** Annotations of an OCI index or manifest are free text: what is no text, or longer than any commit, is no claim. */
const annotated = z.object({
  annotations: z.object({ 'org.opencontainers.image.revision': z.string().min(1).max(100) }),
})

function claimedRevision(manifest: string): string | undefined {
  const parsed = annotated.safeParse(JSON.parse(manifest))
  return parsed.success ? parsed.data.annotations['org.opencontainers.image.revision'] : undefined
}

/** A manifest names its configuration, in which the labels are. Megabytes of it are nobody's labels. */
const configured = z.object({ config: z.object({ digest, size: z.number().max(1_000_000) }) })
const labelled = z.object({ config: z.object({ Labels: z.object({ 'sluice.rollback': rollbackClaim }) }) })

/**
 * What the image claims of the way back by its label `sluice.rollback`. Undefined: it claims nothing, or nothing that is
 * known, or its configuration cannot be had; none of these is a reason to release nothing.
 */
export async function claimedRollback(repository: string, image: FoundImage): Promise<RollbackClaim | undefined> {
  const [manifest] = await batchGet(repository, { imageDigest: image.platforms[0] ?? image.digest })
  const of = configured.safeParse(JSON.parse(manifest?.imageManifest ?? '{}'))
  const labels = of.success ? labelled.safeParse(await readBlob(repository, of.data.config.digest)) : undefined
  return labels?.success ? labels.data.config.Labels['sluice.rollback'] : undefined
}

const BLOB_WITHIN_MS = 4_000

async function readBlob(repository: string, blob: Digest): Promise<unknown> {
  const url = await addressOf(repository, blob)
  if (url === undefined) return undefined
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(BLOB_WITHIN_MS) })
    return answer.ok ? await answer.json() : undefined
  } catch {
    return undefined
  }
}

/** Where the blob can be fetched for a while; undefined where ECR does not say, which it may be asked again only if it was busy. */
async function addressOf(repositoryName: string, layerDigest: Digest): Promise<string | undefined> {
  try {
    return (await client().send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }))).downloadUrl
  } catch (error) {
    const known = asTransient(error)
    if (known.name === 'Transient') throw known
    return undefined
  }
}

async function batchGet(repositoryName: string, imageId: ImageIdentifier): Promise<Image[]> {
  try {
    const acceptedMediaTypes = [...INDEX_TYPES, ...MANIFEST_TYPES]
    const { images } = await client().send(
      new BatchGetImageCommand({ repositoryName, imageIds: [imageId], acceptedMediaTypes }),
    )
    return images ?? []
  } catch (error) {
    if (error instanceof RepositoryNotFoundException) return []
    throw error
  }
}

/** ACTIVE, ARCHIVED or ACTIVATING; undefined when the image is gone. An archived image cannot be pulled. */
export async function imageStatus(repository: string, imageDigest: string): Promise<string | undefined> {
  try {
    const { imageDetails } = await client().send(
      new DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageDigest }] }),
    )
    return imageDetails?.[0] && (imageDetails[0].imageStatus ?? 'ACTIVE')
  } catch (error) {
    if (error instanceof ImageNotFoundException || error instanceof RepositoryNotFoundException) return undefined
    throw error
  }
}
