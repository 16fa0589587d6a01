import { expect, test } from 'vitest'
import { runCommand } from '../../cli/commands/commands.ts'
import { nobody } from '../../cli/rehearsing/approvers.ts'
import { createStagehand } from '../../cli/rehearsing/stagehand.ts'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { approvalsOf } from '../../functions/aws/approvals.ts'
import { story } from './rehearsed.ts'

test('a person on call approves, takes back, lifts and aborts by commands alone', async () => {
  const { world } = await story('untagged-push')
  const { clock } = world.rehearsal
  const sluice = async (...args: string[]) => {
    let said = ''
    const screen = createScreen({
      write: text => {
        said += text
      },
    })
    const code = await runCommand(args, { screen, style: PLAIN, note: () => {} })
    return { code, said }
  }
  const hand = createStagehand(world, () => {}, { answering: nobody })
  expect(await sluice('approve', 'demo', 'production', '--as', 'Ana')).toMatchObject({
    code: 1,
    said: expect.stringContaining('no release of demo waits for approval at production'),
  })

  hand.push('v2')
  await hand.untilAt('production', 'RequestApproval', 10_000)
  await expect(sluice('approve', 'demo', 'production', '--as', 'Cy')).rejects.toThrow('write one of Ana, Bo')
  const approved = await sluice('approve', 'demo', 'production', '--as', 'Ana', '--comment', 'looks good')
  expect(approved).toEqual({ code: 0, said: 'Ana has approved v2 of demo for production; approved by Ana\n' })
  const [released] = await hand.untilEnded(1)
  if (!released) throw new Error('nothing was released')
  const [asked] = await clock.during('look', () => approvalsOf({ ...released, stage: 'production' }))
  const typed = { approver: 'Ana', how: 'command', by: expect.stringContaining(':user/operator') }
  expect(asked?.decisions).toMatchObject([typed])

  await expect(sluice('rollback', 'demo', 'production', '--reason', '')).rejects.toThrow('reason: "": is empty')
  const unknown = await sluice('rollback', 'demo', 'production', '--to', 'v9')
  expect(unknown).toMatchObject({ code: 1, said: expect.stringContaining('v9 was never released at this stage') })
  const back = await sluice('rollback', 'demo', 'production', '--reason', 'customers cannot pay')
  expect(back).toMatchObject({ code: 0, said: expect.stringContaining('↩ rolled back   customers cannot pay') })
  expect((await sluice('lift', 'demo', 'production')).said).toContain('v2')
  expect((await sluice('lift', 'demo', 'production', 'v2')).code).toBe(0)
  expect((await sluice('lift', 'demo', 'production')).said).toContain('nothing is quarantined at production of demo')
  const again = await sluice('rollback', 'demo', 'production', '--to', 'v2')
  expect(again).toMatchObject({ code: 0, said: expect.stringContaining('↩ rolled back') })

  hand.push('v3')
  await hand.untilAt('production', 'RequestApproval', 10_000)
  expect(await sluice('abort', 'demo', 'v3', '--reason', 'wrong branch')).toMatchObject({ code: 0 })
  const [, aborted] = await hand.untilEnded(2)
  expect(aborted?.end).toMatchObject({ outcome: 'aborted', reason: expect.stringContaining('wrong branch') })
  expect(await sluice('reject', 'demo', 'production', '--as', 'Bo')).toMatchObject({ code: 1 })
  expect(await sluice('abort', 'demo', 'v3')).toMatchObject({ code: 1, said: expect.stringContaining('ended already') })
})
