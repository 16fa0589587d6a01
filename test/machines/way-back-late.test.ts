import { describe, expect, test } from 'vitest'
import { type Machines, REASON, STAGE, startMachines } from './machines.ts'

const BACK = { status: 'SUCCEEDED', output: { outcome: 'rolled-back', reason: REASON } }

/** What a rollback left waiting at the stage is woken by an event that came late. */
async function wakes({ world, records }: Machines, rollback: string, left?: Awaited<ReturnType<typeof waitsOf>>) {
  const { handler } = await import('../../functions/take-lease.ts')
  for (const check of left ?? (await waitsOf({ records }, rollback))) await world.invoke(handler, { check })
}

const waitsOf = async ({ records }: Pick<Machines, 'records'>, rollback: string) =>
  (await records.waitersFor('stage/demo/production')).filter(({ execution }) => execution === rollback)

describe('a rollback that was stopped while it waited', () => {
  test('for a release takes nothing back when that has ended', async () => {
    const machines = await startMachines()
    const { release, push, request, reaches, stop, ended, records, serves, rollBack, world } = machines
    await release('v2')
    const v3 = await push('v3')
    await reaches('release/DeployNewVersion')
    const asked = await request()
    await world.pass(1_000)
    await stop(asked)
    expect(await waitsOf(machines, asked)).toEqual([])
    expect(await ended(v3.arn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await records.readLock('demo', 'production')).not.toHaveProperty('held')
    expect(await serves()).toBe('v3')
    expect(await rollBack()).toMatchObject(BACK)
  })

  test('asks nothing of a release any more, though it is woken', async () => {
    const machines = await startMachines()
    const { push, request, reaches, stop, ended, records, world } = machines
    const v2 = await push('v2')
    await reaches('release/DeployNewVersion')
    const asked = await request()
    await world.pass(1_000)
    const left = await waitsOf(machines, asked)
    await stop(asked)
    for (const wait of left) await records.remember(wait)
    await wakes(machines, asked, left)
    expect(await records.readLock('demo', 'production')).not.toHaveProperty('rollbackRequested')
    expect(await waitsOf(machines, asked)).toEqual([])
    expect(await ended(v2.arn)).toMatchObject({ status: 'SUCCEEDED' })
  })
})

describe('a rollback that was stopped while it took the stage', () => {
  test('leaves it free', async () => {
    const { release, ask, calling, records, world, rollBack, serves, stop } = await startMachines()
    for (const tag of ['v2', 'v3']) await release(tag)
    let [asked, stopped] = ['', false]
    calling('rollback/TakeLease', async () => {
      await stop(asked)
      stopped = true
    })
    asked = await ask({ ...STAGE, reason: REASON })
    await world.until('it is stopped', () => stopped)
    await world.pass(1_000)
    expect(await records.readLock('demo', 'production')).not.toHaveProperty('held')
    expect(await records.rollbacksOf('demo', 'production')).toEqual([])
    expect(await serves()).toBe('v3')
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
  })

  test('leaves it to what had left it half way, which the next one takes back', async () => {
    const { release, push, ask, calling, records, world, rollBack, serves } = await startMachines()
    await release('v2')
    let v3 = ''
    let [asked, stopped] = ['', false]
    calling('release/RunSmokeTests', () => world.ask(world.services.states, 'StopExecution', { executionArn: v3 }))
    v3 = (await push('v3')).arn
    await world.until('it serves', async () => (await serves()) === 'v3')
    await world.pass(300_000)
    calling('rollback/TakeLease', async () => {
      await world.ask(world.services.states, 'StopExecution', { executionArn: asked })
      stopped = true
    })
    asked = await ask({ ...STAGE, reason: REASON })
    await world.until('it is stopped', () => stopped)
    await world.pass(1_000)
    expect((await records.readLock('demo', 'production')).held).toMatchObject({ holder: v3 })
    expect(await rollBack()).toMatchObject(BACK)
    expect(await serves()).toBe('v2')
  })
})

test('a stage that a rollback holds which is no more is taken back by the next person', async () => {
  const { release, ask, calling, world, rollBack, serves, records } = await startMachines()
  for (const tag of ['v2', 'v3']) await release(tag)
  let first = ''
  calling('rollback/StopDeployments', () => world.ask(world.services.states, 'StopExecution', { executionArn: first }))
  first = await ask({ ...STAGE, reason: REASON })
  await world.until('it has the stage', async () => Boolean((await records.readLock('demo', 'production')).held))
  expect(await rollBack()).toMatchObject(BACK)
  expect(await serves()).toBe('v2')
  expect(await records.readLock('demo', 'production')).not.toHaveProperty('held')
})

test('a release that is stopped while a person takes one of its earlier stages back has its end', async () => {
  const approval = { approvers: [{ name: 'Ana', email: 'ana@demo.example' }] }
  const machines = await startMachines(file => {
    const [production] = file.stages
    const services = [{ service: 'demo-staging', container: 'api', image: 'api', strategy: 'rolling' }]
    file.stages = [{ ...production, name: 'staging', cluster: 'demo', services, smoke: [] }]
    if (production) file.stages.push(Object.assign(production, { approval }))
  })
  const { push, ask, reaches, stop, ended, records } = machines
  const v2 = await push('v2')
  await reaches('release/RequestApproval')
  const asked = await ask({ app: 'demo', stage: 'staging', reason: REASON })
  await reaches('rollback/RestorePrevious')
  await stop(v2.arn)
  expect(await records.readEnd(v2)).toMatchObject({ outcome: 'aborted' })
  expect((await records.readLock('demo', 'production')).gate).toEqual({})
  expect(await ended(asked)).toMatchObject(BACK)
  expect(await records.readEnd(v2)).toMatchObject({ outcome: 'aborted' })
})

test('a stage that its release was closing when that was stopped is not taken before that may be over', async () => {
  const { world, push, ask, calling, rollBack, reaches, records, serves } = await startMachines()
  let v2 = ''
  calling('release/CloseStage', async () => {
    const { held, fence } = await records.readLock('demo', 'production')
    const lease = { holder: v2, fence }
    if (held) await records.claimReleased({ app: 'demo', stage: 'production', ...held, lease }, 'it serves')
    await world.ask(world.services.states, 'StopExecution', { executionArn: v2 })
    throw new Error('the function has no memory left')
  })
  v2 = (await push('v2')).arn
  await world.until('it is stopped', async () => Boolean((await records.readLock('demo', 'production')).held?.released))
  await world.pass(1_000)
  await ask({ ...STAGE, reason: REASON })
  await reaches('rollback/TakeLease')
  await world.pass(1_000)
  expect((await records.readLock('demo', 'production')).held).toMatchObject({ holder: v2 })
  expect(await rollBack()).toMatchObject({ output: { outcome: 'rolled-back' } })
  expect(await serves()).toBe('v1')
})
