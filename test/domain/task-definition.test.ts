import { describe, expect, test } from 'vitest'
import { withImages } from '../../domain/task-definition.ts'

describe('a new revision', () => {
  const sidecar = { name: 'proxy', image: 'proxy:1', essential: false }
  const base = { cpu: '256', containerDefinitions: [{ name: 'api', image: 'api:1', command: ['run'] }, sidecar] }

  test('changes the images of the named containers and nothing else [P2.5c]', () => {
    expect(withImages(base, { api: 'api@sha256:new' })).toEqual({
      kind: 'revision',
      definition: {
        cpu: '256',
        containerDefinitions: [{ name: 'api', image: 'api@sha256:new', command: ['run'] }, sidecar],
      },
    })
    expect(base.containerDefinitions[0]?.image).toBe('api:1')
  })

  test('is refused where the definition lacks a named container', () => {
    expect(withImages(base, { api: 'x', web: 'y' })).toEqual({ kind: 'no-container', container: 'web' })
    expect(withImages({}, { api: 'x' })).toEqual({ kind: 'no-container', container: 'api' })
  })
})
