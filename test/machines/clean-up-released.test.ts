import { describe, expect, test } from 'vitest'
import type { AttemptOf } from '../../domain/identity.ts'
import { blueGreen } from '../functions/way-back.ts'
import { type Machines, REASON, startMachines } from './machines.ts'

const NO_MEMORY = () => {
  throw new Error('the function has no memory left')
}

/** CloseStage fails as often as it is tried, and CleanUp hears of it. */
async function releasedWithoutClosing({ calling, push, ended, hears }: Machines, tag: string) {
  for (let tried = 0; tried < 11; tried++) calling('release/CloseStage', NO_MEMORY)
  const of = await push(tag)
  await ended(of.arn)
  await hears(of.arn)
  return of
}

test('a release that could not be closed is what the next rollback takes back [P2.6d]', async () => {
  const machines = await startMachines()
  const { release, rollBack, serves, records } = machines
  await release('v2')
  await releasedWithoutClosing(machines, 'v3')
  expect(await records.readLock('demo', 'production')).not.toHaveProperty('held')
  expect((await records.readHistory('demo', 'production')).map(({ kind, tag }) => `${kind} ${tag}`)).toEqual([
    ...['released v2', 'released v3'],
  ])
  expect(await rollBack()).toMatchObject({ output: { outcome: 'rolled-back', reason: REASON } })
  expect(await serves()).toBe('v2')
  expect((await records.quarantined('demo', 'production')).map(({ tag }) => tag)).toEqual(['v3'])
})

test('so is the first release of a stage', async () => {
  const machines = await startMachines()
  await releasedWithoutClosing(machines, 'v2')
  expect(await machines.rollBack()).toMatchObject({ output: { outcome: 'rolled-back' } })
  expect(await machines.serves()).toBe('v1')
})

test('what CloseStage would have done for a stage that was released is done for it [P2.6d]', async () => {
  const DISTRIBUTION = 'E1A2B3C4D5E6F7'
  const machines = await startMachines(file => {
    blueGreen(file)
    const after = [{ kind: 'cloudfront-invalidation', distribution: DISTRIBUTION, paths: ['/*'] }]
    Object.assign(file.stages[0] ?? {}, { after })
  })
  const { world } = machines
  world.services.cloudFront.addDistribution(DISTRIBUTION)
  await releasedWithoutClosing(machines, 'v2')
  expect((await world.describe()).deploymentConfiguration).toMatchObject({ bakeTimeInMinutes: 1, lifecycleHooks: [] })
  expect(world.services.cloudFront.invalidations()).toMatchObject([{ distribution: DISTRIBUTION }])
  const troubles = world.told().filter(({ transition }) => transition.kind === 'trouble')
  expect(troubles).toMatchObject([{ transition: { because: expect.stringContaining('CloseStage could not finish') } }])
})

describe('a release that is stopped as its stage is closed', () => {
  const kinds = ({ world }: Machines, tag: string) =>
    world.told().flatMap(({ about, transition }) => (about.tag === tag ? [transition.kind] : []))

  /** `act`: what happens as CloseStage is called, before it. Returns once nothing goes on any more. */
  async function stopped(machines: Machines, act: (of: AttemptOf & { arn: string }) => Promise<void>) {
    const { push, calling, ended, cleanedUp } = machines
    let stop: (of: AttemptOf & { arn: string }) => void = () => {}
    const pushed = new Promise<AttemptOf & { arn: string }>(resolve => {
      stop = resolve
    })
    calling('release/CloseStage', async () => act(await pushed))
    const of = await push('v3')
    stop(of)
    await ended(of.arn)
    await cleanedUp()
    return of
  }

  test('after the clean-up has taken it is taken back, and nobody is told that it was released [P2.6c]', async () => {
    const machines = await startMachines()
    const { release, stop, serves, records } = machines
    await release('v2')
    const v3 = await stopped(machines, async ({ arn }) => {
      await stop(arn)
      for (let turn = 0; turn < 5_000; turn++) {
        if ((await records.readLock('demo', 'production')).held?.rollback) return
        await new Promise(setImmediate)
      }
    })
    expect(await records.readEnd(v3)).toMatchObject({ outcome: 'aborted' })
    expect(await records.readStageEnd({ ...v3, stage: 'production' })).toMatchObject({ outcome: 'aborted' })
    expect((await records.readHistory('demo', 'production')).map(({ tag }) => tag)).toEqual(['v2'])
    expect(kinds(machines, 'v3')).not.toContain('stage-released')
    expect(await serves()).toBe('v2')
  })

  test('before the clean-up could take it is released, and nothing is taken back [P2.6c]', async () => {
    const machines = await startMachines()
    const { release, stop, serves, records } = machines
    await release('v2')
    const v3 = await stopped(machines, ({ arn }) => stop(arn))
    expect(await records.readEnd(v3)).toMatchObject({ outcome: 'released' })
    expect(kinds(machines, 'v3')).toEqual(['release-started', 'stage-started', 'stage-released', 'release-ended'])
    expect(await serves()).toBe('v3')
  })

  test('and that could do no more than begin to close it is released all the same', async () => {
    const machines = await startMachines()
    const { release, stop, serves, records, rollBack } = machines
    await release('v2')
    const v3 = await stopped(machines, async ({ arn, ...of }) => {
      const { fence } = await records.readLock('demo', 'production')
      await records.claimReleased({ ...of, stage: 'production', lease: { holder: arn, fence } }, 'it serves')
      await stop(arn)
      NO_MEMORY()
    })
    expect(await records.readEnd(v3)).toMatchObject({ outcome: 'released' })
    expect(await records.readStageEnd({ ...v3, stage: 'production' })).toMatchObject({ reason: 'it serves' })
    expect(kinds(machines, 'v3').slice(2)).toEqual(['stage-released', 'trouble', 'release-ended'])
    expect(await serves()).toBe('v3')
    expect(await rollBack()).toMatchObject({ output: { outcome: 'rolled-back' } })
    expect(await serves()).toBe('v2')
  })
})

test('a release that serves in every stage is released, though it could not write that down', async () => {
  const { push, calling, ended, hears, records, world } = await startMachines()
  calling('release/CloseRelease', NO_MEMORY)
  const v2 = await push('v2')
  await ended(v2.arn)
  await hears(v2.arn)
  const reason = 'the planned digests were seen running'
  expect(await records.readEnd(v2)).toMatchObject({ outcome: 'released', reason })
  expect(world.told().at(-1)).toMatchObject({ transition: { kind: 'release-ended', outcome: 'released' } })
})

test('a release that was stopped and settled leaves nothing at the stage’s lock [P3.3d]', async () => {
  const { push, calling, stop, records, world } = await startMachines()
  let arn = ''
  calling('release/RunSmokeTests', async () => {
    await records.changeLock('demo', 'production', lock => ({ next: { ...lock, rounds: { [arn]: 2 } } }))
    await stop(arn)
  })
  const v2 = await push('v2')
  arn = v2.arn
  await world.until('it is settled', async () => (await records.readEnd(v2)) !== undefined)
  expect((await records.readLock('demo', 'production')).rounds).toEqual({})
})
