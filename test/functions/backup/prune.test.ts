import { describe, expect, test } from 'vitest'
import { aStageWith, type Kind, MADE_MS, tagsOf, takeSnapshot } from '../database.ts'
import { EXECUTION } from '../release.ts'

interface Made {
  id: string
  tags: Record<string, string>
}

/** A stage whose database has these snapshots, the oldest first. */
async function closing(kind: Kind, keep: number, snapshots: Made[]) {
  const { world, release } = await aStageWith(kind, { keep })
  for (const { id, tags } of snapshots) {
    await takeSnapshot(world, kind, id, tags)
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

/** As releases of this stage made them, one by one. */
const ours = (count: number): Made[] =>
  Array.from({ length: count }, (_, n) => ({ id: nameOf(n + 1), tags: tagsOf(`00000000000${n + 1}`) }))
const nameOf = (n: number) => `sluice-demo-production-00000000000${n}-1`

describe.each(['rds-instance', 'rds-cluster'] as const)('a stage with an %s that was released', kind => {
  test('keeps as many snapshots as the application file says, and those of others', async () => {
    const others = [
      { id: 'of-payments', tags: { team: 'payments' } },
      { id: 'sluice-demo-staging-000000000000-1', tags: tagsOf('000000000000', 'staging') },
      { id: 'sluice-other-production-000000000000-1', tags: tagsOf('000000000000', 'production', 'other') },
    ]
    const { release, closes, left, troubles } = await closing(kind, 2, [...others, ...ours(4)])
    expect(await closes()).toMatchObject({ outcome: 'released' })
    const kept = [...others.map(({ id }) => id), nameOf(3), nameOf(4)]
    expect(left()).toEqual(kept)
    expect((await release.lock()).held).toBeUndefined()
    await closes()
    expect(left()).toEqual(kept)
    expect(troubles()).toEqual([])
  })

  test('keeps a copy that somebody made with our tags under a name of his own, and counts it for nothing', async () => {
    const copies = [
      { id: 'legal-hold-2025', tags: tagsOf('000000000001') },
      { id: 'sluice-demo-production-of-before', tags: tagsOf('000000000002') },
    ]
    const { closes, left } = await closing(kind, 1, [...ours(2), ...copies])
    await closes()
    expect(left()).toEqual([nameOf(2), ...copies.map(({ id }) => id)])
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
  expect(left()).toEqual([nameOf(3)])
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
  expect(left()).toEqual([nameOf(3)])
  expect(troubles()).toEqual([])
})

test.each(['rolled-back', 'failed', 'rollback-failed'])('a stage that ended %s keeps every snapshot', async outcome => {
  const { closes, left } = await closing('rds-instance', 1, ours(2))
  await closes({ outcome })
  expect(left()).toEqual([nameOf(1), nameOf(2)])
})

test('a snapshot that cannot be deleted is told of, and keeps neither the others nor the stage', async () => {
  const { world, release, closes, left, troubles } = await closing('rds-instance', 1, ours(3))
  const refused = { fail: 'AccessDenied', message: 'not authorized to delete', statusCode: 403 }
  world.services.faults.add({ service: 'rds', operation: 'DeleteDBSnapshot', does: refused })
  expect(await closes()).toEqual({ outcome: 'released', reason: 'the planned digests were seen running' })
  expect((await release.lock()).held).toBeUndefined()
  expect(troubles()).toEqual([
    {
      ...{ kind: 'trouble', stage: 'production' },
      because: `old snapshots of demo-db could not be deleted: ${nameOf(1)}, since RDS refuses it (AccessDenied: not authorized to delete); they are tried again after the next release, or delete them by hand`,
    },
  ])
  expect(left()).toEqual([nameOf(1), nameOf(3)])
})

test('snapshots that cannot be listed are told of', async () => {
  const { world, closes, troubles } = await closing('rds-instance', 1, ours(2))
  const refused = { fail: 'AccessDenied', message: 'not authorized to list', statusCode: 403 }
  world.services.faults.add({ service: 'rds', operation: 'DescribeDBSnapshots', does: refused })
  expect(await closes()).toMatchObject({ outcome: 'released' })
  expect(troubles()).toMatchObject([{ because: expect.stringContaining(': AccessDenied: not authorized to list;') }])
})

test('while RDS is throttled none is tried further', async () => {
  const { world, closes, left, troubles } = await closing('rds-instance', 1, ours(3))
  world.services.faults.add({ service: 'rds', operation: 'DeleteDBSnapshot', does: 'throttle' })
  expect(await closes()).toMatchObject({ outcome: 'released' })
  expect(left()).toEqual([nameOf(1), nameOf(2), nameOf(3)])
  expect(troubles()).toMatchObject([{ because: expect.stringContaining('could not be deleted: Throttling') }])
})
