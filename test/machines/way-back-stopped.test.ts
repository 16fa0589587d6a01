import { describe, expect, test } from 'vitest'
import { type Machines, REASON, STAGE, startMachines } from './machines.ts'

/** The clean-up that was started for the stage, once it has ended. */
async function cleanedUp({ world, ended, hears }: Machines) {
  const { executions = [] } = await world.ask<{ executions?: { name: string; executionArn: string }[] }>(
    world.services.states,
    'ListExecutions',
    { stateMachineArn: process.env.ROLLBACK_MACHINE },
  )
  const cleanUps = executions.filter(({ name }) => name.endsWith('-c'))
  expect(cleanUps).toHaveLength(1)
  const end = await ended(cleanUps[0]?.executionArn ?? '')
  await hears(end.arn)
  return end
}

describe('a person’s rollback that is stopped', () => {
  test('before it took the stage leaves no request behind', async () => {
    const { push, request, stop, ended, reaches, records, serves } = await startMachines()
    const v2 = await push('v2')
    await reaches('release/DeployNewVersion')
    await stop(await request())
    expect(await records.readLock('demo', 'production')).not.toHaveProperty('rollbackRequested')
    expect(await ended(v2.arn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await serves()).toBe('v2')
  })

  test('after it took the stage is finished by a clean-up, to what the person chose', async () => {
    const machines = await startMachines()
    const { release, ask, stop, reaches, serves, records, world } = machines
    const tags = ['v2', 'v3', 'v4']
    for (const tag of tags) await release(tag)
    const asked = await ask({ ...STAGE, reason: REASON, to: 'v2' })
    await reaches('RestorePrevious')
    await stop(asked)
    expect(await cleanedUp(machines)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'aborted' } })
    expect(await serves()).toBe('v2')
    expect(await records.readLock('demo', 'production')).not.toHaveProperty('held')
    expect((await records.readHistory('demo', 'production')).at(-1)).toMatchObject({ kind: 'restored', tag: 'v2' })
    expect((await records.quarantined('demo', 'production')).map(({ tag }) => tag)).toEqual(['v4'])
    const name = asked.slice(asked.lastIndexOf(':') + 1)
    const about = world.told().filter(told => told.about.rollback === name)
    expect(new Set(about.map(({ id }) => id))).toEqual(
      new Set([`${name}/rolling-back/production`, `${name}/rollback-ended/production`]),
    )
    expect((await records.rollbacksOf('demo', 'production')).map(({ end }) => end?.outcome)).toEqual([
      ...['aborted', 'aborted'],
    ])
  })

  test('and whose clean-up is stopped too closes the stage, and people are told', async () => {
    const machines = await startMachines()
    const { release, ask, stop, reaches, records, world } = machines
    for (const tag of ['v2', 'v3']) await release(tag)
    const asked = await ask({ ...STAGE, reason: REASON })
    await reaches('RestorePrevious')
    await stop(asked)
    await reaches('RestorePrevious')
    const { held } = await records.readLock('demo', 'production')
    await stop(held?.holder ?? '')
    expect(await records.readLock('demo', 'production')).toMatchObject({
      ...{ blocked: { reason: expect.stringContaining('was stopped: by hand') } },
      lastRollback: { outcome: 'rollback-failed' },
    })
    expect(world.told().at(-1)).toMatchObject({
      about: { rollback: asked.slice(asked.lastIndexOf(':') + 1) },
      transition: { kind: 'rollback-ended', outcome: 'rollback-failed' },
    })
  })

  test('ends no release: the one that it takes back may still be on its way elsewhere', async () => {
    const approval = { approvers: [{ name: 'Ana', email: 'ana@demo.example' }] }
    const services = [{ service: 'demo-api-next', container: 'api', image: 'api', strategy: 'rolling' }]
    const machines = await startMachines(file => {
      file.stages.push(Object.assign({ name: 'next', cluster: 'next', services, smoke: [] }, { approval }))
    })
    const { push, ask, stop, reaches, records } = machines
    const v2 = await push('v2')
    await reaches('release/RequestApproval')
    const asked = await ask({ ...STAGE, reason: REASON })
    await reaches('RestorePrevious')
    await stop(asked)
    expect(await cleanedUp(machines)).toMatchObject({ output: { outcome: 'aborted' } })
    expect(await records.readEnd(v2)).toBeUndefined()
    expect(Object.keys((await records.readLock('demo', 'next')).gate)).toEqual([v2.arn])
  })
})

test('a release whose own rollback is stopped ends as aborted, once a clean-up has taken it back', async () => {
  const machines = await startMachines()
  const { release, push, calling, ended, stop, hears, reaches, serves, records, world } = machines
  await release('v2')
  calling('release/RunSmokeTests', () => {
    throw new Error('the tests could not run')
  })
  const v3 = await push('v3')
  await reaches('rollback/RestorePrevious')
  await stop((await records.readLock('demo', 'production')).held?.holder ?? '')
  expect(await ended(v3.arn)).toMatchObject({ status: 'FAILED', error: 'unsettled' })
  await hears(v3.arn)
  expect(await cleanedUp(machines)).toMatchObject({ output: { outcome: 'aborted' } })
  expect(await serves()).toBe('v2')
  expect(await records.readEnd(v3)).toMatchObject({ outcome: 'aborted', stage: 'production' })
  expect(await records.readLock('demo', 'production')).not.toHaveProperty('held')
  const ends = world.told().filter(({ transition }) => transition.kind === 'release-ended')
  expect(ends.filter(({ about }) => about.tag === 'v3')).toMatchObject([{ transition: { outcome: 'aborted' } }])
})

test('a rollback that had ended but could not free the stage frees it, and whoever waits learns how it ended', async () => {
  const machines = await startMachines()
  const { release, ask, stop, reaches, records, world, serves } = machines
  for (const tag of ['v2', 'v3']) await release(tag)
  const first = await ask({ ...STAGE, reason: REASON })
  await reaches('RestorePrevious')
  const second = await ask({ ...STAGE, reason: 'me too' })
  await world.until('it is closed', async () => {
    const [one] = await records.rollbacksOf('demo', 'production')
    return one?.end !== undefined
  })
  const name = first.slice(first.lastIndexOf(':') + 1)
  const [entry] = (await records.rollbacksOf('demo', 'production')).filter(each => each.name === name)
  await records.changeLock('demo', 'production', ({ lastRollback: _, ...lock }) => ({
    next: entry && { ...lock, held: { holder: first, release: entry.release, attempt: 1, since: 0, rollback: true } },
  }))
  await stop(first).catch(() => machines.hears(first))
  expect(await records.readLock('demo', 'production')).toMatchObject({ lastRollback: { outcome: 'rolled-back' } })
  expect(await machines.ended(second)).toMatchObject({ output: { outcome: 'rolled-back' } })
  expect(await serves()).toBe('v2')
})

test('a stage whose rollback could not even be begun is closed, and its release is not called released', async () => {
  const { calling, push, ended, records, world } = await startMachines()
  calling('release/RunSmokeTests', () => {
    throw new Error('the tests could not run')
  })
  calling('rollback/TakeLease', () => {
    throw new Error('the function has no memory left')
  })
  const v2 = await push('v2')
  expect(await ended(v2.arn)).toMatchObject({ error: 'rollback-failed' })
  expect(await records.readLock('demo', 'production')).toMatchObject({
    blocked: { reason: expect.stringContaining('the function has no memory left') },
  })
  expect(await records.readHistory('demo', 'production')).toMatchObject([{ kind: 'unproven', tag: 'v2' }])
  expect(world.told().map(({ transition }) => transition.kind)).not.toContain('stage-released')
})
