import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const INDEX = 'application/vnd.oci.image.index.v1+json'
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar'
const PLATFORM = { architecture: 'amd64', os: 'linux' }

export interface Manifest {
  mediaType: string
  /** The sha256 of the bytes. */
  digest: string
  bytes: string
  /** Of an image manifest, what its config is. */
  artifactMediaType?: string
  /** Of an index, the manifests in it. */
  children: string[]
  /** What the layers weigh. */
  size: number
}

/**
 * What buildx makes of a folder: an image manifest for linux/amd64 and an index around it. Nothing in it depends on when
 * it was made, so the same content is the same image. Attestations are not made, as with `--provenance=false`.
 */
export function buildImage(folder: string): { child: Manifest; index: Manifest } {
  const layer = contentOf(folder)
  const config = JSON.stringify({ ...PLATFORM, config: {}, rootfs: { type: 'layers', diff_ids: [layer.digest] } })
  const child = manifest(MANIFEST, layer.size, [], {
    config: { mediaType: CONFIG, digest: sha256(config), size: Buffer.byteLength(config) },
    layers: [{ mediaType: LAYER, digest: layer.digest, size: layer.size }],
  })
  const index = manifest(INDEX, layer.size, [child.digest], {
    manifests: [
      { mediaType: MANIFEST, digest: child.digest, size: Buffer.byteLength(child.bytes), platform: PLATFORM },
    ],
  })
  return { child: { ...child, artifactMediaType: CONFIG }, index }
}

function manifest(mediaType: string, size: number, children: string[], body: object): Manifest {
  const bytes = JSON.stringify({ schemaVersion: 2, mediaType, ...body })
  return { mediaType, digest: sha256(bytes), bytes, children, size }
}

/** A digest over the files' relative paths and contents, in one order on every machine. */
function contentOf(folder: string): { digest: string; size: number } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
  const hash = createHash('sha256')
  let size = 0
  for (const file of files) {
    const content = readFileSync(file)
    hash.update(`${file.slice(folder.length)}\0${content.length}\0`).update(content)
    size += content.length
  }
  return { digest: `sha256:${hash.digest('hex')}`, size }
}

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
