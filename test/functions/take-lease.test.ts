import { describe, expect, test } from 'vitest'
import { closing, freed } from '../../domain/lock.ts'
import { EXECUTION, lockedRelease } from './release.ts'
import { enter } from './waiting.ts'
import { ROLLBACK } from './way-back.ts'
import { createWorld } from './world.ts'

/** The release machine hands its stage over. */
async function handedOver() {
  const world = await createWorld()
  const release = await lockedRelease(world)
  const { handler } = await import('../../functions/take-lease.ts')
  const input = {
    ...release.held,
    cause: 'failed',
    reason: 'production: /health answered 503',
    releaseExecution: EXECUTION,
  }
  return {
    world,
    release,
    input,
    enters: (over: object = {}) => enter(world, handler, { ...input, ...over }, ROLLBACK),
  }
}

const TAKEN = {
  kind: 'taken',
  ...{ release: '3f9c0a7f6d6a', attempt: 1, cause: 'failed', reason: 'production: /health answered 503' },
  lease: { holder: ROLLBACK, fence: 2 },
  releaseExecution: EXECUTION,
}

describe('a rollback that is handed a stage', () => {
  test('takes it over from its release, under a higher fence [P4.3b]', async () => {
    const { world, release, enters } = await handedOver()
    await world.pass(5_000)
    expect(await (await enters()).begin()).toEqual({ kind: 'done', output: TAKEN })
    expect(await release.lock()).toMatchObject({
      fence: 2,
      takenOverAt: world.now(),
      held: { holder: ROLLBACK, release: release.held.release, attempt: 1, rollback: true },
    })
    await expect(release.records.assertLease(release.held)).rejects.toMatchObject({ name: 'LeaseLost' })
  })

  test('stands in the ledger before it changes anything', async () => {
    const { world, release, enters } = await handedOver()
    await (await enters()).begin()
    const name = ROLLBACK.slice(ROLLBACK.lastIndexOf(':') + 1)
    const { app, stage, attempt } = release.held
    expect(await release.records.rollbacksOf(app, stage)).toEqual([
      {
        app,
        stage,
        attempt,
        release: '3f9c0a7f6d6a',
        tag: 'v2',
        name,
        cause: 'failed',
        reason: TAKEN.reason,
        at: world.now(),
      },
    ])
  })

  test('takes it once, however often the step is repeated [P4.3b]', async () => {
    const { world, release, enters } = await handedOver()
    await (await enters()).begin()
    const lock = await release.lock()
    await world.pass(5_000)
    expect(await (await enters()).begin({ retry: 1 })).toEqual({ kind: 'done', output: TAKEN })
    expect(await release.lock()).toEqual(lock)
  })

  test('that a person asked for has the stage, and is not told of that request again', async () => {
    const { release, enters } = await handedOver()
    await release.requestRollback('errors since noon')
    await (await enters()).begin()
    await expect(release.records.assertLease({ ...release.held, lease: TAKEN.lease })).resolves.toBeUndefined()
    const { app, stage } = release.held
    await (await enters()).begin({ retry: 1 })
    expect(await release.records.rollbacksOf(app, stage)).toMatchObject([{ cause: 'failed', isRequested: true }])
  })

  test('remembers the sentence of an error, not its trace', async () => {
    const { enters } = await handedOver()
    const reason = '{"errorType":"SmokeTestFailed","errorMessage":"production: /health answered 503","trace":[]}'
    expect(await (await enters({ reason })).begin()).toEqual({ kind: 'done', output: TAKEN })
  })

  type Release = Awaited<ReturnType<typeof lockedRelease>>
  test.each<[string, (release: Release) => Promise<void>, string]>([
    ['somebody else holds', release => release.loseLease(), 'another'],
    ['nobody holds any more', release => release.changeLock(freed), 'nobody'],
    [
      'the same execution holds under a newer fence',
      release => release.changeLock(lock => ({ ...lock, fence: 5 })),
      EXECUTION,
    ],
    [
      'is being closed as released',
      release => release.changeLock(lock => closing(lock, { reason: 'it serves', at: 1 })),
      EXECUTION,
    ],
  ])('does not touch one that %s [P4.3b]', async (_, change, holder) => {
    const { release, enters } = await handedOver()
    await change(release)
    const lock = await release.lock()
    expect(await (await enters()).begin()).toEqual({
      kind: 'failed',
      error: 'LeaseLost',
      because: `production of demo now belongs to ${holder}; nothing was changed`,
    })
    expect(await release.lock()).toEqual(lock)
  })
})
