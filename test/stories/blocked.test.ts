import { expect, test } from 'vitest'
import { runCommand } from '../../cli/commands/commands.ts'
import { createStagehand } from '../../cli/rehearsing/stagehand.ts'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { readLock } from '../../functions/aws/lock.ts'
import { story } from './rehearsed.ts'

test('a rollback that proves nothing blocks the stage, whatever is pushed next, until a person has opened it [P4.5a, P4.5b]', async () => {
  const { report, misses, releases, world } = await story('rollback-fails')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'rollback-failed', executions: 2, rollbacks: 1, locks: 1, waits: 0 })
  expect(report.reason).toContain('sluice unlock demo production')
  expect(report.stages[1]?.after).toEqual(report.stages[1]?.before)
  expect(releases.map(({ tag, end }) => [tag, end?.outcome])).toEqual([
    ['v2-failing-production', 'rollback-failed'],
    ['v3', 'failed'],
  ])
  expect(releases[1]?.end?.reason.match(/sluice unlock/g)).toHaveLength(1)

  const { clock } = world.rehearsal
  const said: string[] = []
  const terminal = { screen: createScreen({ write: text => said.push(text) }), style: PLAIN, note: () => {} }
  const sluice = (...args: string[]) => clock.during('a command', () => runCommand(args, terminal))
  await expect(readLock('demo', 'production')).resolves.toMatchObject({ blocked: { attempt: 1 } })
  expect(await sluice('unlock', 'demo', 'production')).toBe(0)
  expect(said.join('')).toContain('production of demo is open again')
  expect(await sluice('unlock', 'demo', 'production')).toBe(1)

  const hand = createStagehand(world, () => {})
  hand.push('v2')
  const [, , next] = await hand.untilEnded(3)
  expect(next?.end).toMatchObject({ outcome: 'released' })

  said.length = 0
  await sluice('releases', 'demo')
  expect(said.slice(1).map(line => line.split(/\s{2,}/)[2])).toEqual(['v2', 'v3', 'v2-failing-production'])
})
