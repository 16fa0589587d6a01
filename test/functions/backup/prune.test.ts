import { describe, expect, test } from 'vitest'
import { aStageWith, type Kind, MADE_MS, tagsOf, takeSnapshot } from '../database.ts'
import { EXECUTION } from '../release.ts'

/** A stage whose database has these snapshots, the oldest first; by default each is one of ours. */
async function closing(kind: Kind, keep: number, tags: (Record<string, string> | undefined)[]) {
  const { world, release } = await aStageWith(kind, { keep })
  for (const [n, theirs] of tags.entries()) {
    await takeSnapshot(world, kind, `s${n + 1}`, theirs ?? tagsOf(`00000000000${n}`))
    await world.pass(MADE_MS)
  }
  const { handler } = await import('../../../functions/close-stage.ts')
  const input = {
    ...{ ...release.held, outcome: 'released', reason: 'the planned digests were seen running', trouble: '' },
    ...{ executions: [EXECUTION], endsRelease: false },
  }
  return {
    world,
    release,
    closes: (over: object = {}) => world.invoke(handler, { ...input, ...over }),
    left: () => world.services.rds.snapshots().map(({ id }) => id),
    troubles: () => world.told().flatMap(({ transition }) => (transition.kind === 'trouble' ? transition : [])),
  }
}

const ours = (count: number) => Array.from({ length: count }, () => undefined)

describe.each(['rds-instance', 'rds-cluster'] as const)('a stage with an %s that was released', kind => {
  test('keeps as many snapshots as the application file says, and those of others', async () => {
    const others = [
      { team: 'payments' },
      tagsOf('000000000000', 'staging'),
      tagsOf('000000000000', 'production', 'other'),
    ]
    const { release, closes, left, troubles } = await closing(kind, 2, [...others, ...ours(4)])
    expect(await closes()).toMatchObject({ outcome: 'released' })
    expect(left()).toEqual(['s1', 's2', 's3', 's6', 's7'])
    expect((await release.lock()).held).toBeUndefined()
    await closes()
    expect(left()).toEqual(['s1', 's2', 's3', 's6', 's7'])
    expect(troubles()).toEqual([])
  })
})

test('a list of snapshots that RDS gives page by page is read to its end', async () => {
  const { world, closes, left } = await closing('rds-instance', 1, ours(3))
  const { operations } = world.services.rds
  const describe = operations.DescribeDBSnapshots
  operations.DescribeDBSnapshots = async (input, caller) => {
    const all = (await describe?.({ ...input, Marker: undefined }, caller)) as { DBSnapshots: object[] }
    const page = Number(input.Marker ?? 0)
    const isLast = page + 1 === all.DBSnapshots.length
    return { DBSnapshots: [all.DBSnapshots[page]], ...(!isLast && { Marker: String(page + 1) }) }
  }
  await closes()
  expect(left()).toEqual(['s3'])
})

test('a snapshot that is gone already is not missed', async () => {
  const { world, closes, left, troubles } = await closing('rds-instance', 1, ours(3))
  const { operations } = world.services.rds
  const deletes = operations.DeleteDBSnapshot
  operations.DeleteDBSnapshot = async (input, caller) => {
    await deletes?.(input, caller)
    return deletes?.(input, caller) ?? {}
  }
  await closes()
  expect(left()).toEqual(['s3'])
  expect(troubles()).toEqual([])
})

test.each(['rolled-back', 'failed', 'rollback-failed'])('a stage that ended %s keeps every snapshot', async outcome => {
  const { closes, left } = await closing('rds-instance', 1, ours(2))
  await closes({ outcome })
  expect(left()).toEqual(['s1', 's2'])
})

test('snapshots that cannot be deleted are told of, and the stage is released all the same', async () => {
  const { world, release, closes, left, troubles } = await closing('rds-instance', 1, ours(2))
  const refused = { fail: 'AccessDenied', message: 'not authorized to delete', statusCode: 403 }
  world.services.faults.add({ service: 'rds', operation: 'DeleteDBSnapshot', does: refused })
  expect(await closes()).toEqual({ outcome: 'released', reason: 'the planned digests were seen running' })
  expect((await release.lock()).held).toBeUndefined()
  expect(troubles()).toEqual([
    {
      ...{ kind: 'trouble', stage: 'production' },
      because:
        'old snapshots of demo-db could not be deleted (AccessDenied: not authorized to delete); they are tried again after the next release, or delete them by hand',
    },
  ])
  expect(left()).toEqual(['s1', 's2'])
})
