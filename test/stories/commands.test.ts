import { expect, test } from 'vitest'
import { runCommand } from '../../cli/commands/commands.ts'
import { createStagehand } from '../../cli/rehearsing/stagehand.ts'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { story } from './rehearsed.ts'

test('a person releases a version whose event was lost, and finds it again [P1.3b]', async () => {
  const { world } = await story('untagged-push')
  const { clock, events } = world.rehearsal
  const sluice = async (...args: string[]) => {
    let said = ''
    const screen = createScreen({
      write: text => {
        said += text
      },
    })
    const code = await clock.during('a command', () => runCommand(args, { screen, style: PLAIN, note: () => {} }))
    return { code, said }
  }
  expect(await sluice('releases')).toEqual({ code: 0, said: 'demo\n  no release yet\n' })
  expect(await sluice('push', 'demo', 'v2')).toEqual({ code: 1, said: 'demo-api has no image v2; push it first\n' })
  await expect(sluice('push', 'shop', 'v2')).rejects.toThrow('shop: is not installed; write one of demo')

  const heard = events.faults
  events.faults = () => 'drop'
  world.push({ repository: 'demo-api', version: 'v2', tag: 'v2' })
  world.push({ repository: 'demo-api', version: 'v3', tag: 'latest' })
  events.faults = heard
  expect((await sluice('push', 'demo', 'latest')).said).toContain('does not match trigger.tags')
  expect((await sluice('push', 'demo', 'v2')).said).toMatch(/^release \w{12} of demo v2 has started, attempt 1\n/)
  const [release] = await createStagehand(world, () => {}).untilEnded(1)

  const shown = await sluice('show', 'demo', release?.release.slice(0, 6) ?? '')
  expect(shown.said).toContain(`now       ${release?.digests.api}`)
  expect(shown.said).toContain('✓ released   every stage serves the planned digests')
  expect(await sluice('watch', 'demo')).toMatchObject({ code: 0 })
  const again = await sluice('push', 'demo', 'v2')
  expect(again).toMatchObject({ code: 1, said: expect.stringContaining('to run it again:') })
  await expect(sluice('show', 'demo', 'v7')).rejects.toThrow(`the latest are ${release?.release} (v2)`)
})
