import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The command over one scenario that is soon over: a way back where there is nothing to go back to. */
function permissions(...args: string[]) {
  const command = ['cli/permissions.ts', '--scenario', 'rollback-first-release', '--only', 'CleanUp', '--json', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' })
  expect(stdout.trim().split('\n'), stderr).toHaveLength(1)
  return { status, ...(JSON.parse(stdout) as { passed: number; failed: number }) }
}

test('a role is told what it used in a rehearsal and what it did not', { timeout: 120_000 }, () => {
  const { status, passed, failed } = permissions()
  expect(passed).toBeGreaterThan(0)
  expect(failed).toBeGreaterThan(0)
  expect(status).toBe(1)
})

test('a rehearsal notices each action that is taken out of a role', { timeout: 300_000 }, () => {
  const { status, passed, failed } = permissions('--mutate')
  expect({ status, failed }).toEqual({ status: 0, failed: 0 })
  expect(passed).toBeGreaterThan(1)
})
