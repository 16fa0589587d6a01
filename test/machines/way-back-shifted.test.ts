import { describe, expect, test } from 'vitest'
import { blueGreen } from '../functions/way-back.ts'
import { type Machines, startMachines } from './machines.ts'

const OUT = () => {
  throw new Error('the function has no memory left')
}

async function shifting(more: (file: Parameters<typeof blueGreen>[0]) => void = () => {}): Promise<Machines> {
  return startMachines(file => {
    blueGreen(file)
    more(file)
  })
}

const tasksOf = async ({ world }: Machines): Promise<string[]> =>
  (await world.ask<{ taskArns?: string[] }>(world.services.ecs, 'ListTasks', { cluster: 'demo' })).taskArns ?? []

async function isAsItsOwnersHadIt({ world }: Machines): Promise<void> {
  const { deploymentConfiguration } = await world.describe()
  expect(deploymentConfiguration).toMatchObject({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1, lifecycleHooks: [] })
}

describe('a release whose service shifts traffic', () => {
  test('that fails with users on green goes back to the blue that is still warm: no task is started', async () => {
    const machines = await shifting()
    const { world, calling, release, records } = machines
    const warm = await tasksOf(machines)
    calling('release/CompleteDeployment', OUT)
    const v2 = await release('v2')
    expect(v2).toMatchObject({ status: 'FAILED', error: 'rolled-back' })
    expect(await world.front().asUser()).toBe('one')
    expect(await tasksOf(machines)).toEqual(warm)
    expect((await world.deployments()).map(({ status }) => status)).toEqual(['ROLLBACK_SUCCESSFUL', 'SUCCESSFUL'])
    expect((await records.quarantined('demo', 'production')).map(({ tag }) => tag)).toEqual(['v2'])
    await isAsItsOwnersHadIt(machines)
  })

  test('and that was released goes back when a person says so, through a green of the version before', async () => {
    const machines = await shifting()
    const { world, release, rollBack } = machines
    expect(await release('v2')).toMatchObject({ status: 'SUCCEEDED' })
    expect(await world.front().asUser()).toBe('v2')
    await isAsItsOwnersHadIt(machines)
    expect(await rollBack()).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'rolled-back' } })
    expect(await world.front().asUser()).toBe('one')
    await isAsItsOwnersHadIt(machines)
  })

  test('and that was stopped while its green waited is taken back by the clean-up [P4.4c]', async () => {
    const machines = await shifting()
    const { world, push, calling, stop, records } = machines
    let arn = ''
    calling('release/ShiftTraffic', () => stop(arn))
    const v2 = await push('v2')
    arn = v2.arn
    await world.until('it is settled', async () => (await records.readEnd(v2)) !== undefined)
    expect(await records.readEnd(v2)).toMatchObject({ outcome: 'aborted' })
    expect(await world.front().asUser()).toBe('one')
    expect((await world.deployments())[0]?.status).toBe('ROLLBACK_SUCCESSFUL')
    await isAsItsOwnersHadIt(machines)
  })

  test('a person may take it further back while its green still waits', async () => {
    const machines = await shifting()
    const { world, release, push, reaches, request, ended } = machines
    await release('v2')
    const v3 = await push('v3')
    await reaches('release/ShiftTraffic')
    const rollback = await request()
    expect(await ended(v3.arn)).toMatchObject({ status: 'FAILED', error: 'rolled-back' })
    expect(await ended(rollback)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await world.front().asUser()).toBe('v2')
  })

  test('and whose stage was blocked with green still waiting goes further back than what it replaced', async () => {
    const machines = await shifting()
    const { world, release, push, calling, ended, rollBack } = machines
    for (const tag of ['v2', 'v3']) await release(tag)
    calling('release/ShiftTraffic', OUT)
    calling('rollback/StopDeployments', OUT)
    expect(await ended((await push('v4')).arn)).toMatchObject({ error: 'rollback-failed' })
    expect((await world.deployments())[0]?.status).toBe('IN_PROGRESS')
    await world.pass(600_000)
    expect(await rollBack({ to: 'v2' })).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'rolled-back' } })
    expect(await world.front().asUser()).toBe('v2')
    await isAsItsOwnersHadIt(machines)
  })
})
