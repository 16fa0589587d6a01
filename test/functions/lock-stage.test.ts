import type { StartExecutionOutput } from '@aws-sdk/client-sfn'
import { describe, expect, test } from 'vitest'
import { releaseId } from '../../domain/identity.ts'
import {
  blockedBy,
  freed,
  type LockWish,
  lock as lockSchema,
  queued,
  taken,
  withoutRequest,
  withRequest,
} from '../../domain/lock.ts'
import { EXECUTION, planRelease, RELEASE } from './release.ts'
import { enter } from './waiting.ts'
import { createWorld } from './world.ts'

const OTHER = releaseId.parse('bbbbbbbbbbbb')

async function atTheLock() {
  const world = await createWorld()
  const release = await planRelease(world)
  const { handler } = await import('../../functions/lock-stage.ts')
  const { lease: _, ...of } = release.held
  const input = { ...of, order: world.now() }
  const another: LockWish = { holder: 'another', release: OTHER, attempt: 1, order: world.now() - 60_000 }
  const announced: unknown[] = []
  world.services.events.putRule({ name: 'hears', pattern: { source: ['sluice'] }, targets: [] })
  world.services.events.faults = event => {
    announced.push(event.detail)
    return 'drop'
  }
  const waiters = () => release.records.waitersFor('stage/demo/production')
  return { world, release, handler, input, another, announced, waiters, ...(await enter(world, handler, input)) }
}

const lease = (fence: number) => ({ kind: 'done', output: { lease: { holder: EXECUTION, fence } } })

describe('a stage that nobody holds', () => {
  test('is taken, under a fence that nobody had before [P2.3c]', async () => {
    const { world, release, begin, waiters } = await atTheLock()
    await release.changeLock(lock => ({ ...lock, fence: 6 }))
    expect(await begin()).toEqual(lease(7))
    expect(await release.lock()).toMatchObject({
      fence: 7,
      held: { holder: EXECUTION, release: RELEASE, attempt: 1, since: world.now() },
      newest: world.now(),
    })
    expect(await waiters()).toEqual([])
  })

  test('is taken once, however often the step is repeated', async () => {
    const { world, release, handler, input, begin } = await atTheLock()
    await begin()
    const lock = await release.lock()
    const again = await enter(world, handler, input)
    expect(await again.begin({ retry: 1 })).toEqual(lease(1))
    expect(await release.lock()).toEqual(lock)
  })
})

describe('a stage that an older release holds', () => {
  async function held() {
    const made = await atTheLock()
    await made.release.changeLock(() => taken(lockSchema.parse({}), made.another, 0))
    return made
  }

  test('is waited for in its queue', async () => {
    const { release, begin, waiters, another, input } = await held()
    expect(await begin()).toEqual({ kind: 'waits' })
    expect((await release.lock()).waiters).toEqual({ [EXECUTION]: { order: input.order, release: RELEASE } })
    expect((await release.lock()).held?.holder).toBe(another.holder)
    expect(await waiters()).toHaveLength(1)
  })

  test('is taken by who is woken when it is free, who then leaves the queue [P2.3d]', async () => {
    const { release, begin, check, waiters } = await held()
    await begin()
    await release.changeLock(freed)
    const [waiter] = await waiters()
    if (!waiter) throw new Error('nobody waits')
    expect(await check(waiter)).toEqual(lease(2))
    expect((await release.lock()).waiters).toEqual({})
    expect(await waiters()).toEqual([])
  })

  test('is waited for on, by who is woken too early', async () => {
    const { begin, check, waiters } = await held()
    await begin()
    const [waiter] = await waiters()
    if (!waiter) throw new Error('nobody waits')
    expect(await check(waiter)).toEqual({ kind: 'waits' })
    expect(await waiters()).toHaveLength(1)
  })

  test('is taken at the next heartbeat where the event was lost [P2.3d]', async () => {
    const { release, begin } = await held()
    await begin()
    await release.changeLock(freed)
    expect(await begin({ retry: 1 })).toEqual(lease(2))
  })

  test('goes to a rollback that was asked for first, though it is free [P4.2b, P4.2c]', async () => {
    const { release, begin, check, waiters } = await held()
    await release.changeLock(lock => withRequest(freed(lock), { reason: 'errors', at: 0, by: 'a rollback' }))
    expect(await begin()).toEqual({ kind: 'waits' })
    expect((await release.lock()).held).toBeUndefined()
    await release.changeLock(withoutRequest)
    const [waiter] = await waiters()
    if (!waiter) throw new Error('nobody waits')
    expect(await check(waiter)).toEqual(lease(2))
  })

  test('is told to the older ones that wait for it: they will not have it any more', async () => {
    const { release, begin, another, announced, world } = await held()
    await begin()
    expect(announced).toEqual([])
    await release.changeLock(lock => queued(lock, { ...another, holder: 'a third' }))
    await begin({ retry: 1 })
    await world.pass(1_000)
    expect(announced).toEqual([{ app: 'demo', stage: 'production' }])
  })
})

describe('a release that is not to have the stage', () => {
  test('is superseded by a newer one that waits, and leaves the queue [P1.4d, P1.4e]', async () => {
    const { world, release, begin, another, waiters } = await atTheLock()
    await release.changeLock(() => taken(lockSchema.parse({}), another, 0))
    await begin()
    await release.changeLock(lock => queued(lock, { ...another, holder: 'newer', order: world.now() + 1 }))
    expect(await begin({ retry: 1 })).toEqual({
      kind: 'failed',
      error: 'Superseded',
      because: `release ${OTHER} came first at production; nothing was changed`,
    })
    expect(Object.keys((await release.lock()).waiters)).toEqual(['newer'])
    expect(await waiters()).toEqual([])
  })

  test('is superseded by a newer one that had it before [P1.4c]', async () => {
    const { world, release, begin } = await atTheLock()
    await release.changeLock(lock => ({ ...lock, newest: world.now() + 1 }))
    expect(await begin()).toMatchObject({ kind: 'failed', error: 'Superseded' })
    expect((await release.lock()).held).toBeUndefined()
  })

  test('ends at once where the stage is blocked, and is told what to type [P4.5b]', async () => {
    const { release, begin, another } = await atTheLock()
    await release.changeLock(lock => blockedBy(lock, another, 'two revisions run.', 0))
    expect(await begin()).toEqual({
      kind: 'failed',
      error: 'StageBlocked',
      because:
        `production of demo is blocked since the rollback of release ${OTHER} failed: two revisions run. ` +
        'When you have looked: sluice unlock demo production',
    })
    expect((await release.lock()).blocked?.release).toBe(OTHER)
  })
})

test('two releases that want the stage at once: one has it, the other waits for it', async () => {
  const { world, release, handler, input, begin } = await atTheLock()
  const later = { ...input, release: OTHER, order: input.order + 1 }
  const other = await enter(world, handler, later, EXECUTION.replace(RELEASE, OTHER))
  const standings = await Promise.all([begin(), other.begin()])
  expect(standings.map(({ kind }) => kind).toSorted()).toEqual(['done', 'waits'])
  expect((await release.lock()).fence).toBe(1)
})

test('a release that was stopped before it stood in the queue leaves no trace there', async () => {
  const { release, begin, another, waiters, input } = await atTheLock()
  await release.changeLock(() => taken(lockSchema.parse({}), another, 0))
  await release.records.recordEnd(input, { outcome: 'aborted', reason: 'stopped by hand', at: 0 })
  expect(await begin()).toMatchObject({ kind: 'failed', error: 'Refused' })
  expect((await release.lock()).waiters).toEqual({})
  expect(await waiters()).toEqual([])
})

test('a throttled table fails the invocation as Transient, and the lock stays as it was', async () => {
  const { world, release, begin } = await atTheLock()
  world.services.faults.add({ service: 'dynamodb', does: 'throttle' })
  await expect(begin()).rejects.toMatchObject({ name: 'Transient' })
  expect((await release.lock()).held).toBeUndefined()
  expect(await begin()).toEqual(lease(1))
})

test('a stage that is taken for an execution which has ended meanwhile is given back', async () => {
  const { world, release, handler, input, announced } = await atTheLock()
  const { states } = world.services
  const { executionArn = '' } = await world.ask<StartExecutionOutput>(states, 'StartExecution', {
    stateMachineArn: world.machines.release,
  })
  await world.nextToken()
  const { begin } = await enter(world, handler, input, executionArn)
  await world.pass(3_600_000)
  await begin()
  expect(await release.lock()).toMatchObject({ fence: 1 })
  expect((await release.lock()).held).toBeUndefined()
  await world.pass(1_000)
  expect(announced).toContainEqual({ app: 'demo', stage: 'production' })
})
