import { describe, expect, test } from 'vitest'
import { atGate, freed, queued, taken } from '../../domain/lock.ts'
import type { QueueMode } from '../../domain/queue.ts'
import { type Asking, atTheGate } from './gate.ts'
import { NEWER, OLDER, underWayToo } from './others.ts'
import { EXECUTION, planRelease } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld } from './world.ts'

const STAGE = { stage: 'production' }
const lease = (fence: number) => ({ kind: 'done', output: { lease: { holder: EXECUTION, fence } } })
const superseded = (by: string) => ({
  ...{ kind: 'failed', error: 'Superseded', because: `release ${by} came first at production; nothing was changed` },
})

/** A release before the lock, the second of three: one was pushed before it, one will be pushed after it. */
async function secondAtTheLock(queue: QueueMode) {
  const world = await createWorld(file => Object.assign(file.trigger, { queue }))
  const release = await planRelease(world)
  const { handler } = await import('../../functions/lock-stage.ts')
  const { endRelease } = await import('../../functions/end-release.ts')
  const { lease: _, ...of } = release.held
  const { records, plan } = release
  const input = { ...of, order: plan.order }
  const announced: string[] = []
  world.services.events.putRule({ name: 'hears', pattern: { source: ['sluice'] }, targets: [] })
  world.services.events.faults = event => {
    announced.push(event['detail-type'])
    return 'drop'
  }
  const entry = await enter(world, handler, input)
  const older = await underWayToo(records, plan, { release: OLDER, later: -60_000 })
  const newer = await underWayToo(records, plan, { release: NEWER, later: 60_000 })
  const wish = ({ of, execution }: typeof older, later: number) => ({
    ...of,
    holder: execution,
    order: plan.order + later,
  })
  return {
    ...{ world, release, records, announced, older, newer, begin: entry.begin },
    olderWish: wish(older, -60_000),
    newerWish: wish(newer, 60_000),
    ends: (other: typeof older) =>
      endRelease({ ...other.of, execution: other.execution, outcome: 'rejected', reason: 'Ana rejected it' }),
    wakes: async () => {
      const [waiter] = await records.waitersFor('stage/demo/production')
      if (!waiter) throw new Error('nobody waits')
      return entry.check(waiter)
    },
  }
}

describe.each<QueueMode>(['queue', 'reject'])(
  'the second of three releases at the lock, where the plan says %s',
  mode => {
    test('waits for the first, which has not come there yet [P1.4f]', async () => {
      const { begin, release } = await secondAtTheLock(mode)
      expect(await begin()).toEqual({ kind: 'waits' })
      expect((await release.lock()).held).toBeUndefined()
    })

    test('has its turn when the first has released the stage, before the third that waits', async () => {
      const { begin, wakes, release, records, older, olderWish, newerWish } = await secondAtTheLock(mode)
      await release.changeLock(lock => queued(taken(lock, olderWish, 0), newerWish))
      await begin()
      await records.recordStageEnd({ ...older.of, ...STAGE }, { outcome: 'released', reason: 'it serves', at: 1 })
      expect(await wakes()).toEqual({ kind: 'waits' })
      await release.changeLock(freed)
      expect(await wakes()).toEqual(lease(2))
      expect((await release.lock()).waiters).toEqual({ [newerWish.holder]: { order: newerWish.order, release: NEWER } })
    })

    test('has its turn when the first has ended elsewhere, and hears of it', async () => {
      const { world, begin, wakes, ends, older, announced } = await secondAtTheLock(mode)
      await begin()
      announced.length = 0
      await ends(older)
      await world.pass(1_000)
      expect(announced).toEqual(['Release Left'])
      expect(await wakes()).toEqual(lease(1))
    })

    test('has its turn when the first has ended before it had a plan, and hears of it', async () => {
      const { world, release, records, begin, wakes, ends, older, announced } = await secondAtTheLock(mode)
      const { handler } = await import('../../functions/close-release.ts')
      await ends(older)
      const [unplanned, executionArn] = [{ ...older.of, attempt: 2 }, older.execution.replace(/1$/, '2')]
      await records.registerRelease({ ...unplanned, tag: 'v0', digests: release.plan.digests, order: 1 })
      await records.recordStarted(unplanned, { at: 1, executionArn })
      expect(await begin()).toEqual({ kind: 'waits' })
      announced.length = 0
      await world.invoke(handler, { ...unplanned, execution: executionArn, outcome: 'failed', reason: 'no image' })
      await world.pass(1_000)
      expect(announced).toEqual(['Release Left'])
      expect(await wakes()).toEqual(lease(1))
    })

    test('tells nobody that it has come, for that ends nobody', async () => {
      const { world, begin, release, olderWish, announced } = await secondAtTheLock(mode)
      await release.changeLock(lock => queued(lock, olderWish))
      await begin()
      await world.pass(1_000)
      expect(announced).toEqual([])
    })

    test('has its turn at the next heartbeat where that event was lost', async () => {
      const { begin, ends, older } = await secondAtTheLock(mode)
      await begin()
      await ends(older)
      expect(await begin({ retry: 1 })).toEqual(lease(1))
    })

    test('is not ended by the third that waits, but by the third that had the stage [P1.4c, P1.4f]', async () => {
      const { begin, release, newerWish } = await secondAtTheLock(mode)
      await release.changeLock(lock => queued(lock, newerWish))
      expect(await begin()).toEqual({ kind: 'waits' })
      await release.changeLock(lock => freed(taken(lock, newerWish, 0)))
      expect(await begin({ retry: 1 })).toEqual(superseded(NEWER))
      expect((await release.lock()).waiters).toEqual({})
    })

    test('waits for the first, though nobody wrote down that it had started', async () => {
      const { begin, ends, older, records, release } = await secondAtTheLock(mode)
      await ends(older)
      const unwritten = { ...older.of, attempt: 2, order: release.plan.order - 60_000 }
      await records.registerRelease({ ...unwritten, tag: 'v0', digests: release.plan.digests })
      await records.recordPlan({ ...release.plan, ...unwritten })
      expect(await begin()).toEqual({ kind: 'waits' })
    })

    test('waits for nobody who was registered and never ran', async () => {
      const { begin, ends, older, records, release } = await secondAtTheLock(mode)
      await ends(older)
      await records.registerRelease({ ...older.of, attempt: 2, tag: 'v0', digests: release.plan.digests, order: 1 })
      expect(await begin()).toEqual(lease(1))
    })
  },
)

describe('the second of three releases at the lock, where the newest goes on', () => {
  test('overtakes the first, and is ended by the third that waits', async () => {
    const { begin, release, olderWish, newerWish } = await secondAtTheLock('supersede')
    await release.changeLock(lock => queued(queued(lock, olderWish), newerWish))
    expect(await begin()).toEqual(superseded(NEWER))
  })

  test('overtakes the first, which hears that it is there', async () => {
    const { world, begin, release, olderWish, announced } = await secondAtTheLock('supersede')
    await release.changeLock(lock => queued(lock, olderWish))
    expect(await begin()).toEqual(lease(1))
    await world.pass(1_000)
    expect(announced).toEqual(['Release Arrived'])
  })

  test('announces nothing when it ends', async () => {
    const { world, ends, older, announced } = await secondAtTheLock('supersede')
    await ends(older)
    await world.pass(1_000)
    expect(announced).toEqual([])
  })
})

describe('the second of three releases at the gate', () => {
  async function secondAtTheGate(asking: Asking) {
    const gate = await atTheGate(asking)
    const { records, plan } = gate.release
    const older = await underWayToo(records, plan, { release: OLDER, later: -60_000 })
    await underWayToo(records, plan, { release: NEWER, later: 60_000 })
    await gate.release.changeLock(lock => atGate(lock, { ...gate.another(60_000), release: NEWER }))
    const { endRelease } = await import('../../functions/end-release.ts')
    const ends = () =>
      endRelease({ ...older.of, execution: older.execution, outcome: 'expired', reason: 'nobody decided' })
    return { ...gate, older, ends }
  }

  test('asks nobody, for as long as the first waits for an answer [P1.4f]', async () => {
    const { begin, wake, world, mailed } = await secondAtTheGate({ queue: 'queue' })
    expect(await begin()).toEqual({ kind: 'waits' })
    await world.pass(30 * 60_000)
    expect(await wake()).toEqual({ kind: 'waits' })
    expect(await mailed()).toEqual([])
  })

  test('asks its approvers once the first has ended, though the third stands there, too', async () => {
    const { begin, wake, ends, mailed, decides } = await secondAtTheGate({ queue: 'queue' })
    await begin()
    await ends()
    expect(await wake()).toEqual({ kind: 'waits' })
    expect(await mailed()).toEqual(['ana@demo.example', 'bo@demo.example'])
    await decides('Ana')
    expect(await wake()).toEqual({ kind: 'done', output: { kind: 'approved', round: 1 } })
  })

  test('tells nobody that it has come where that ends nobody', async () => {
    const { begin, release, another, world, announced } = await secondAtTheGate({ queue: 'queue' })
    await release.changeLock(lock => atGate(lock, { ...another(-60_000), release: OLDER }))
    await begin()
    await world.pass(1_000)
    expect(announced).toEqual([])
  })

  test('keeps what was asked when an older one turns up late: that one is waited for at the lock', async () => {
    const gate = await atTheGate({ queue: 'queue' })
    await gate.begin()
    await underWayToo(gate.release.records, gate.release.plan, { release: OLDER, later: -60_000 })
    await gate.decides('Ana')
    expect(await gate.wake()).toEqual({ kind: 'done', output: { kind: 'approved', round: 1 } })
  })

  test('ends at once where the newest goes on', async () => {
    const { begin } = await secondAtTheGate({ queue: 'supersede' })
    expect(await begin()).toEqual(superseded(NEWER))
  })
})

describe('whom a release waits for [P1.4h]', () => {
  async function seen(state: string, queue: QueueMode = 'queue') {
    const { release, records, olderWish } = await secondAtTheLock(queue)
    const { readTurn } = await import('../../functions/view/turn.ts')
    const entry = { ...release.plan, ...STAGE, started: { at: 1, executionArn: EXECUTION } }
    return { release, records, olderWish, look: () => readTurn(entry, state) }
  }

  test.each(['LockStage', 'RequestApproval'])('is told while it is in %s', async state => {
    const { look } = await seen(state)
    expect(await look()).toBe(`release ${OLDER} was pushed first and goes first`)
  })

  test('is told where the newest goes on, too', async () => {
    const { look, release, olderWish } = await seen('LockStage', 'supersede')
    await release.changeLock(lock => taken(lock, olderWish, 0))
    expect(await look()).toBe(`it belongs to release ${OLDER}`)
  })

  test('is nobody in another step, and once it goes on', async () => {
    expect(await (await seen('DeployNewVersion')).look()).toBeUndefined()
    expect(await (await seen('LockStage', 'supersede')).look()).toBeUndefined()
  })

  test('is nobody once the older one has left the stage', async () => {
    const { records, look } = await seen('LockStage')
    await records.recordStageEnd(
      { app: 'demo', release: OLDER, attempt: 1, ...STAGE },
      { outcome: 'released', reason: 'it serves', at: 1 },
    )
    expect(await look()).toBeUndefined()
  })
})
