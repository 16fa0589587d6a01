/** The part of a task definition that a new revision changes. */
interface WithContainers {
  containerDefinitions?: { name?: string | undefined; image?: string | undefined }[] | undefined
}

export type NewRevision<T> = { kind: 'revision'; definition: T } | { kind: 'no-container'; container: string }

/** The same definition with the named containers' images replaced; nothing else is touched. */
export function withImages<T extends WithContainers>(base: T, images: Record<string, string>): NewRevision<T> {
  const present = new Set(base.containerDefinitions?.map(container => container.name))
  const absent = Object.keys(images).find(container => !present.has(container))
  if (absent !== undefined) return { kind: 'no-container', container: absent }
  return {
    kind: 'revision',
    definition: {
      ...base,
      containerDefinitions: base.containerDefinitions?.map(container => ({
        ...container,
        image: images[container.name ?? ''] ?? container.image,
      })),
    },
  }
}

/** The image by this digest, whatever it was named by: `registry/repository:tag` becomes `registry/repository@sha256:…`. */
export function pinnedTo(image: string, digest: string): string {
  const [named = ''] = image.split('@')
  return `${named.replace(/:[^:/]+$/, '')}@${digest}`
}
