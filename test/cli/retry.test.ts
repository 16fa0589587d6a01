import type { InvocationRequest } from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'
import { listening } from '../functions/pushes.ts'

/** An application whose `v2` was started by a push and has failed, and the stack that a command finds. */
async function installed() {
  const made = await listening()
  const { world, records, hears } = made
  world.push('v2', 'two')
  await hears()
  const [first] = await records.releasesOf('demo')
  if (!first) throw new Error('nothing was started')
  await world.pass(60_000)

  const outputs = { TableName: 'ledger', Applications: 'demo', StartReleaseName: 'start-release' }
  const machines = { ReleaseMachineArn: world.machines.release, RollbackMachineArn: world.machines.rollback }
  world.services.cloudFormation.putStack({ name: 'Sluice', outputs: { ...outputs, ...machines } })
  /** What was sent to start-release. */
  const sent: unknown[] = []
  let answers = (event: unknown): unknown => made.hearsRaw(event)
  world.services.lambda.operations.Invoke = async ({ Payload }: InvocationRequest) => {
    const event = JSON.parse(Buffer.from(Payload ?? '').toString())
    sent.push(event)
    return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(await answers(event))) }
  }
  const { runCommand } = await import('../../cli/commands/commands.ts')
  return {
    ...made,
    first,
    sent,
    fails: () => records.recordEnd(first, { outcome: 'failed', reason: 'frozen', at: world.now() }),
    startReleaseAnswers: (answer: unknown) => {
      answers = () => answer
    },
    async types(...args: string[]) {
      let said = ''
      const write = (text: string) => {
        said += text
      }
      const code = await runCommand(['retry', ...args], {
        screen: createScreen({ write }),
        style: PLAIN,
        note: () => {},
      })
      return { code, said }
    },
  }
}

test('a person starts a release again by its tag, and reads how to see it [P4.6a]', async () => {
  const { first, sent, executions, fails, types } = await installed()
  await fails()
  expect(await types('demo', 'v2', '--reason', 'the freeze is over')).toEqual({
    code: 0,
    said: `release ${first.release} of demo v2 has started, attempt 2\nto see it: npm run -s sluice -- watch demo\n`,
  })
  expect(sent).toMatchObject([{ detail: { app: 'demo', release: first.release, reason: 'the freeze is over' } }])
  expect(await executions()).toHaveLength(2)
})

test('a person may write the beginning of its id, and the ledger says who it was', async () => {
  const { first, records, fails, types } = await installed()
  await fails()
  expect((await types('demo', first.release.slice(0, 5))).code).toBe(0)
  expect((await records.readRelease({ ...first, attempt: 2 }))?.retry?.reason).toMatch(/^asked for by arn:.*operator/)
})

test('each time that the command is typed is a request of its own', async () => {
  const { first, records, sent, fails, types, world } = await installed()
  await fails()
  await types('demo', 'v2')
  await records.recordEnd({ ...first, attempt: 2 }, { outcome: 'failed', reason: 'again', at: world.now() })
  expect((await types('demo', 'v2')).said).toContain('attempt 3')
  expect(new Set(sent.map(event => (event as { id: string }).id)).size).toBe(2)
})

test('what is not started again is said with what to type instead', async () => {
  const { first, executions, types } = await installed()
  const { code, said } = await types('demo', 'v2')
  expect(code).toBe(1)
  expect(said).toMatch(`release ${first.release} of demo v2 was not started again: attempt 1 of it is under way; `)
  expect(await executions()).toHaveLength(1)
})

test.each<[string, string[], string]>([
  ['no application', [], 'retry: write sluice retry <app> <release|tag>'],
  ['more than a release', ['demo', 'v2', 'v3'], 'v3: is one word too many'],
  ['an application that is not installed', ['shop', 'v2'], 'shop: is not installed; write one of demo'],
  ['a release that nobody knows', ['demo', 'v7'], 'v7: is no release and no released tag of demo; the latest are '],
  ['an empty reason', ['demo', 'v2', '--reason', ' '], '--reason: is empty; say in a sentence why, or leave it out'],
  ['a reason that nobody would read', ['demo', 'v2', '--reason', 'x'.repeat(501)], 'has 501 characters'],
])('%s is refused before anything is asked for', async (_, args, said) => {
  const { sent, fails, types } = await installed()
  await fails()
  await expect(types(...args)).rejects.toThrow(said)
  expect(sent).toEqual([])
})

test('a stack that was deployed before there were retries is to be deployed again', async () => {
  const { fails, startReleaseAnswers, types } = await installed()
  await fails()
  startReleaseAnswers([])
  await expect(types('demo', 'v2')).rejects.toThrow(
    'start-release did not understand the request: deploy this version of stack Sluice',
  )
})
