import { describe, expect, test } from 'vitest'
import { atGate, queued, voided } from '../../domain/lock.ts'
import { atTheGate } from './gate.ts'
import { EXECUTION, planRelease, RELEASE } from './release.ts'
import { createWorld } from './world.ts'

async function planned() {
  const world = await createWorld()
  const release = await planRelease(world)
  const { handler } = await import('../../functions/close-release.ts')
  const { app, release: id, attempt } = release.held
  const closes = (over: object = {}) =>
    world.invoke(handler, {
      ...{ app, release: id, attempt, execution: EXECUTION, outcome: 'failed', reason: 'image is gone.' },
      ...over,
    })
  return { world, release, closes, end: () => release.records.readEnd(release.held) }
}

describe('the end of a release', () => {
  test('is written into the ledger with its outcome and its reason', async () => {
    const { world, closes, end } = await planned()
    expect(await closes()).toEqual({ outcome: 'failed', reason: 'image is gone' })
    expect(await end()).toEqual({ outcome: 'failed', reason: 'image is gone', at: world.now() })
  })

  test('is what was said first, however often it is closed [P8.1a]', async () => {
    const { closes, end } = await planned()
    await closes({ outcome: 'aborted', reason: 'stopped by hand' })
    expect(await closes({ outcome: 'released' })).toEqual({ outcome: 'aborted', reason: 'stopped by hand' })
    expect(await end()).toMatchObject({ outcome: 'aborted' })
  })

  test.each([
    [
      { errorType: 'PlanFailed', errorMessage: 'repository demo-api has no image', trace: [] },
      'repository demo-api has no image',
    ],
    [{ errorType: 'TypeError', errorMessage: 'x is undefined', trace: [] }, 'TypeError: x is undefined'],
    [
      { Error: 'States.TaskFailed', Cause: '{"errorType":"Transient","errorMessage":"Rate exceeded"}' },
      'Rate exceeded',
    ],
    [{ somethingElse: true }, '{"somethingElse":true}'],
  ])('is told as a sentence where Step Functions gives %j', async (cause, reason) => {
    const { closes } = await planned()
    expect(await closes({ reason: JSON.stringify(cause) })).toMatchObject({ reason })
  })

  test('takes it out of every queue, and leaves the others in them [P3.3d]', async () => {
    const { release, closes } = await planned()
    const wish = { holder: EXECUTION, release: RELEASE, attempt: 1, order: 5 }
    await release.changeLock(lock => {
      const standing = [wish, { ...wish, holder: 'another' }]
      return standing.reduce((all, one) => voided(atGate(queued(all, one), one), one.holder, 1), lock)
    })
    const wait = {
      resource: 'stage/demo/production',
      resources: [],
      token: 't',
      entered: '2026-11-20T09:00:00.000Z',
      retry: 0,
    }
    const waiter = (execution: string) => ({
      ...wait,
      ...{ entry: `${execution.split(':').at(-1)}#LockStage#production`, execution, functionArn: 'f', input: {} },
    })
    await release.records.remember(waiter(EXECUTION))
    await release.records.remember(waiter('arn:another'))
    await closes()
    const { waiters, gate, rounds } = await release.lock()
    expect([waiters, gate, rounds].map(queue => Object.keys(queue))).toEqual([['another'], ['another'], ['another']])
    const left = await release.records.waitersFor('stage/demo/production')
    expect(left.map(({ execution }) => execution)).toEqual(['arn:another'])
  })

  test('is written though the release was never planned', async () => {
    const { closes } = await planned()
    expect(await closes({ attempt: 2 })).toMatchObject({ outcome: 'failed' })
  })

  test('waits for the next try where the table throttles', async () => {
    const { world, closes, end } = await planned()
    world.services.faults.add({ service: 'dynamodb', does: 'throttle' })
    await expect(closes()).rejects.toMatchObject({ name: 'Transient' })
    expect(await end()).toBeUndefined()
    expect(await closes()).toMatchObject({ outcome: 'failed' })
  })

  test('is told with the sentence that stands in the ledger, and once', async () => {
    const { world, closes } = await planned()
    await closes()
    await closes({ outcome: 'released', reason: 'later word' })
    const [told, again] = world.told()
    expect(told).toMatchObject({
      id: `demo-${RELEASE}-1/release-ended`,
      about: { app: 'demo', release: RELEASE, attempt: 1, tag: 'v2' },
      transition: { kind: 'release-ended', outcome: 'failed', reason: 'image is gone' },
    })
    expect(again).toMatchObject({ id: told?.id, transition: told?.transition })
  })

  test('is the end of what people were still asked, and of their links, and they hear so', async () => {
    const gate = await atTheGate()
    await gate.begin()
    const { handler } = await import('../../functions/close-release.ts')
    const { stage: _, ...of } = gate.of
    await gate.world.invoke(handler, { ...of, execution: EXECUTION, outcome: 'failed', reason: 'it was stopped' })
    expect((await gate.asked()).end).toEqual({ kind: 'ended', because: 'it was stopped', at: gate.world.now() })
    expect((await gate.decides('Ana')).kind).toBe('ended')
    expect(await gate.waiters()).toEqual([])
    const [asked, taken, ended] = gate.world.told().map(({ transition }) => transition)
    expect([asked?.kind, ended?.kind]).toEqual(['approval-requested', 'release-ended'])
    const end = { kind: 'ended', because: 'it was stopped', at: gate.world.now() }
    expect(taken).toEqual({ kind: 'approval-ended', stage: 'production', round: 1, end })
  })
})
