import { describe, expect, test } from 'vitest'
import { roundOf, taken } from '../../domain/lock.ts'
import { atTheGate, changeStage, failsAt } from './gate.ts'
import { EXECUTION, RELEASE } from './release.ts'

const READY = { kind: 'ready', services: 1 }
const VOID = { kind: 'void', services: 0 }

/** A release that Ana has let into production, and that holds its lock now. */
async function approvedRelease() {
  const gate = await atTheGate()
  const { world, release, input } = gate
  await gate.begin()
  await gate.decides('Ana')
  await gate.wake()
  const takes = () => release.changeLock(lock => taken(lock, { ...input, holder: EXECUTION }, world.now()))
  await takes()
  const { handler } = await import('../../functions/check-preconditions.ts')
  const checks = async (round = 1) => {
    const { fence } = await release.lock()
    return world.invoke(handler, { ...release.held, lease: { holder: EXECUTION, fence }, round })
  }
  return { ...gate, takes, checks, before: () => release.records.readBefore(release.held) }
}

/** The same, once the stage is no longer what Ana was asked about. */
async function changedRelease() {
  const made = await approvedRelease()
  await changeStage(made.world)
  return made
}

test('a stage that is what was approved takes the release', async () => {
  const { release, checks, before, asked } = await approvedRelease()
  expect(await checks()).toEqual(READY)
  expect(await before()).toBeDefined()
  expect((await asked()).end?.kind).toBe('approved')
  expect((await release.lock()).held?.holder).toBe(EXECUTION)
})

test('a stage that has been checked stays so, though it changes after', async () => {
  const { world, checks } = await approvedRelease()
  await checks()
  await changeStage(world)
  expect(await checks()).toEqual(READY)
})

describe('a stage that has changed since it was approved', () => {
  test('is left as it is: the lock is free, its next round is due, and whoever waits is told [P2.4c]', async () => {
    const { world, release, checks, before, asked, announced } = await changedRelease()
    await world.pass(1_000)
    announced.length = 0
    expect(await checks()).toEqual(VOID)
    const lock = await release.lock()
    expect(lock.held).toBeUndefined()
    expect(roundOf(lock, EXECUTION)).toBe(2)
    expect((await asked()).end).toMatchObject({ kind: 'void', because: 'production has changed since it was approved' })
    expect(await before()).toBeUndefined()
    expect(world.told().map(({ transition }) => transition.kind)).not.toContain('stage-started')
    await world.pass(1_000)
    expect(announced).toEqual(['Lock Freed'])
  })

  test('is asked about again, and taken once that is approved [P2.4d]', async () => {
    const { world, release, checks, takes, enters, decides, waiters } = await changedRelease()
    await checks()
    const again = await enters()
    expect(await again.begin()).toEqual({ kind: 'waits' })
    await decides('Bo', 'approve', { round: 2 })
    const [waiter] = await waiters()
    if (!waiter) throw new Error('nobody waits')
    expect(await again.check(waiter)).toEqual({ kind: 'done', output: { kind: 'approved', round: 2 } })
    await takes()
    expect(await checks(2)).toEqual(READY)
    expect((await release.lock()).held?.release).toBe(RELEASE)
    expect(world.told().map(({ transition }) => transition.kind)).toContain('stage-started')
  })

  test('is said to be void however often the check is repeated, and whoever holds the lock by then keeps it [P2.4e]', async () => {
    const { release, another, checks } = await changedRelease()
    await checks()
    await release.changeLock(lock => taken(lock, another(1), 0))
    const lock = await release.lock()
    expect(await checks()).toEqual(VOID)
    expect(await release.lock()).toEqual(lock)
  })

  test('keeps lock and round together: an interruption before the write leaves both, as it was [P2.4c]', async () => {
    const { world, release, checks, asked } = await changedRelease()
    const lock = await release.lock()
    failsAt(world, 'dynamodb', 'PutItem', 1)
    await expect(checks()).rejects.toMatchObject({ name: 'Transient' })
    expect(await release.lock()).toEqual(lock)
    expect((await asked()).end?.kind).toBe('approved')
    expect(await checks()).toEqual(VOID)
  })

  test('is void all the same after an interruption between the lock and the record, which is made good [P2.4c]', async () => {
    const { world, release, checks, asked, announced } = await changedRelease()
    failsAt(world, 'dynamodb', 'PutItem', 2)
    await expect(checks()).rejects.toMatchObject({ name: 'Transient' })
    expect((await release.lock()).held).toBeUndefined()
    expect((await asked()).end?.kind).toBe('approved')
    await world.pass(1_000)
    announced.length = 0
    expect(await checks()).toEqual(VOID)
    expect((await asked()).end?.kind).toBe('void')
    expect(roundOf(await release.lock(), EXECUTION)).toBe(2)
    await world.pass(1_000)
    expect(announced).toEqual(['Lock Freed'])
  })

  test('is not given up by who has lost it', async () => {
    const { release, checks, asked } = await changedRelease()
    await release.loseLease()
    await expect(checks()).rejects.toMatchObject({ name: 'LeaseLost' })
    expect((await release.lock()).held?.holder).toBe('another')
    expect((await asked()).end?.kind).toBe('approved')
  })

  test('goes back rather than to its approvers, where a rollback was asked for', async () => {
    const { release, checks } = await changedRelease()
    await release.requestRollback('errors since noon')
    await expect(checks()).rejects.toMatchObject({ name: 'RollbackRequested' })
    expect((await release.lock()).held?.holder).toBe(EXECUTION)
  })
})
