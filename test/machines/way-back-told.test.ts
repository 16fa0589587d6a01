import { describe, expect, test } from 'vitest'
import type { ServedBy } from '../../domain/stage-history.ts'
import { type Machines, REASON, STAGE, startMachines } from './machines.ts'

/** What was told since the stage was last released, as often as it was. */
function toldOf({ world }: Machines): string[] {
  const all = world.told()
  const last = all.findLastIndex(({ transition }) => transition.kind === 'release-started')
  return all.slice(last).map(({ transition }) => transition.kind)
}

const SMOKE_FAILS = () => {
  throw new Error('the tests could not run')
}

describe('people are told of', () => {
  test('a release that is taken back by itself once when it turns, and once when it has ended [P6.5b]', async () => {
    const machines = await startMachines()
    machines.calling('release/RunSmokeTests', SMOKE_FAILS)
    await machines.release('v2')
    expect(toldOf(machines)).toEqual(['release-started', 'stage-started', 'rolling-back', 'release-ended'])
    const [turns, ends] = machines.world.told().slice(-2)
    expect(turns).toMatchObject({ transition: { reason: 'Error: the tests could not run' } })
    expect(ends).toMatchObject({ transition: { outcome: 'rolled-back', stage: 'production' } })
    expect([turns, ends].map(each => each?.about.rollback)).toEqual([undefined, undefined])
  })

  test('a release that a person takes back on its way, under its own name [P6.5b]', async () => {
    const machines = await startMachines()
    const { push, request, ended, reaches } = machines
    const v2 = await push('v2')
    await reaches('release/DeployNewVersion')
    await request()
    await ended(v2.arn)
    expect(toldOf(machines)).toEqual(['release-started', 'stage-started', 'rolling-back', 'release-ended'])
  })

  test('a person’s rollback under a name of its own, from its turn to its end [P6.5b]', async () => {
    const machines = await startMachines()
    await machines.release('v2')
    const { arn } = await machines.rollBack()
    expect(toldOf(machines).slice(-3)).toEqual(['release-ended', 'rolling-back', 'rollback-ended'])
    const name = arn.slice(arn.lastIndexOf(':') + 1)
    const [turns, ends] = machines.world.told().slice(-2)
    expect(turns).toMatchObject({
      about: { tag: 'v2', rollback: name },
      transition: { stage: STAGE.stage, reason: REASON },
    })
    expect(ends).toMatchObject({
      about: { tag: 'v2', rollback: name },
      transition: { stage: STAGE.stage, outcome: 'rolled-back', reason: REASON },
    })
  })

  test('a way back on which nothing had to go back by its end alone', async () => {
    const machines = await startMachines()
    machines.calling('release/CheckPreconditions', SMOKE_FAILS)
    await machines.release('v2')
    expect(toldOf(machines)).toEqual(['release-started', 'release-ended'])
  })
})

test('people are told that a stage goes back, though the first message was lost', async () => {
  const machines = await startMachines()
  const { calling, release, world } = machines
  calling('release/RunSmokeTests', SMOKE_FAILS)
  calling('rollback/StopDeployments', () =>
    world.services.faults.add({ service: 'sns', operation: 'Publish', does: 'throttle' }),
  )
  await release('v2')
  expect(toldOf(machines)).toEqual(['release-started', 'stage-started', 'rolling-back', 'release-ended'])
})

test('whoever goes back to a time before a service was there learns that it is left as it is', async () => {
  const { release, rollBack, serves, records, world } = await startMachines(file => {
    const [services] = file.stages.map(stage => stage.services)
    services?.push({ service: 'demo-web', container: 'api', image: 'api', strategy: 'rolling' })
  })
  for (const tag of ['v2', 'v3']) await release(tag)
  const [entry] = await records.readHistory('demo', 'production')
  const without = ({ 'demo-web': _, ...services }: ServedBy = {}) => services
  if (entry?.kind !== 'released') throw new Error('v2 is not in the history')
  const { put } = await import('../../functions/aws/dynamodb.ts')
  const item = { ...entry, before: without(entry.before), after: without(entry.after) }
  await put({ pk: 'STAGE#demo#production', sk: 'HISTORY#000000000001', ...item }, 'attribute_exists(pk)')
  const reason = `${REASON}; what was not there then is left as it is: demo-web`
  expect(await rollBack({ to: 'v2' })).toMatchObject({ output: { outcome: 'rolled-back', reason } })
  expect([await serves('demo-api'), await serves('demo-web')]).toEqual(['v2', 'v3'])
  expect(world.told().at(-1)).toMatchObject({ transition: { kind: 'rollback-ended', reason } })
})

test('a rollback goes on where nobody can be told [P7.1f]', async () => {
  const { release, rollBack, serves, world } = await startMachines()
  await release('v2')
  const refuse = () => world.services.faults.add({ service: 'sns', operation: 'Publish', does: 'throttle' })
  for (let message = 0; message < 10; message++) refuse()
  expect(await rollBack()).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'rolled-back' } })
  expect(await serves()).toBe('v1')
})

describe('a stage refuses a release from then on', () => {
  const refused = async ({ records }: Machines) =>
    (await records.quarantined('demo', 'production')).map(({ tag }) => tag)

  test('that was taken back there [P6.4a]', async () => {
    const machines = await startMachines()
    machines.calling('release/RunSmokeTests', SMOKE_FAILS)
    await machines.release('v2')
    expect(await refused(machines)).toEqual(['v2'])
  })

  test('but not one that failed before it changed anything [P6.4a]', async () => {
    const machines = await startMachines()
    machines.calling('release/CheckPreconditions', SMOKE_FAILS)
    expect(await machines.release('v2')).toMatchObject({ error: 'failed' })
    expect(await refused(machines)).toEqual([])
  })

  test('nor one that was stopped [P6.4a]', async () => {
    const machines = await startMachines()
    const { push, reaches, stop, world, records, serves } = machines
    const v2 = await push('v2')
    await reaches('release/DeployNewVersion')
    await stop(v2.arn)
    await world.until('it is settled', async () => (await records.readEnd(v2)) !== undefined)
    expect(await records.readEnd(v2)).toMatchObject({ outcome: 'aborted' })
    expect(await serves()).toBe('v1')
    expect(await refused(machines)).toEqual([])
  })
})
