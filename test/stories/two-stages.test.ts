import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { validApplication } from '../../cli/rehearsing/rehearse-arguments.ts'
import { story } from './rehearsed.ts'

const file = fileURLToPath(new URL('../apps/two-stages.yaml', import.meta.url))

test('two stages are released one after the other, with every service of each [P2.1a]', async () => {
  const { report, misses } = await story('release', { file, application: validApplication(file) })
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', rollbacks: 0, locks: 0, waits: 0 })
  expect(report.stages.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['staging', 'released'],
    ['production', 'released'],
  ])
  expect(Object.keys(report.stages[1]?.after ?? {})).toEqual(['api', 'worker'])
  for (const { before, after } of report.stages) expect(after).not.toEqual(before)
})

test('a version that fails in production goes back there with every service, and stays in staging', async () => {
  const { report } = await story('failed-smoke', { file, application: validApplication(file) })
  expect(report).toMatchObject({ outcome: 'rolled-back', rollbacks: 1, locks: 0, waits: 0, requests: { failed: 0 } })
  const [staging, production] = report.stages
  expect([staging?.outcome, production?.outcome]).toEqual(['released', 'rolled-back'])
  expect(staging?.after).not.toEqual(staging?.before)
  expect(production?.after).toEqual(production?.before)
})
