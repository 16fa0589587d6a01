import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

/** As an npm script starts it: the arguments are refused before anything is rehearsed. */
function typed(file: string, ...args: string[]): Promise<{ code: unknown; said: string }> {
  return new Promise(done =>
    execFile(process.execPath, [join(ROOT, file), ...args], { cwd: ROOT }, (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, said: stdout + stderr }),
    ),
  )
}

test.each([
  ['cli/start.ts', ['soon'], 'soon: is one word too many\nusage: npm start'],
  ['cli/rehearse.ts', ['apps/demo.yaml', 'twice'], 'twice: is one word too many\nusage: npm run rehearse'],
  ['cli/faults.ts', ['LockStage'], 'LockStage: is one word too many\nusage: npm run faults'],
  ['cli/faults.ts', ['--mutate', '--only', 'LockStage'], '--only: does not go with --mutate'],
  ['cli/faults.ts', ['--random', 'a', '9', '--journey', 'release'], '--journey: does not go with --random'],
  ['cli/faults.ts', ['--only', 'PlanRelease', '--journey', 'rollback-after'], '--only PlanRelease: has no cell in'],
  ['cli/permissions.ts', ['LockStage'], 'LockStage: is one word too many\nusage: npm run permissions'],
  ['cli/attacks.ts', ['pages'], 'pages: is one word too many\nusage: npm run attacks'],
  ['cli/probe.ts', ['now'], 'now: is one word too many\nusage: npm run probe'],
  ['cli/conformance.ts', ['docs'], 'docs: holds no case'],
  ['cli/conformance.ts', ['package.json'], 'package.json: is no folder'],
  ['cli/sluice.ts', ['schema', 'here'], 'here: is one word too many\nusage: sluice schema'],
  ['test/bench/run.ts', ['speed'], 'there is no bench speed\nusage: npm run bench'],
])('%s %j is refused with what can be typed, and does nothing', async (file, args, words) => {
  const { code, said } = await typed(file, ...args)
  expect(said).toContain(words)
  expect(code).toBe(2)
})

test.each(['cli/start.ts', 'cli/rehearse.ts', 'cli/faults.ts', 'cli/permissions.ts', 'cli/attacks.ts', 'cli/probe.ts'])(
  '%s --help says what can be typed',
  async file => {
    const { code, said } = await typed(file, '--help')
    expect(said).toMatch(/^usage: /)
    expect(code).toBe(0)
  },
)
