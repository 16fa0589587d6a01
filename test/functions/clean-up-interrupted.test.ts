import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { StartExecutionOutput } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { newLinkId } from '../../functions/approval/links.ts'
import { checkedRelease, RELEASE } from './release.ts'
import { type ApplicationFile, createWorld } from './world.ts'

const json = (name: string) =>
  JSON.parse(readFileSync(resolve(import.meta.dirname, `../../events/${name}.json`), 'utf8'))
const EXAMPLE = json('execution-status-change')
const SCHEDULED = json('scheduled-event')

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
