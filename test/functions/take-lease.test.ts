import { describe, expect, test } from 'vitest'
import { freed } from '../../domain/lock.ts'
import { EXECUTION, lockedRelease } from './release.ts'
import { ROLLBACK } from './way-back.ts'
import { createWorld } from './world.ts'

async function askedBack() {
  const world = await createWorld()
  const release = await lockedRelease(world)
  const { handler } = await import('../../functions/take-lease.ts')
  return { world, release, takes: () => world.invoke(handler, { ...release.held, execution: ROLLBACK }) }
}

describe('a rollback', () => {
  test('takes the stage over from its release, under a higher fence', async () => {
    const { world, release, takes } = await askedBack()
    await world.pass(5_000)
    expect(await takes()).toEqual({ lease: { holder: ROLLBACK, fence: 2 } })
    expect(await release.lock()).toMatchObject({
      fence: 2,
      takenOverAt: world.now(),
      held: { holder: ROLLBACK, release: release.held.release, attempt: 1 },
    })
    await expect(release.records.assertLease(release.held)).rejects.toMatchObject({ name: 'LeaseLost' })
  })

  test('takes it once, however often the step is repeated', async () => {
    const { world, release, takes } = await askedBack()
    await takes()
    const lock = await release.lock()
    await world.pass(5_000)
    expect(await takes()).toEqual({ lease: { holder: ROLLBACK, fence: 2 } })
    expect(await release.lock()).toEqual(lock)
  })

  test('that a person asked for has the stage, and is not told of that request again', async () => {
    const { release, takes } = await askedBack()
    await release.requestRollback('errors since noon')
    const { lease } = await takes()
    await expect(release.records.assertLease({ ...release.held, lease })).resolves.toBeUndefined()
  })

  test.each([
    ['somebody else holds it', (release: Awaited<ReturnType<typeof lockedRelease>>) => release.loseLease(), 'another'],
    [
      'nobody holds it any more',
      (release: Awaited<ReturnType<typeof lockedRelease>>) => release.changeLock(freed),
      'nobody',
    ],
    [
      'the same execution holds it under a newer fence',
      (release: Awaited<ReturnType<typeof lockedRelease>>) => release.changeLock(lock => ({ ...lock, fence: 5 })),
      EXECUTION,
    ],
  ])('does not touch a stage that %s', async (_, change, holder) => {
    const { release, takes } = await askedBack()
    await change(release)
    const lock = await release.lock()
    await expect(takes()).rejects.toMatchObject({
      name: 'LeaseLost',
      message: `production of demo now belongs to ${holder}; nothing was changed`,
    })
    expect(await release.lock()).toEqual(lock)
  })
})
