import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { StartExecutionOutput } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { closing, takenOver } from '../../domain/lock.ts'
import { newLinkId } from '../../functions/approval/links.ts'
import { checkedRelease, RELEASE } from './release.ts'
import { type ApplicationFile, createWorld } from './world.ts'

const json = (name: string) =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, `../../events/${name}.json`), 'utf8'))
const EXAMPLE = json('execution-status-change')
const SCHEDULED = json('scheduled-event')
const DISTRIBUTION = 'E1A2B3C4D5E6F7'

/** A release whose execution was stopped while it held the stage, and what settles it. */
async function stopped(change?: (file: ApplicationFile) => void) {
  const world = await createWorld(change)
  const release = await checkedRelease(world)
  const { records, held } = release
  const { handler } = await import('../../functions/clean-up.ts')
  const { states, faults } = world.services

  const stoppedExecution = async (machine: 'release' | 'rollback', name: string) => {
    const stateMachineArn = world.machines[machine]
    const { executionArn = '' } = await world.ask<StartExecutionOutput>(states, 'StartExecution', {
      ...{ stateMachineArn, name },
      input: JSON.stringify({ app: held.app, release: held.release, attempt: held.attempt }),
    })
    await world.nextToken()
    await world.ask(states, 'StopExecution', { executionArn })
    return executionArn
  }
  const own = await stoppedExecution('release', `demo-${RELEASE}-1`)
  await records.recordStarted(held, { at: world.now(), executionArn: own })
  const holds = (holder: string) =>
    release.changeLock(lock => (lock.held ? { ...lock, held: { ...lock.held, holder } } : lock))
  await holds(own)
  return {
    ...{ world, release, stoppedExecution, own },
    hears: (over: object = {}) => {
      const input = JSON.stringify({ app: held.app, release: held.release, attempt: held.attempt })
      const detail = { ...EXAMPLE.detail, executionArn: own, name: `demo-${RELEASE}-1`, input, cause: 'by hand' }
      return world.invoke(handler, { ...EXAMPLE, detail: { ...detail, ...over } })
    },
    looks: () => world.invoke(handler, SCHEDULED),
    /** Whoever makes the n-th such write is cut as soon as it has happened. */
    cutAfter(operation: 'PutItem' | 'UpdateItem', n: number) {
      let writes = 0
      faults.add({ service: 'dynamodb', operation, does: 'lose-answer', principal: () => ++writes === n })
    },
    /** Of each message that people were sent, the id, in order. */
    heard: () => [...new Set(world.told().map(({ id }) => id))],
  }
}

describe('a release that ends with a clean-up which is cut short', () => {
  /** It waits to be approved, and holds nothing. */
  async function asking() {
    const approvers = [{ name: 'Ana', email: 'ana@demo.example' }]
    const made = await stopped(file => Object.assign(file.stages[0] ?? {}, { approval: { approvers } }))
    const { world, release } = made
    const { stage, app, attempt } = release.held
    await release.changeLock(({ held: _, ...lock }) => lock)
    const { records } = release
    const of = { app, stage, attempt, release: RELEASE }
    await records.recordApproval({
      ...{ ...of, round: 1, question: { ...of, tag: 'v2', services: [] }, hash: 'h', required: 1, decisions: [] },
      ...{ askedAt: world.now(), expiresAt: world.now() + 86_400_000 },
      approvers: [{ name: 'Ana', email: 'ana@demo.example', link: newLinkId() }],
    })
    return { ...made, open: async () => (await records.approvalsOf(of)).filter(({ end }) => !end) }
  }
  const ENDED = [`demo-${RELEASE}-1/approval-ended/production/1`, `demo-${RELEASE}-1/release-ended`]
  /** The end, and the question. */
  const WRITES = [1, 2]

  test.each(WRITES)('is told by its repetition, and nobody is asked any more: after write %i', async n => {
    const { hears, cutAfter, heard, open } = await asking()
    cutAfter('PutItem', n)
    await expect(hears()).rejects.toThrow()
    expect(heard()).toEqual([])
    await hears()
    expect(heard()).toEqual(ENDED)
    expect(await open()).toEqual([])
  })

  test.each(WRITES)('is told by the next look, and nobody is asked any more: after write %i [P4.4b]', async n => {
    const { hears, looks, cutAfter, heard, open } = await asking()
    cutAfter('PutItem', n)
    await expect(hears()).rejects.toThrow()
    await looks()
    expect(heard()).toEqual(ENDED)
    expect(await open()).toEqual([])
  })

  test('is told where CloseRelease was cut, and as that had it', async () => {
    const { world, own, hears, cutAfter, heard, release } = await asking()
    const { handler } = await import('../../functions/close-release.ts')
    const { app, attempt } = release.held
    cutAfter('PutItem', 1)
    const end = { outcome: 'rejected', reason: 'Ana said no' }
    const closes = world.invoke(handler, { app, release: RELEASE, attempt, execution: own, ...end })
    await expect(closes).rejects.toThrow()
    await hears()
    expect(heard()).toEqual(ENDED)
    expect(world.told().at(-1)).toMatchObject({ transition: end })
  })

  test('is told once: no repetition and no look comes back to it', async () => {
    const { world, hears, looks } = await asking()
    await hears()
    await hears()
    await looks()
    await looks()
    expect(world.told().map(({ id }) => id)).toEqual(ENDED)
  })
})

describe('a person’s rollback that fails with its clean-up', () => {
  async function failing() {
    const made = await stopped()
    const { world, release, stoppedExecution } = made
    const { app, stage, attempt } = release.held
    const name = 'rollback-1'
    const executionArn = await stoppedExecution('rollback', name)
    const back = { app, stage, attempt, release: RELEASE, tag: 'v2', reason: 'it is slow' }
    const chosen = { target: {}, to: 'v1', from: {}, at: 1, seen: {}, takesBack: true, asked: 'asked-1' }
    await release.records.recordRollback({ ...back, name, cause: 'aborted', at: 1, chosen }, 1)
    await release.changeLock(lock => takenOver(lock, { ...release.held, holder: executionArn }, world.now()))
    const input = { ...release.held, cause: 'aborted', reason: 'it is slow', releaseExecution: executionArn }
    const stateMachineArn = world.machines.rollback.replace(/:\d+$/, '')
    const detail = { executionArn, name, stateMachineArn, input: JSON.stringify(input) }
    return { ...made, hearsOfRollback: () => made.hears(detail) }
  }

  test('is told, though the clean-up was cut as soon as its end was written', async () => {
    const { world, release, cutAfter, hearsOfRollback } = await failing()
    cutAfter('UpdateItem', 1)
    await expect(hearsOfRollback()).rejects.toThrow()
    expect(world.told()).toEqual([])
    await hearsOfRollback()
    expect(world.told()).toMatchObject([
      { about: { rollback: 'asked-1' }, transition: { kind: 'rollback-ended', outcome: 'rollback-failed' } },
    ])
    expect(await release.lock()).toMatchObject({ blocked: { release: RELEASE } })
  })
})

describe('a released stage that a clean-up closes and is cut short at', () => {
  test('is told and has its caches cleared, though the clean-up was cut as soon as its lock was free [P2.6d]', async () => {
    const { world, release, hears, cutAfter, heard } = await stopped(file => {
      const after = [{ kind: 'cloudfront-invalidation', distribution: DISTRIBUTION, paths: ['/*'] }]
      Object.assign(file.stages[0] ?? {}, { after })
    })
    world.services.cloudFront.addDistribution(DISTRIBUTION)
    await release.changeLock(lock => closing(lock, { reason: 'it serves', at: world.now() }))
    // The ends of the stage and its history go before.
    cutAfter('PutItem', 3)
    await expect(hears()).rejects.toThrow()
    expect((await release.lock()).held).toBeUndefined()
    await hears()
    const about = `demo-${RELEASE}-1`
    expect(heard()).toEqual([
      ...[`${about}/stage-released/production`, expect.stringContaining(`${about}/trouble/production/`)],
      `${about}/release-ended`,
    ])
    expect(world.services.cloudFront.invalidations()).toMatchObject([{ distribution: DISTRIBUTION }])
  })
})
