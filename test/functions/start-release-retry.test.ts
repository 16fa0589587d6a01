import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../domain/outcome.ts'
import { listening } from './pushes.ts'

const EXAMPLE = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../events/retry-request.json'), 'utf8'))
const STAGE = ['demo', 'production'] as const

/** An application whose `v2` was started once, by a push. */
async function started() {
  const made = await listening()
  const { world, records, hears, hearsRaw } = made
  world.push('v2', 'two')
  await hears()
  const [first] = await records.releasesOf('demo')
  if (!first) throw new Error('nothing was started')
  const of = { app: 'demo', release: first.release, attempt: 1 }
  await world.pass(60_000)
  return {
    ...made,
    first,
    ends: async (outcome: Outcome, attempt = 1) => {
      await records.recordEnd({ ...of, attempt }, { outcome, reason: 'as told', at: world.now() })
    },
    /** What start-release answers to a request for the next attempt. */
    asks: (id = 'one', detail: object = {}) =>
      hearsRaw({ ...EXAMPLE, id, detail: { app: 'demo', release: first.release, ...detail } }),
  }
}

const because = (text: unknown) => [{ app: 'demo', kind: 'refused', because: text }]

describe('a person who asks for a release again', () => {
  test('has the same digests, tag and order started, as the next attempt [P1.3d, P4.6a]', async () => {
    const { records, first, executions, ends, asks } = await started()
    await ends('failed')
    const [answer] = await asks('one', { reason: 'the freeze is over' })
    const [before, now] = await executions()
    const input = JSON.parse(before?.input ?? '{}')
    expect(now).toMatchObject({ name: `demo-${first.release}-2`, status: 'RUNNING' })
    expect(JSON.parse(now?.input ?? '{}')).toEqual({ ...input, attempt: 2 })
    const told = { app: 'demo', kind: 'started', release: first.release, attempt: 2 }
    expect(answer).toEqual({ ...told, executionArn: now?.executionArn })
    expect(await records.readRelease({ ...first, attempt: 2 })).toEqual({
      ...{ ...first, attempt: 2, retry: { request: 'one', reason: 'the freeze is over' } },
      started: { at: Number(now?.startDate), executionArn: now?.executionArn },
    })
  })

  test('gets one attempt though the request came twice', async () => {
    const { executions, ends, asks } = await started()
    await ends('failed')
    const [answer] = await asks()
    expect(await asks()).toEqual([answer])
    await ends('failed', 2)
    expect(await asks()).toEqual([answer])
    expect(await executions()).toHaveLength(2)
  })

  test('gets one attempt though two asked at once', async () => {
    const { executions, ends, asks } = await started()
    await ends('failed')
    const answers = await Promise.all([asks('one'), asks('two')])
    expect(answers.flat().map(({ kind }) => kind)).toContain('started')
    expect((await executions()).map(({ name }) => name?.at(-1))).toEqual(['1', '2'])
  })

  test('gets the attempt that was registered when its start was interrupted', async () => {
    const { world, records, first, executions, ends, asks } = await started()
    await ends('failed')
    world.services.faults.add({ service: 'states', operation: 'StartExecution', does: 'throttle' })
    await expect(asks()).rejects.toMatchObject({ name: 'Transient' })
    expect((await records.readRelease({ ...first, attempt: 2 }))?.started).toBeUndefined()
    expect(await asks('two')).toMatchObject([{ kind: 'started', attempt: 2 }])
    expect(await executions()).toHaveLength(2)
  })

  test('gets the next one after that', async () => {
    const { ends, asks } = await started()
    await ends('failed')
    await asks('one')
    await ends('rejected', 2)
    expect(await asks('two')).toMatchObject([{ kind: 'started', attempt: 3 }])
  })
})

describe('a release is not started again', () => {
  test('while an attempt of it is under way', async () => {
    const { executions, asks } = await started()
    expect(await asks()).toEqual(because(expect.stringMatching(/^attempt 1 of it is under way; .*sluice abort demo/)))
    expect(await executions()).toHaveLength(1)
  })

  test('once it is released', async () => {
    const { ends, asks, first } = await started()
    await ends('released')
    const command = `sluice rollback demo production --to ${first.release}`
    expect(await asks()).toEqual(because(expect.stringContaining(command)))
  })

  test('where a stage refuses it, until that is lifted [P6.4b]', async () => {
    const { world, records, first, ends, asks } = await started()
    await ends('rolled-back')
    const { release, tag } = first
    await records.putInQuarantine(...STAGE, { release, tag, reason: 'errors', at: world.now() })
    expect(await asks()).toEqual(because(expect.stringMatching(`sluice lift demo production ${release}$`)))
    await records.liftQuarantine(...STAGE, release)
    expect(await asks()).toMatchObject([{ kind: 'started', attempt: 2 }])
  })

  test('where nobody knows it, and those that are known are named', async () => {
    const { first, asks } = await started()
    expect(await asks('one', { release: '0123456789ab' })).toEqual(
      because(`release 0123456789ab is not known; the latest are ${first.release} (v2)`),
    )
  })

  test('where its application is not installed', async () => {
    const { asks } = await started()
    expect(await asks('one', { app: 'shop' })).toEqual([
      { app: 'shop', kind: 'refused', because: 'it is not installed; write one of demo' },
    ])
  })

  test('by what is no such request, which is logged', async () => {
    const { world, executions, ends, asks } = await started()
    await ends('failed')
    expect(await asks('one', { release: 'v2' })).toEqual([])
    expect(await executions()).toHaveLength(1)
    expect(world.logged.at(-1)).toMatchObject({ level: 'ERROR', message: 'malformed event: nothing started' })
  })
})

describe('a newer release', () => {
  /** `v3` was pushed and started after `v2` had failed. */
  async function overtaken() {
    const made = await started()
    const { world, records, hears, ends } = made
    await ends('failed')
    world.push('v3', 'broken')
    await hears({ tag: 'v3' })
    const newer = (await records.releasesOf('demo')).find(({ tag }) => tag === 'v3')
    if (!newer) throw new Error('v3 was not started')
    const end = () => records.recordEnd(newer, { outcome: 'rejected', reason: 'no', at: world.now() })
    return { ...made, newer, end }
  }

  test('that is on its way goes first, and is named [P1.3d]', async () => {
    const { newer, asks } = await overtaken()
    expect(await asks()).toEqual(because(expect.stringMatching(`^release ${newer.release} \\(v3\\) is newer`)))
  })

  test('that has had the lock of a stage went first, however it ended', async () => {
    const { records, newer, end, asks } = await overtaken()
    await records.changeLock(...STAGE, lock => ({ next: { ...lock, newest: newer.order } }))
    await end()
    expect(await asks()).toEqual(because(expect.stringContaining('would end superseded')))
  })

  test('that ended before it had any stage stands in nobody’s way', async () => {
    const { end, asks } = await overtaken()
    await end()
    expect(await asks()).toMatchObject([{ kind: 'started', attempt: 2 }])
  })
})
