import { describe, expect, test } from 'vitest'
import { checkedRelease, EXECUTION, RELEASE } from './release.ts'
import { createWorld } from './world.ts'

async function held() {
  const world = await createWorld()
  const release = await checkedRelease(world)
  const { handler } = await import('../../functions/close-stage.ts')
  const announced: unknown[] = []
  world.services.events.putRule({ name: 'hears', pattern: { source: ['sluice'] }, targets: [] })
  world.services.events.faults = event => {
    announced.push(event.detail)
    return 'drop'
  }
  const input = {
    ...release.held,
    outcome: 'released',
    reason: 'the planned digests were seen running',
    trouble: '',
    executions: [EXECUTION],
    endsRelease: false,
  }
  const { serviceArn = '' } = await world.describe()
  return {
    world,
    release,
    serviceArn,
    announced,
    closes: (over: object = {}) => world.invoke(handler, { ...input, ...over }),
    stageEnd: () => release.records.readStageEnd(release.held),
    end: () => release.records.readEnd(release.held),
  }
}

describe('a stage that ends well', () => {
  test('has its end in the ledger, and its lock is free for whoever waits', async () => {
    const { world, release, announced, closes, stageEnd, end } = await held()
    const reason = 'the planned digests were seen running'
    expect(await closes()).toEqual({ outcome: 'released', reason })
    expect(await stageEnd()).toEqual({ outcome: 'released', reason, at: world.now(), stage: 'production' })
    expect(await end()).toBeUndefined()
    const lock = await release.lock()
    expect(lock).toMatchObject({ fence: 1, newest: release.plan.order, waiters: {}, gate: {}, rounds: {} })
    expect(lock).not.toHaveProperty('held')
    await world.pass(1_000)
    expect(announced).toEqual([{ app: 'demo', stage: 'production' }])
  })

  test('keeps its first end, however often it is closed, and never frees what somebody else holds', async () => {
    const { release, closes, stageEnd } = await held()
    await closes()
    await release.loseLease()
    expect(await closes({ outcome: 'rollback-failed', reason: 'late' })).toMatchObject({ outcome: 'released' })
    expect(await stageEnd()).toMatchObject({ outcome: 'released' })
    expect(await release.lock()).toMatchObject({ held: { holder: 'another' } })
    expect((await release.lock()).blocked).toBeUndefined()
  })

  test('leaves nothing of the release that waits, and leaves the others [P3.3d]', async () => {
    const { release, serviceArn, closes } = await held()
    const resources = [serviceArn, 'stage/demo/production']
    const wait = (resource: string, execution: string) => ({
      ...{ resource, resources, execution, entry: `${execution.split(':').at(-1)}#Step#production` },
      ...{ functionArn: 'f', token: 't', entered: '2026-11-20T09:00:00.000Z', retry: 0, input: {} },
    })
    for (const resource of resources)
      for (const execution of [EXECUTION, 'arn:another']) await release.records.remember(wait(resource, execution))
    await closes()
    for (const resource of resources)
      expect((await release.records.waitersFor(resource)).map(({ execution }) => execution)).toEqual(['arn:another'])
  })
})

describe('a stage that could not be proven', () => {
  test('is blocked, says what ECS knows, and what to type next [P4.5a]', async () => {
    const { release, closes } = await held()
    const closed = await closes({
      outcome: 'rollback-failed',
      reason: '{"errorType":"SmokeTestFailed","errorMessage":"production: /health answered 503"}',
      trouble: '{"errorType":"RollbackFailed","errorMessage":"ECS is slow."}',
    })
    const told =
      'production: /health answered 503. It could not be proven that production serves what it served before: ECS is slow. ' +
      "By ECS's record demo-api serves demo-api:1 with 1 running tasks."
    const next = 'When you have looked: sluice unlock demo production'
    expect(closed).toEqual({ outcome: 'rollback-failed', reason: `${told} ${next}` })
    const lock = await release.lock()
    expect(lock.held).toBeUndefined()
    expect(lock.blocked).toMatchObject({
      ...{ release: RELEASE, attempt: 1 },
      reason: closed.reason.replace(' When you have looked: sluice unlock demo production', ''),
    })
  })

  test('is blocked all the same where ECS cannot be asked', async () => {
    const { world, release, closes } = await held()
    world.services.faults.add({ service: 'ecs', does: 'throttle' })
    const { reason } = await closes({ outcome: 'rollback-failed', reason: 'ECS is slow' })
    expect(reason).toContain('What runs could not be read: Rate exceeded.')
    expect((await release.lock()).blocked).toBeDefined()
  })

  test('is not blocked by who has lost it [P4.1a]', async () => {
    const { release, closes } = await held()
    await release.loseLease()
    await expect(closes({ outcome: 'rollback-failed', reason: 'late' })).rejects.toMatchObject({ name: 'LeaseLost' })
    expect(await release.lock()).toMatchObject({ held: { holder: 'another' } })
    expect((await release.lock()).blocked).toBeUndefined()
  })
})

describe('a stage that was lost before it could be closed', () => {
  test.each(['released', 'rolled-back'])('is not said to be %s, nor written down as that', async outcome => {
    const { world, release, closes, stageEnd } = await held()
    await release.loseLease()
    await expect(closes({ outcome })).rejects.toMatchObject({ name: 'LeaseLost' })
    expect(await stageEnd()).toBeUndefined()
    expect(await release.records.readHistory('demo', 'production')).toEqual([])
    expect(world.told()).toEqual([])
  })
})

test('a stage that is being closed as released is so before anybody is told', async () => {
  const { world, release, closes } = await held()
  world.services.faults.add({ service: 'ecs', does: 'throttle' })
  await expect(closes()).rejects.toMatchObject({ name: 'Transient' })
  const released = { reason: 'the planned digests were seen running', at: world.now() }
  expect((await release.lock()).held).toMatchObject({ holder: EXECUTION, released })
})

test('the end of a release whose execution is gone is written with that of its stage', async () => {
  const { world, closes, end } = await held()
  await closes({ outcome: 'aborted', reason: 'stopped by hand', endsRelease: true })
  expect(await end()).toEqual({ outcome: 'aborted', reason: 'stopped by hand', at: world.now(), stage: 'production' })
})

test('a lock whose freedom could not be announced is free all the same', async () => {
  const { world, release, announced, closes } = await held()
  world.services.faults.add({ service: 'events', operation: 'PutEvents', does: 'throttle' })
  expect(await closes()).toMatchObject({ outcome: 'released' })
  expect((await release.lock()).held).toBeUndefined()
  await world.pass(1_000)
  expect(announced).toEqual([])
})

test('a lock that could not be freed at first is freed by the next try', async () => {
  const { world, release, closes } = await held()
  world.services.faults.add({ service: 'dynamodb', operation: 'PutItem', does: 'throttle' })
  await expect(closes()).rejects.toMatchObject({ name: 'Transient' })
  expect(await closes()).toMatchObject({ outcome: 'released' })
  expect((await release.lock()).held).toBeUndefined()
})
