import { expect, test } from 'vitest'
import type { Environment } from '../../../rehearsal/aws/lambda/environment.ts'
import type { Version } from '../../../rehearsal/aws/lambda/functions.ts'
import { createPool } from '../../../rehearsal/aws/lambda/pool.ts'

/** A pool that keeps two environments of functions, and tells which functions it started anew. */
function pool() {
  const started: string[] = []
  const versions = new Map<string, Version>()
  const start = (version: Version): Environment => {
    let alive = true
    started.push(version.name)
    const ended = async () => {
      alive = false
    }
    const answered = () => Promise.reject(new Error('nobody asks it anything here'))
    return {
      version,
      logStream: '',
      alive: () => alive,
      isFree: () => true,
      invoke: answered,
      update() {},
      kill: ended,
    }
  }
  const all = createPool(start, 2)
  return {
    started,
    call(name: string) {
      const version = versions.get(name) ?? ({ name } as Version)
      versions.set(name, version)
      all.give(all.take(version))
    },
  }
}

test('a function that is called again is warm', () => {
  const { call, started } = pool()
  for (const name of ['wake', 'deploy', 'wake', 'deploy']) call(name)
  expect(started).toEqual(['wake', 'deploy'])
})

test('what is called most often stays warm, whatever is called between', () => {
  const { call, started } = pool()
  for (const name of ['wake', 'wake', 'lock', 'check', 'wake', 'deploy', 'wake']) call(name)
  expect(started.filter(name => name === 'wake')).toHaveLength(1)
})

test('of the others the longest unused ends first', () => {
  const { call, started } = pool()
  for (const name of ['wake', 'wake', 'lock', 'check', 'check', 'lock']) call(name)
  expect(started).toEqual(['wake', 'lock', 'check', 'lock'])
})
