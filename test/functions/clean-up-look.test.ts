import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { StartExecutionOutput } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { type AttemptOf, executionName, releaseId } from '../../domain/identity.ts'
import { atGate, blockedBy, freed, queued, takenOver, withRequest } from '../../domain/lock.ts'
import { REASON, STAGE, startMachines } from '../machines/machines.ts'
import { loadRecords } from './release.ts'
import { createWorld } from './world.ts'

const SCHEDULED = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../events/scheduled-event.json'), 'utf8'))

/** A release under way, and what looks for those that have ended; no event tells of any. */
async function underWay() {
  const machines = await startMachines()
  const { world, records } = machines
  const { handler } = await import('../../functions/clean-up.ts')
  const of = await machines.push('v2')
  await records.recordStarted(of, { at: world.now(), executionArn: of.arn })
  const lock = () => records.readLock(STAGE.app, STAGE.stage)
  return {
    ...machines,
    of,
    lock,
    changeLock: (change: Parameters<typeof records.changeLock>[2]) =>
      records.changeLock(STAGE.app, STAGE.stage, change),
    looks: () => world.invoke(handler, SCHEDULED),
    stopped: (executionArn: string) =>
      world.ask(world.services.states, 'StopExecution', { executionArn, cause: 'by hand' }),
    /** An execution of the rollback machine that a person asked for in vain, for it has ended. */
    async stoppedRollback() {
      const { executionArn = '' } = await world.ask<StartExecutionOutput>(world.services.states, 'StartExecution', {
        stateMachineArn: process.env.ROLLBACK_MACHINE,
        input: JSON.stringify({ ...STAGE, reason: REASON }),
      })
      await world.ask(world.services.states, 'StopExecution', { executionArn })
      return executionArn
    },
    end: () => records.readEnd(of),
  }
}

const order = 1

describe('a look for what has ended', () => {
  test('leaves a release alone that goes on', async () => {
    const { looks, reaches, lock, of, end, items } = await underWay()
    await reaches('DeployNewVersion')
    const before = await items()
    await looks()
    expect(await end()).toBeUndefined()
    expect((await lock()).held?.holder).toBe(of.arn)
    expect(await items()).toEqual(before)
  })

  test('has the stage taken back that a stopped release holds, and its end written [P4.4b, P4.4c]', async () => {
    const { world, looks, reaches, stopped, lock, of, end, cleanedUp, serves } = await underWay()
    await reaches('DeployNewVersion')
    await stopped(of.arn)
    await looks()
    await looks()
    await world.until('the stage is free', async () => !(await lock()).held)
    await cleanedUp()
    expect(await end()).toMatchObject({ outcome: 'aborted', reason: expect.stringContaining('was stopped: by hand') })
    expect(await serves()).toBe('v1')
  })

  test('finishes what it was that a clean-up was stopped at: nobody knows what the stage serves', async () => {
    const { world, looks, reaches, stopped, lock, of, end } = await underWay()
    await reaches('DeployNewVersion')
    await stopped(of.arn)
    await looks()
    await world.until('the clean-up has the stage', async () => (await lock()).held?.rollback === true)
    await stopped((await lock()).held?.holder ?? '')
    await looks()
    expect(await lock()).toMatchObject({ blocked: { release: of.release } })
    expect((await lock()).held).toBeUndefined()
    expect(await end()).toMatchObject({ outcome: 'rollback-failed' })
  })

  test('writes the end of a release that was stopped before it had anything [P4.4b]', async () => {
    const { looks, stopped, of, end } = await underWay()
    await stopped(of.arn)
    await looks()
    expect(await end()).toMatchObject({ outcome: 'aborted' })
  })

  test('never frees a stage that is blocked [P4.4d]', async () => {
    const { looks, reaches, stopped, changeLock, lock, of } = await underWay()
    await reaches('DeployNewVersion')
    await stopped(of.arn)
    await changeLock(held => ({ next: blockedBy(held, of, 'two revisions run', 0) }))
    const before = await lock()
    await looks()
    expect(await lock()).toEqual(before)
  })

  test('takes back the request of a person whose rollback has ended', async () => {
    const { looks, reaches, stoppedRollback, changeLock, lock, of } = await underWay()
    await reaches('DeployNewVersion')
    const by = await stoppedRollback()
    await changeLock(held => ({ next: withRequest(held, { reason: REASON, at: 0, by }) }))
    await looks()
    expect((await lock()).rollbackRequested).toBeUndefined()
    expect((await lock()).held?.holder).toBe(of.arn)
  })

  test('takes those out of the queues who have ended, though the ledger has their end', async () => {
    const { records, looks, reaches, stopped, changeLock, lock, of } = await underWay()
    await reaches('DeployNewVersion')
    const holder = of.arn
    await stopped(holder)
    await records.recordEnd(of, { outcome: 'aborted', reason: 'by hand', at: 1 })
    await changeLock(held => ({
      next: atGate(queued(freed(held), { ...of, holder, order }), { ...of, holder, order }),
    }))
    await looks()
    const { waiters, gate } = await lock()
    expect({ waiters, gate }).toEqual({ waiters: {}, gate: {} })
  })

  test('forgets what an execution waited for that has ended, wherever that was [P3.3d]', async () => {
    const { world, looks, reaches, stopped, of, items } = await underWay()
    const waits = async () => (await items()).filter(item => item.includes('"WAIT#'))
    await reaches('DeployNewVersion')
    await world.until('it waits', async () => (await waits()).length > 1)
    await stopped(of.arn)
    await looks()
    expect((await waits()).filter(item => item.includes(`"execution":{"S":"${of.arn}"}`))).toEqual([])
  })

  test('settles the others, too, where one cannot be settled, and rings', async () => {
    const { world, looks, reaches, stopped, lock, of } = await underWay()
    await reaches('DeployNewVersion')
    await stopped(of.arn)
    world.services.faults.add({ service: 'states', operation: 'StartExecution', does: 'throttle' })
    await expect(looks()).rejects.toMatchObject({ name: 'Transient' })
    expect((await lock()).held?.holder).toBe(of.arn)
    await looks()
    await world.until('the clean-up has the stage', async () => (await lock()).held?.holder !== of.arn)
  })

  test('ends a release of which Step Functions has forgotten the execution', async () => {
    const { records, looks, of, end, changeLock } = await underWay()
    const attempt = { ...of, attempt: 2 }
    await records.registerRelease({ ...attempt, tag: 'v2', digests: {}, order })
    await records.recordStarted(attempt, { at: 1, executionArn: of.arn.replace(/-1$/, '-2') })
    await changeLock(lock => ({ next: takenOver(freed(lock), { ...of, holder: of.arn }, 0) }))
    await looks()
    expect(await records.readEnd(attempt)).toMatchObject({
      outcome: 'aborted',
      reason: expect.stringContaining('does not know it any more'),
    })
    expect(await end()).toBeUndefined()
  })
})

describe('where one execution cannot be read, a look', () => {
  /** Two releases whose executions were stopped before they had anything; of the first one read, Step Functions says nothing. */
  async function unreadable() {
    const world = await createWorld()
    const records = await loadRecords()
    const { handler } = await import('../../functions/clean-up.ts')
    const { states, faults } = world.services
    const releases: (AttemptOf & { arn: string })[] = []
    for (const release of ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'].map(id => releaseId.parse(id))) {
      const of = { app: 'demo', release, attempt: 1 }
      const { executionArn: arn = '' } = await world.ask<StartExecutionOutput>(states, 'StartExecution', {
        ...{ stateMachineArn: world.machines.release, name: executionName(of), input: JSON.stringify(of) },
      })
      await world.nextToken()
      await world.ask(states, 'StopExecution', { executionArn: arn })
      releases.push({ ...of, arn })
    }
    faults.add({ service: 'states', operation: 'DescribeExecution', does: 'throttle' })
    return { records, releases, looks: () => world.invoke(handler, SCHEDULED) }
  }

  test('settles the others, and rings [P4.4b]', async () => {
    const { records, releases, looks } = await unreadable()
    for (const of of releases) {
      await records.registerRelease({ ...of, tag: 'v2', digests: {}, order })
      await records.recordStarted(of, { at: 1, executionArn: of.arn })
    }
    const ends = async () => (await Promise.all(releases.map(records.readEnd))).map(end => end?.outcome)
    await expect(looks()).rejects.toMatchObject({ name: 'Transient' })
    expect(await ends()).toEqual([undefined, 'aborted'])
    await looks()
    expect(await ends()).toEqual(['aborted', 'aborted'])
  })

  test('forgets what the others waited for, and rings [P3.3d]', async () => {
    const { records, releases, looks } = await unreadable()
    const resource = 'stage/demo/production'
    for (const { arn: execution, ...of } of releases)
      await records.remember({
        ...{
          resource,
          resources: [],
          token: of.release,
          entry: `${executionName(of)}#LockStage#production`,
          execution,
        },
        ...{ entered: '2026-11-20T09:00:00.000Z', retry: 0, functionArn: 'f', input: {} },
      })
    const waiting = async () => (await records.waitersFor(resource)).length
    await expect(looks()).rejects.toMatchObject({ name: 'Transient' })
    expect(await waiting()).toBe(1)
    await looks()
    expect(await waiting()).toBe(0)
  })
})
