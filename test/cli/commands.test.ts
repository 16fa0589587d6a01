import { expect, test } from 'vitest'
import { UsageError } from '../../cli/arguments.ts'
import { COMMANDS, runCommand } from '../../cli/commands/commands.ts'
import { createScreen } from '../../cli/view/screen.ts'
import { PLAIN } from '../../cli/view/style.ts'

async function typed(...args: string[]): Promise<{ code: number; said: string }> {
  let said = ''
  const screen = createScreen({
    write: text => {
      said += text
    },
  })
  const code = await runCommand(args, { screen, style: PLAIN, note: () => {} })
  return { code, said }
}

test('help names every command', async () => {
  const { code, said } = await typed('--help')
  expect(code).toBe(0)
  for (const name of Object.keys(COMMANDS)) expect(said).toContain(`\n  ${name} `)
})

test('a command that does not exist is refused with those that do', async () => {
  await expect(typed('relaese')).rejects.toThrow(
    'sluice relaese: is not known; write one of validate, push, releases, show, watch, approve, reject, rollback, retry, abort,',
  )
  await expect(typed('toString')).rejects.toThrow(UsageError)
})

test.each(['plan'])('%s is refused by name until it exists', async name => {
  await expect(typed(name, 'demo')).rejects.toThrow(`sluice ${name}: not supported yet`)
})

test('a command without what it needs says what to write', async () => {
  await expect(typed('push', 'demo')).rejects.toThrow('push: write sluice push <app> <tag> [--aws]')
  await expect(typed('approve', 'demo')).rejects.toThrow('approve: write sluice approve <app> <stage> --as NAME')
  await expect(typed('rollback', 'demo')).rejects.toThrow('rollback: write sluice rollback <app> <stage>')
  await expect(typed('retry', 'demo')).rejects.toThrow('retry: write sluice retry <app> <release|tag>')
  await expect(typed('abort')).rejects.toThrow('abort: write sluice abort <app>')
  await expect(typed('lift', 'demo')).rejects.toThrow('lift: write sluice lift <app> <stage>')
  await expect(typed('validate')).rejects.toThrow('write sluice validate <file>…')
})

test('a comment that nobody would read is refused before anybody is asked for', async () => {
  const long = ['--comment', 'x'.repeat(1_001)]
  await expect(typed('reject', 'demo', 'production', '--as', 'Ana', ...long)).rejects.toThrow('has 1001 characters')
})

test('who rejects says nothing of the database', async () => {
  await expect(typed('reject', 'demo', 'production', '--as', 'Ana', '--database', 'keep')).rejects.toThrow(
    '--database keep: whoever rejects chooses nothing; take it out',
  )
})

test('an option that a command does not know is refused', async () => {
  await expect(typed('unlock', 'demo', 'production', '--force')).rejects.toThrow("Unknown option '--force'")
})

test('validate ends with what passed and failed, and says the same as one line of JSON', async () => {
  expect(await typed('validate', 'apps/demo.yaml')).toEqual({ code: 0, said: '1 passed, 0 failed\n' })
  const { code, said } = await typed('validate', '--json', 'apps/absent.yaml')
  expect(code).toBe(1)
  expect(JSON.parse(said)).toMatchObject({ passed: 0, failed: 1 })
})
