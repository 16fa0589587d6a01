import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { QueueMode } from '../../domain/queue.ts'
import { OLDER } from './others.ts'
import { listening } from './pushes.ts'

const RETRY = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../events/retry-request.json'), 'utf8'))

/** An application that takes one release at a time, and whose `v2` is under way. */
async function underWay() {
  const made = await listening(file => Object.assign(file.trigger, { queue: 'reject', settle: '0s' }))
  const { world, records, hears } = made
  world.push('v2', 'two')
  await hears()
  const [first] = await records.releasesOf('demo')
  if (!first) throw new Error('nothing was started')
  await world.pass(60_000)
  return {
    ...made,
    first,
    /** A version that nobody has seen is pushed and heard of. */
    pushes: (tag: string) => {
      world.push(tag, 'broken')
      return hears({ tag })
    },
    ends: async () => {
      await records.recordEnd(first, { outcome: 'failed', reason: 'it does not start', at: world.now() })
      await world.pass(60_000)
    },
  }
}

const refused = (release: string, again: string, attempt = 1) => [
  {
    ...{ app: 'demo', kind: 'refused' },
    because:
      `release ${release} is under way, and demo takes one at a time (trigger.queue: reject); ` +
      `to see it: sluice watch demo ${release}-${attempt}; once it has ended: ${again}`,
  },
]

describe('a push while another release is under way', () => {
  test('starts nothing, and is told which one that is and what to type [P1.4g]', async () => {
    const { pushes, executions, records, first } = await underWay()
    expect(await pushes('v3')).toEqual(refused(first.release, 'sluice push demo v3'))
    expect(await executions()).toHaveLength(1)
    expect(await records.releasesOf('demo')).toHaveLength(1)
  })

  test('is not started later by its own event, that comes once more after the end [P1.4g]', async () => {
    const { world, pushes, hears, ends, executions } = await underWay()
    const at = world.now()
    await pushes('v3')
    await ends()
    expect(await hears({ tag: 'v3', at })).toEqual([
      { app: 'demo', kind: 'already-released', because: 'this push was answered before' },
    ])
    expect(await executions()).toHaveLength(1)
  })

  test('is started by another push once that has ended', async () => {
    const { pushes, hears, ends, executions } = await underWay()
    await pushes('v3')
    await ends()
    expect(await hears({ tag: 'v3' })).toMatchObject([{ kind: 'started', attempt: 1 }])
    expect(await executions()).toHaveLength(2)
  })

  test('is the same push heard twice: the release that it started is not in its own way', async () => {
    const { hears, world } = await underWay()
    expect(await hears({ at: world.now() - 60_000 })).toMatchObject([{ kind: 'already-released' }])
  })
})

describe('two pushes at once', () => {
  test('start one release, whichever of them: the other is refused', async () => {
    const { world, hears, executions } = await listening(file =>
      Object.assign(file.trigger, { queue: 'reject', settle: '0s' }),
    )
    world.push('v2', 'two')
    world.push('v3', 'broken')
    const answers = (await Promise.all([hears({ tag: 'v2' }), hears({ tag: 'v3' })])).flat()
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['refused', 'started'])
    expect(await executions()).toHaveLength(1)
  })

  test('of which one was interrupted before it was registered: the other waits until that could be repeated', async () => {
    const { world, records, hears, executions } = await listening(file =>
      Object.assign(file.trigger, { queue: 'reject', settle: '0s' }),
    )
    const { claim } = await import('../../functions/aws/one-at-a-time.ts')
    const of = { app: 'demo', release: OLDER, attempt: 1 }
    await claim(of, world.now())
    world.push('v3', 'broken')
    expect(await hears({ tag: 'v3' })).toMatchObject([{ kind: 'refused' }])
    expect(await records.releasesOf('demo')).toEqual([])
    await world.pass(5 * 60_000)
    expect(await hears({ tag: 'v3' })).toMatchObject([{ kind: 'started' }])
    expect(await executions()).toHaveLength(1)
  })
})

describe('a person who asks for a release again while another is under way', () => {
  test('is refused, and told what to type', async () => {
    const { world, records, pushes, hearsRaw, ends, executions, first } = await underWay()
    const asks = (id: string, release: string) => hearsRaw({ ...RETRY, id, detail: { app: 'demo', release } })
    await ends()
    await pushes('v3')
    const newer = (await records.releasesOf('demo')).find(({ tag }) => tag === 'v3')
    if (!newer) throw new Error('v3 was not started')
    await records.recordEnd(newer, { outcome: 'failed', reason: 'it cannot be planned', at: world.now() })
    expect(await asks('one', first.release)).toMatchObject([{ kind: 'started', attempt: 2 }])
    const again = `sluice retry demo ${newer.release}`
    expect(await asks('two', newer.release)).toEqual(refused(first.release, again, 2))
    expect(await executions()).toHaveLength(3)
    expect((await records.releasesOf('demo')).map(({ attempt }) => attempt).toSorted()).toEqual([1, 1, 2])
  })
})

describe('where each release has its turn', () => {
  async function olderFailed(queue: QueueMode) {
    const { world, records, hears, hearsRaw } = await listening(file => Object.assign(file.trigger, { queue }))
    world.push('v2', 'two')
    await hears()
    const [first] = await records.releasesOf('demo')
    if (!first) throw new Error('nothing was started')
    await records.recordEnd(first, { outcome: 'failed', reason: 'it does not start', at: world.now() })
    await world.pass(60_000)
    world.push('v3', 'broken')
    await hears({ tag: 'v3' })
    const took = () =>
      records.changeLock('demo', 'production', lock => ({ next: { ...lock, newest: world.now(), fence: 1 } }))
    return { took, asks: () => hearsRaw({ ...RETRY, id: 'one', detail: { app: 'demo', release: first.release } }) }
  }

  test('an older one is tried again before a newer one that waits', async () => {
    const { asks } = await olderFailed('queue')
    expect(await asks()).toMatchObject([{ kind: 'started', attempt: 2 }])
  })

  test('an older one is not tried again after a newer one that had the stage', async () => {
    const { asks, took } = await olderFailed('queue')
    await took()
    expect(await asks()).toMatchObject([{ kind: 'refused', because: expect.stringContaining('would end superseded') }])
  })

  test('which is not so where newer releases end older ones', async () => {
    const { asks } = await olderFailed('supersede')
    expect(await asks()).toMatchObject([{ kind: 'refused', because: expect.stringContaining('would end superseded') }])
  })
})

describe('where newer releases end older ones', () => {
  test('a push of the same second counts as newer than the one that was heard of before it [P1.4b]', async () => {
    const { world, records, hears } = await listening()
    const at = Math.floor(world.now() / 1_000) * 1_000
    world.push('v2', 'two')
    world.push('v3', 'broken')
    await hears({ tag: 'v2', at })
    await hears({ tag: 'v3', at })
    const orders = (await records.releasesOf('demo')).map(({ tag, order }) => [tag, order])
    expect(Object.fromEntries(orders)).toEqual({ v2: at, v3: at + 1 })
  })

  test('pushes of the same second each have their place, though all are heard of at once [P1.4b]', async () => {
    const { world, records, hears } = await listening()
    const at = Math.floor(world.now() / 1_000) * 1_000
    const contents = { v2: 'two', v3: 'broken', v4: 'sick' } as const
    for (const [tag, content] of Object.entries(contents)) world.push(tag, content)
    await Promise.all(Object.keys(contents).map(tag => hears({ tag, at })))
    const orders = (await records.releasesOf('demo')).map(({ order }) => order - at)
    expect(orders.toSorted()).toEqual([0, 1, 2])
  })
})
