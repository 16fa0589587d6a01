import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DescribeExecutionOutput, ListExecutionsOutput, StartExecutionOutput } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { blockedBy, freed, queued, takenOver } from '../../domain/lock.ts'
import { checkedRelease, RELEASE } from './release.ts'
import { createWorld } from './world.ts'

const EXAMPLE = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../events/execution-status-change.json'), 'utf8'),
)

async function abandoned() {
  const world = await createWorld()
  const release = await checkedRelease(world)
  const { handler } = await import('../../functions/clean-up.ts')
  const { app, attempt } = release.held
  const { states } = world.services

  /** An execution of the release or of the rollback machine, stopped if it is not to run. */
  const execution = async (machine: 'release' | 'rollback', goesOn: boolean, name = `demo-${RELEASE}-1`) => {
    const stateMachineArn = world.machines[machine]
    const { executionArn } = await world.ask<StartExecutionOutput>(states, 'StartExecution', { stateMachineArn, name })
    await world.nextToken()
    if (!goesOn) await world.ask(states, 'StopExecution', { executionArn })
    return executionArn ?? ''
  }
  const own = await execution('release', false)
  const holds = (holder: string) =>
    release.changeLock(lock => ({ ...lock, held: { holder, release: RELEASE, attempt: 1, since: world.now() } }))
  await holds(own)
  const hears = (over: object = {}) => {
    const input = JSON.stringify({ app, release: RELEASE, attempt })
    const detail = { ...EXAMPLE.detail, executionArn: own, name: `demo-${RELEASE}-1`, input, cause: 'by hand', ...over }
    return world.invoke(handler, { ...EXAMPLE, detail })
  }
  /** The same of a rollback that was handed the stage. */
  const hearsOfRollback = (executionArn: string, over: object, more: object = {}) => {
    const input = { ...release.held, reason: 'it answered 503', releaseExecution: own, ...over }
    const stateMachineArn = world.machines.rollback.replace(/:\d+$/, '')
    return hears({ executionArn, stateMachineArn, name: 'rollback-1', input: JSON.stringify(input), ...more })
  }
  const rollbacks = async () => {
    const { executions = [] } = await world.ask<ListExecutionsOutput>(states, 'ListExecutions', {
      stateMachineArn: world.machines.rollback,
    })
    const all = executions.map(({ executionArn }) =>
      world.ask<DescribeExecutionOutput>(states, 'DescribeExecution', { executionArn }),
    )
    return Promise.all(all)
  }
  return {
    world,
    release,
    own,
    execution,
    holds,
    hears,
    hearsOfRollback,
    rollbacks,
    end: () => release.records.readEnd(release.held),
  }
}

describe('a release that was stopped while it held a stage', () => {
  test('is settled by the rollback machine, with the lease that it had [P4.4c]', async () => {
    const { release, own, hears, rollbacks, end } = await abandoned()
    await hears()
    const [started, ...more] = await rollbacks()
    expect(more).toEqual([])
    expect(started?.name).toBe(`demo-${RELEASE}-1-production-1-c`)
    expect(JSON.parse(started?.input ?? '')).toEqual({
      ...release.held,
      lease: { holder: own, fence: 1 },
      cause: 'aborted',
      reason: `execution demo-${RELEASE}-1 was stopped: by hand`,
      releaseExecution: own,
    })
    // The rollback writes it, once it knows what the stage serves.
    expect(await end()).toBeUndefined()
    expect((await release.lock()).held?.holder).toBe(own)
  })

  test('is settled once, however often the event comes', async () => {
    const { hears, rollbacks } = await abandoned()
    await hears()
    await hears()
    expect(await rollbacks()).toHaveLength(1)
  })

  test('is blocked where the way back that was to take the stage over has ended without it', async () => {
    const { world, release, own, hears, rollbacks, end } = await abandoned()
    await hears()
    const [started] = await rollbacks()
    await world.nextToken()
    expect((await release.lock()).held?.holder).toBe(own)
    await world.ask(world.services.states, 'StopExecution', { executionArn: started?.executionArn })
    await hears()
    expect(await rollbacks()).toHaveLength(1)
    expect(await release.lock()).toMatchObject({ blocked: { release: RELEASE } })
    expect((await release.lock()).held).toBeUndefined()
    expect(await end()).toMatchObject({ outcome: 'rollback-failed' })
  })

  test.each([
    ['FAILED', 'ended'],
    ['TIMED_OUT', 'ran out of time'],
    ['ABORTED', 'was stopped'],
  ])('is told apart: %s [P4.4a]', async (status, words) => {
    const { hears, rollbacks } = await abandoned()
    await hears({ status, cause: null })
    const [started] = await rollbacks()
    expect(JSON.parse(started?.input ?? '').reason).toBe(`execution demo-${RELEASE}-1 ${words}`)
  })

  test('is left to the rollback that has taken the stage over and runs', async () => {
    const { world, release, execution, hears, rollbacks, end } = await abandoned()
    const holder = await execution('rollback', true, 'rollback-1')
    await release.changeLock(lock => takenOver(lock, { ...release.held, holder }, world.now()))
    await hears()
    expect((await rollbacks()).map(({ name }) => name)).toEqual(['rollback-1'])
    expect(await end()).toBeUndefined()
  })

  test('is settled anew where the rollback that held the stage has ended from outside too', async () => {
    const { world, release, execution, hearsOfRollback, rollbacks } = await abandoned()
    const holder = await execution('rollback', false, 'rollback-1')
    await release.changeLock(lock => takenOver(lock, { ...release.held, holder }, world.now()))
    await hearsOfRollback(holder, { cause: 'failed' })
    const started = (await rollbacks()).find(({ name }) => name?.endsWith('-c'))
    expect(JSON.parse(started?.input ?? '').lease).toEqual({ holder, fence: 2 })
  })

  test('leaves a stage alone that another release holds', async () => {
    const { release, hears, rollbacks, end } = await abandoned()
    await release.changeLock(lock => ({
      ...lock,
      held: { holder: 'another', release: RELEASE, attempt: 2, since: 0 },
    }))
    await hears()
    expect(await rollbacks()).toEqual([])
    expect(await end()).toMatchObject({ outcome: 'aborted' })
    expect((await release.lock()).held?.holder).toBe('another')
  })
})

describe('a stage that is still held though it has come to its end', () => {
  test.each(['released', 'rolled-back', 'failed'] as const)('is freed after %s', async outcome => {
    const { release, hears, rollbacks, end } = await abandoned()
    await release.records.recordStageEnd(release.held, { outcome, reason: 'as it was', at: 1, stage: 'production' })
    await hears()
    expect((await release.lock()).held).toBeUndefined()
    expect((await release.lock()).blocked).toBeUndefined()
    expect(await rollbacks()).toEqual([])
    expect(await end()).toMatchObject({ outcome })
  })

  test('is freed, not taken back, where the release was released', async () => {
    const { release, hears, rollbacks, end } = await abandoned()
    await release.records.recordEnd(release.held, { outcome: 'released', reason: 'it serves', at: 1 })
    await hears({ status: 'SUCCEEDED' })
    expect((await release.lock()).held).toBeUndefined()
    expect(await rollbacks()).toEqual([])
    expect(await end()).toMatchObject({ outcome: 'released' })
  })

  test('is blocked after a rollback that could not be proven', async () => {
    const { release, hears } = await abandoned()
    const unproven = { outcome: 'rollback-failed', reason: 'two revisions run', at: 1, stage: 'production' } as const
    await release.records.recordStageEnd(release.held, unproven)
    await hears()
    expect(await release.lock()).toMatchObject({ blocked: { release: RELEASE, reason: 'two revisions run' } })
    expect((await release.lock()).held).toBeUndefined()
  })
})

test('a clean-up that is itself stopped blocks the stage: nobody knows what it serves', async () => {
  const { release, execution, hearsOfRollback, rollbacks, end } = await abandoned()
  const holder = await execution('rollback', false, 'rollback-1')
  await release.changeLock(lock => takenOver(lock, { ...release.held, holder }, 0))
  await hearsOfRollback(holder, { cause: 'aborted' })
  expect(await rollbacks()).toHaveLength(1)
  expect(await release.lock()).toMatchObject({ blocked: { reason: 'execution rollback-1 was stopped: by hand' } })
  expect(await end()).toMatchObject({ outcome: 'rollback-failed' })
})

describe('a release that held nothing', () => {
  test('is aborted, and stands in no queue', async () => {
    const { world, release, own, hears, rollbacks, end } = await abandoned()
    await release.changeLock(lock =>
      queued(freed(lock), { holder: own, release: RELEASE, attempt: 1, order: release.plan.order }),
    )
    await hears()
    expect(await rollbacks()).toEqual([])
    expect(await end()).toEqual({
      outcome: 'aborted',
      reason: `execution demo-${RELEASE}-1 was stopped: by hand`,
      at: world.now(),
    })
    expect((await release.lock()).waiters).toEqual({})
  })

  test('and has an end of its own is left as it is', async () => {
    const { release, hears, rollbacks, end } = await abandoned()
    await release.changeLock(freed)
    await release.records.recordEnd(release.held, { outcome: 'failed', reason: 'image is gone', at: 1 })
    await hears()
    expect(await rollbacks()).toEqual([])
    expect(await end()).toMatchObject({ outcome: 'failed', reason: 'image is gone' })
  })

  test('never frees a stage that is blocked [P4.4d]', async () => {
    const { release, hears, rollbacks } = await abandoned()
    await release.changeLock(lock => blockedBy(lock, release.held, 'two revisions run', 0))
    const lock = await release.lock()
    await hears()
    expect(await rollbacks()).toEqual([])
    expect(await release.lock()).toEqual(lock)
  })
})

test('a rollback that ends as not proven leaves the last word to the release that waits for it', async () => {
  const { release, execution, hearsOfRollback, rollbacks, end } = await abandoned()
  const running = await execution('release', true, 'release-1')
  const failed = await execution('rollback', false, 'rollback-1')
  await release.changeLock(lock => blockedBy(lock, release.held, 'two revisions run', 0))
  await hearsOfRollback(failed, { cause: 'failed', releaseExecution: running }, { status: 'FAILED' })
  expect(await end()).toBeUndefined()
  expect(await rollbacks()).toHaveLength(1)
})

describe('an event that says nothing of a release', () => {
  test.each([
    ['because it is none', { source: 'aws.states' }],
    ['because its input was left out', { ...EXAMPLE, detail: { ...EXAMPLE.detail, input: null } }],
    ['because its input is another’s', { ...EXAMPLE, detail: { ...EXAMPLE.detail, input: '{"app":"demo"}' } }],
  ])('%s is logged, and nothing is settled', async (_, event) => {
    const { world, rollbacks, end } = await abandoned()
    await world.invoke((await import('../../functions/clean-up.ts')).handler, event)
    expect(world.logged).toMatchObject([{ level: 'ERROR', message: 'malformed event: nothing settled' }])
    expect(await rollbacks()).toEqual([])
    expect(await end()).toBeUndefined()
  })
})

test('is Transient while Step Functions throttles, and the repetition settles', async () => {
  const { world, hears, rollbacks } = await abandoned()
  world.services.faults.add({ service: 'states', operation: 'StartExecution', does: 'throttle' })
  await expect(hears()).rejects.toMatchObject({ name: 'Transient' })
  expect(await rollbacks()).toEqual([])
  await hears()
  expect(await rollbacks()).toHaveLength(1)
})
