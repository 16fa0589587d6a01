import { describe, expect, test } from 'vitest'
import { atGate, blockedBy, freed, queued, taken } from '../../domain/lock.ts'
import { startMachines } from '../machines/machines.ts'
import { atTheGate, changeStage, failsAt, type Gate, OTHER, STAGE } from './gate.ts'
import { EXECUTION, RELEASE } from './release.ts'
import type { ApplicationFile } from './world.ts'

const approved = (round = 1) => ({ kind: 'done', output: { kind: 'approved', round } })
const VOID = { kind: 'done', output: { kind: 'void', round: 1 } }
const nobodyAsked = async ({ release, of, world }: Gate) => {
  expect(await release.records.approvalsOf(of)).toEqual([])
  expect(world.told()).toEqual([])
}

describe('a newer release', () => {
  const superseded = (because: string) => ({ kind: 'failed', error: 'Superseded', because })
  const byOther = superseded(`production: release ${OTHER} came first at production; nothing was changed`)

  test('at the gate supersedes the older one, whose links are dead [P1.4d, P1.4e]', async () => {
    const gate = await atTheGate()
    await gate.begin()
    await gate.release.changeLock(lock => atGate(lock, gate.another(1)))
    expect(await gate.wake()).toEqual(byOther)
    expect((await gate.decides('Ana')).kind).toBe('ended')
    expect(Object.keys((await gate.release.lock()).gate)).toEqual(['another'])
  })

  test('that took the lock supersedes the older one [P1.4c]', async () => {
    const gate = await atTheGate()
    await gate.begin()
    await gate.release.changeLock(lock => taken(lock, gate.another(1), 0))
    expect(await gate.wake()).toEqual(byOther)
  })

  test('does not take back what was approved before it came', async () => {
    const gate = await atTheGate()
    await gate.begin()
    await gate.decides('Ana')
    await gate.release.changeLock(lock => atGate(lock, gate.another(1)))
    expect(await gate.wake()).toEqual(approved())
  })

  test.each([
    ['at the gate', atGate],
    ['in the queue', queued],
  ])('tells an older one %s to look', async (_, stands) => {
    const gate = await atTheGate()
    await gate.release.changeLock(lock => stands(lock, gate.another(-1)))
    await gate.begin()
    await gate.world.pass(1_000)
    expect(gate.announced).toEqual(['Release Arrived'])
  })

  test('ends an older one that comes after it at once: nobody is asked', async () => {
    const gate = await atTheGate()
    await gate.release.changeLock(lock => atGate(lock, gate.another(1)))
    expect(await gate.begin()).toEqual(superseded(`release ${OTHER} came first at production; nothing was changed`))
    await nobodyAsked(gate)
    expect(Object.keys((await gate.release.lock()).gate)).toEqual(['another'])
  })
})

describe('a stage that cannot be asked about', () => {
  test('because it is blocked ends the release, which is told what to type [P4.5b]', async () => {
    const gate = await atTheGate()
    await gate.release.changeLock(lock => blockedBy(lock, gate.another(-1), 'two revisions run.', 0))
    expect(await gate.begin()).toEqual({
      kind: 'failed',
      error: 'StageBlocked',
      because:
        `production is blocked since the rollback of release ${OTHER} failed: two revisions run. ` +
        'When you have looked: sluice unlock demo production',
    })
    await nobodyAsked(gate)
  })

  test('because another release is changing it is asked about when that is over', async () => {
    const gate = await atTheGate()
    await gate.release.changeLock(lock => taken(lock, gate.another(-1), 0))
    expect(await gate.begin()).toEqual({ kind: 'waits' })
    await nobodyAsked(gate)
    await gate.world.pass(60_000)
    await gate.release.changeLock(freed)
    expect(await gate.wake()).toEqual({ kind: 'waits' })
    expect((await gate.asked()).askedAt).toBe(gate.world.now())
    expect(await gate.mailed()).toHaveLength(2)
  })

  test('is asked about once, though two hear at once that it is over', async () => {
    const gate = await atTheGate()
    await gate.release.changeLock(lock => taken(lock, gate.another(-1), 0))
    await gate.begin()
    await gate.release.changeLock(freed)
    await Promise.all([gate.wake(), gate.wake()])
    expect(await gate.mailed()).toEqual(['ana@demo.example', 'bo@demo.example'])
  })

  test('is asked about at the next heartbeat where a mail could not be sent', async () => {
    const gate = await atTheGate()
    await gate.release.changeLock(lock => taken(lock, gate.another(-1), 0))
    await gate.begin()
    await gate.release.changeLock(freed)
    failsAt(gate.world, 'sns', 'Publish', 1)
    expect(await gate.wake()).toEqual({ kind: 'waits' })
    expect(await gate.mailed()).toEqual(['bo@demo.example'])
    await gate.begin({ retry: 1 })
    expect(await gate.mailed()).toEqual(['bo@demo.example', 'ana@demo.example'])
  })

  test('for so long that its heartbeats would miss the end is waited for anew, without being asked twice', async () => {
    const gate = await atTheGate()
    await gate.release.changeLock(lock => taken(lock, gate.another(-1), 0))
    await gate.begin()
    await gate.world.pass(61_000)
    await gate.release.changeLock(freed)
    expect(await gate.wake()).toEqual({ kind: 'done', output: { kind: 'again', round: 1 } })
    expect(await (await gate.enters()).begin()).toEqual({ kind: 'waits' })
    expect(await gate.mailed()).toHaveLength(2)
  })

  test('because it is being changed is not said to have changed, until that is over', async () => {
    const gate = await atTheGate()
    await gate.begin()
    await gate.release.changeLock(lock => taken(lock, gate.another(-1), 0))
    await changeStage(gate.world)
    expect(await gate.wake()).toEqual({ kind: 'waits' })
    await gate.release.changeLock(freed)
    expect(await gate.wake()).toEqual(VOID)
  })
})

describe('a stage that changes while people think', () => {
  async function voided() {
    const gate = await atTheGate({ required: 2 })
    await gate.begin()
    await gate.decides('Ana')
    await changeStage(gate.world)
    expect(await gate.wake()).toEqual(VOID)
    return gate
  }

  test('makes the question void, and everybody hears why', async () => {
    const gate = await voided()
    const end = {
      ...{ kind: 'void', because: 'production has changed since the question was asked', at: gate.world.now() },
    }
    expect((await gate.asked()).end).toEqual(end)
    expect(gate.world.told().at(-1)?.transition).toEqual({
      ...{ kind: 'approval-ended', stage: 'production', round: 1, end },
    })
    expect(await gate.waiters()).toEqual([])
  })

  test('is asked about anew, with new links, and nothing that was said before counts [P2.2a]', async () => {
    const gate = await voided()
    const again = await gate.enters()
    expect(await again.begin()).toEqual({ kind: 'waits' })
    const [before, now] = [await gate.asked(1), await gate.asked(2)]
    expect(now.decisions).toEqual([])
    expect(now.question.services[0]?.differences).toEqual([
      { path: 'cpu', from: '256', to: '512' },
      { path: 'memory', from: '512', to: '1024' },
    ])
    const links = [...before.approvers, ...now.approvers].map(({ link }) => link)
    expect(new Set(links).size).toBe(4)
    expect(await gate.mailed()).toHaveLength(4)
    expect((await gate.decides('Bo', 'approve', { round: 1 })).kind).toBe('ended')
    await gate.decides('Ana', 'approve', { round: 2 })
    await gate.decides('Bo', 'approve', { round: 2 })
    const [waiter] = await gate.waiters()
    if (!waiter) throw new Error('nobody waits')
    expect(await again.check(waiter)).toEqual(approved(2))
  })

  test('keeps its place at the gate, so that an older release does not slip in', async () => {
    const gate = await voided()
    const older = await gate.enters({ release: OTHER, order: gate.input.order - 1 }, EXECUTION.replace(RELEASE, OTHER))
    expect(await older.begin()).toMatchObject({ kind: 'failed', error: 'Superseded' })
  })

  test('is found changed after the last approval, too: that is for the check under the lock', async () => {
    const gate = await atTheGate()
    await gate.begin()
    await gate.decides('Ana')
    await changeStage(gate.world)
    expect(await gate.wake()).toEqual(approved())
  })
})

describe('a release that is stopped', () => {
  const asksAna = (file: ApplicationFile) =>
    Object.assign(file.stages[0] ?? {}, { approval: { approvers: [{ name: 'Ana', email: 'ana@demo.example' }] } })

  test('before its people are asked asks nobody any more, and leaves no trace at the gate', async () => {
    const { calling, push, stop, world, records } = await startMachines(asksAna)
    let arn = ''
    let isStopped = false
    calling('release/RequestApproval', async () => {
      await stop(arn)
      isStopped = true
    })
    const v2 = await push('v2')
    arn = v2.arn
    await world.until('it is stopped', () => isStopped)
    await world.pass(5_000)
    expect(await records.approvalsOf({ ...v2, stage: 'production' })).toEqual([])
    expect(world.services.mailbox).toEqual([])
    expect((await records.readLock('demo', 'production')).gate).toEqual({})
    expect(await records.waitersFor(STAGE)).toEqual([])
  })

  test('while the question is made up takes it back', async () => {
    const gate = await atTheGate()
    const { endRelease } = await import('../../functions/end-release.ts')
    const { operations } = gate.world.services.ecs
    const { DescribeServices: describeServices } = operations
    operations.DescribeServices = async (input, caller) => {
      if (describeServices) operations.DescribeServices = describeServices
      await endRelease({ ...gate.of, execution: EXECUTION, outcome: 'aborted', reason: 'stopped by hand' })
      return describeServices?.(input, caller)
    }
    expect(await gate.begin()).toMatchObject({ kind: 'failed', error: 'Refused' })
    expect((await gate.asked()).end).toMatchObject({ kind: 'ended', because: 'stopped by hand' })
    expect(await gate.waiters()).toEqual([])
    const told = gate.world.told().map(({ transition }) => transition.kind)
    expect(told).toEqual(['approval-requested', 'approval-ended', 'release-ended'])
  })
})
