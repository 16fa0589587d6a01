import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

interface Ended {
  code: number | string | null
  stdout: string
  stderr: string
}

function command(file: string, ...args: string[]): Promise<Ended> {
  const path = join(import.meta.dirname, '../../cli', file)
  return new Promise(resolve => {
    execFile(process.execPath, [path, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? null) : 0, stdout, stderr })
    })
  })
}

test('the last line of a rehearsal with --json is the one report, with every field', async () => {
  const { code, stdout } = await command(
    'rehearse.ts',
    ...['apps/demo.yaml', '--scenario', 'untagged-push', '--drive', 'jump', '--json'],
  )
  const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  expect(code).toBe(0)
  const fields =
    'outcome reason app release stages requests notifications executions rollbacks snapshots migrations locks waits hooks transitions durationMs'
  expect(Object.keys(report)).toEqual(fields.split(' '))
})

test('what cannot be meant ends with code 2 and one message without a trace', async () => {
  const unknown = await command('rehearse.ts', 'apps/demo.yaml', '--scenario', 'relaese')
  expect(unknown).toMatchObject({ code: 2, stdout: '' })
  expect(unknown.stderr).toMatch(/^--scenario relaese: is not known; write one of [a-z, -]+\n$/)
  expect(await command('sluice.ts', 'relaese')).toMatchObject({ code: 2, stdout: '' })
  expect(await command('start.ts', '--speed', 'fast')).toMatchObject({ code: 2, stdout: '' })
})
