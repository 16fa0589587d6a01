import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const INDEX = 'application/vnd.oci.image.index.v1+json'
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar'
const IN_TOTO = 'application/vnd.in-toto+json'
const PROVENANCE = 'https://slsa.dev/provenance/v0.2'
const UNKNOWN = { architecture: 'unknown', os: 'unknown' }
const PLATFORM = { architecture: 'amd64', os: 'linux' }

export interface Manifest {
  mediaType: string
  /** The sha256 of the bytes. */
  digest: string
  bytes: string
  /** Of an image manifest, what its config is. */
  artifactMediaType?: string
  /** Of an image manifest, what its config says; it is kept as layers are. */
  config?: { digest: string; bytes: string }
  /** Of an index, the manifests in it. */
  children: string[]
  /** What the layers weigh. */
  size: number
}

/**
 * What buildx makes of a folder: an image manifest for linux/amd64, with `provenance` also the attestation that buildx
 * adds by default, and an index around them. Nothing in it depends on when it was made: the same content is the same image.
 */
export function buildImage(folder: string, provenance: boolean): { children: Manifest[]; index: Manifest } {
  const layer = contentOf(folder)
  const annotations = texts(folder, 'annotations.json')
  const image = imageManifest({ mediaType: LAYER, ...layer }, PLATFORM, texts(folder, 'labels.json'))
  const children = provenance ? [image, attestationOf(image)] : [image]
  const index = manifest(INDEX, layer.size, {
    manifests: children.map(child => ({
      mediaType: MANIFEST,
      digest: child.digest,
      size: Buffer.byteLength(child.bytes),
      ...(child === image ? { platform: PLATFORM } : { annotations: referenceTo(image), platform: UNKNOWN }),
    })),
    ...(annotations && { annotations }),
  })
  return { children, index: { ...index, children: children.map(({ digest }) => digest) } }
}

/** What a Dockerfile's LABEL and buildx's `--annotation index:…` would have been given: JSON files of the folder. */
function texts(folder: string, name: 'labels.json' | 'annotations.json'): Record<string, string> | undefined {
  const file = join(folder, name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

function attestationOf({ digest }: Manifest): Manifest {
  const statement = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: PROVENANCE,
    subject: [{ name: 'image', digest: { sha256: digest.replace('sha256:', '') } }],
    predicate: {},
  })
  const annotations = { 'in-toto.io/predicate-type': PROVENANCE }
  const layer = { mediaType: IN_TOTO, digest: sha256(statement), size: Buffer.byteLength(statement), annotations }
  return imageManifest(layer, UNKNOWN)
}

function referenceTo({ digest }: Manifest): Record<string, string> {
  return { 'vnd.docker.reference.digest': digest, 'vnd.docker.reference.type': 'attestation-manifest' }
}

function imageManifest(
  layer: { mediaType: string; digest: string; size: number },
  platform: object,
  labels?: Record<string, string>,
): Manifest {
  const rootfs = { type: 'layers', diff_ids: [layer.digest] }
  const config = JSON.stringify({ ...platform, config: labels ? { Labels: labels } : {}, rootfs })
  const digest = sha256(config)
  const described = manifest(MANIFEST, layer.size, {
    config: { mediaType: CONFIG, digest, size: Buffer.byteLength(config) },
    layers: [layer],
  })
  return { ...described, artifactMediaType: CONFIG, config: { digest, bytes: config } }
}

function manifest(mediaType: string, size: number, body: object): Manifest {
  const bytes = JSON.stringify({ schemaVersion: 2, mediaType, ...body })
  return { mediaType, digest: sha256(bytes), bytes, children: [], size }
}

/** A digest over the files' relative paths and contents, in one order on every machine; a link to a file is that file. */
function contentOf(folder: string): { digest: string; size: number } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() || entry.isSymbolicLink())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
  const hash = createHash('sha256')
  let size = 0
  for (const file of files) {
    const content = readFileSync(file)
    hash.update(`${relative(folder, file)}\0${content.length}\0`).update(content)
    size += content.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, size }
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
