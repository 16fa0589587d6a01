import { expect, test } from 'vitest'
import { runCommand } from '../../cli/commands/commands.ts'
import { createStagehand } from '../../cli/rehearsing/stagehand.ts'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { recordOverride } from '../../functions/aws/overrides.ts'
import { demo, story } from './rehearsed.ts'

test('a release that met a freeze goes on once that is lifted: what staging has is not migrated again [P4.6b]', async () => {
  const { world } = await story('freeze', demo())
  const { clock } = world.rehearsal
  const sluice = async (...args: string[]) => {
    let said = ''
    const write = (text: string) => {
      said += text
    }
    const terminal = { screen: createScreen({ write }), style: PLAIN, note: () => {} }
    const code = await clock.during('a command', () => runCommand(args, terminal))
    return { code, said }
  }
  const at = clock.now()
  const freeze = {
    what: { kind: 'freeze' },
    reason: 'customers cannot pay',
    by: 'Ana',
    at,
    until: at + 86_400_000,
  } as const
  await clock.during('a lift', () => recordOverride({ app: 'demo', stage: 'production' }, freeze))
  expect(await sluice('retry', 'demo', 'v2')).toMatchObject({
    code: 0,
    said: expect.stringMatching(/^release \w{12} of demo v2 has started, attempt 2\n/),
  })
  const releases = await createStagehand(world, () => {}).untilEnded(2)
  expect(releases.map(({ attempt, end }) => [attempt, end?.outcome, end?.reason])).toEqual([
    [1, 'failed', expect.stringContaining('frozen')],
    [2, 'released', 'every stage serves the planned digests'],
  ])
  const shown = await sluice('show', 'demo', 'v2')
  expect(shown.said).toContain('attempt 1 of this release has migrated it')
  expect((await sluice('retry', 'demo', 'v2')).said).toContain('it is already released, by attempt 2')
})
