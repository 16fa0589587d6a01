import { describe, expect, test } from 'vitest'
import { isImage, pinned, plannedImage } from '../../domain/image.ts'

describe('a planned image', () => {
  const planned = plannedImage.parse({
    name: 'api',
    repository: 'demo-api',
    uri: 'registry.example/demo-api',
    digest: `sha256:${'a'.repeat(64)}`,
    platforms: [`sha256:${'b'.repeat(64)}`],
  })

  test('is seen as its index or as one of its platforms, and as nothing else', () => {
    const seen = [planned.digest, planned.platforms[0], `sha256:${'c'.repeat(64)}`, undefined]
    expect(seen.map(one => isImage(planned, one))).toEqual([true, true, false, false])
  })

  test('is deployed by its digest', () => {
    expect(pinned(planned)).toBe(`registry.example/demo-api@sha256:${'a'.repeat(64)}`)
  })
})
