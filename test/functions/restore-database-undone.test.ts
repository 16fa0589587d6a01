import { describe, expect, test } from 'vitest'
import { releaseId } from '../../domain/identity.ts'
import { endOf } from './migration.ts'
import { REASON, restoring } from './restoring.ts'
import { going, personRollsBack, UNDONE, UNDONE_EARLIER, undoneBy } from './restoring-again.ts'

describe('a migration that was undone', () => {
  async function madeUndone() {
    const made = await restoring(undoneBy('exit', '0'))
    expect(await made.ended()).toEqual(UNDONE)
    return made
  }

  test('is not undone twice', async () => {
    const made = await madeUndone()
    expect(await endOf(made.world, await personRollsBack(made))).toEqual(UNDONE_EARLIER)
    expect(made.tasks()).toHaveLength(1)
  })

  test('is not said to be there when a person goes elsewhere', async () => {
    const made = await madeUndone()
    const chosen = await going(made, 'v0', () => 'sha256:older')
    expect(await (await personRollsBack(made, { chosen })).begin()).toEqual({
      kind: 'done',
      output: {
        database: 'kept',
        note:
          'The database has had its migration undone. It is kept as it is, since the stage goes to v0, ' +
          'which is not what it served before this migration; there is no backup',
      },
    })
  })

  test('has not been run again for whoever goes to its release, which people read', async () => {
    const made = await madeUndone()
    const restores = { release: made.held.release, attempt: 1, tag: 'v2', before: {} }
    const chosen = await going(made, 'v2', () => 'sha256:newer', { restores, takesBack: false })
    expect(await (await personRollsBack(made, { chosen })).begin()).toEqual({
      kind: 'done',
      output: {
        database: 'nothing',
        note: `The migration of release ${made.held.release} (v2) was undone, and has not been run again`,
      },
    })
  })

  test('is not taken for another’s, which was there before and which people went back to since', async () => {
    const made = await restoring(undoneBy('exit', '0'))
    const { records, release, held, world } = made
    const other = { ...held, release: releaseId.parse('0123456789ab') }
    const entry = { at: 1, asked: { at: 1 }, cluster: 'demo', taskDefinition: 'd:1', container: 'migrate' }
    await records.recordIntent(other, 'migration', { ...entry, startedBy: 's' })
    const restored = { kind: 'restored', at: world.now() + 1, release: other.release, attempt: 1, tag: 'v1' } as const
    await release.records.recordHistory(held.app, held.stage, 9, { ...restored, before: {}, after: {} })
    const chosen = await going(made, 'v1', before => before)
    expect(await endOf(world, await personRollsBack(made, { chosen }))).toEqual(UNDONE)
  })

  test('of another release is warned of, beside what becomes of this one’s', async () => {
    const made = await restoring({ ...undoneBy('exit', '0'), ended: 'never-started' })
    const { records, held, world } = made
    const later = { ...held, release: releaseId.parse('0123456789ab') }
    const [at, task] = [world.now(), 'arn:aws:ecs:eu-west-1:111122223333:task/demo/0123456789abcdef']
    const entry = { at, asked: { at }, cluster: 'demo', taskDefinition: 'd:1', container: 'migrate', startedBy: 's' }
    for (const own of ['migration', 'down#of-it'] as const) {
      await records.recordIntent(later, own, entry)
      await records.recordTask(later, own, task)
      const kind = own === 'migration' ? 'succeeded' : 'failed'
      await records.recordTaskEnd(later, own, { kind, because: REASON, at }, { asked: { at }, task })
    }
    const restores = { release: later.release, attempt: 1, tag: 'v3', before: {} }
    const chosen = await going(made, 'v3', () => 'sha256:newer', { restores, takesBack: false })
    expect(await (await personRollsBack(made, { chosen })).begin()).toMatchObject({
      output: {
        note: 'The migration of release 0123456789ab (v3) may be undone in part, and has not been run again',
      },
    })
  })
})
