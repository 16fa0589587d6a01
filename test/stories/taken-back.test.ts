import { expect, test } from 'vitest'
import { story } from './rehearsed.ts'

test('a version that fails a smoke test goes back by itself, and the reason is what was asked and answered', async () => {
  const { report, misses } = await story('failed-smoke')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'rolled-back', executions: 1, rollbacks: 1, locks: 0, waits: 0 })
  expect(report.reason).toBe(
    'staging: GET http://staging.demo.example/version answered 500, not 200 (log: /ecs/demo-api, streams ecs/api/…)',
  )
  expect(report.stages[0]?.after).toEqual(report.stages[0]?.before)
})

test('a version that only production shows to be bad goes back there, wakes somebody, and stays in staging', async () => {
  const { report, misses } = await story('failed-in-production')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'rolled-back', rollbacks: 1, locks: 0, waits: 0, requests: { failed: 0 } })
  const [staging, production] = report.stages
  expect([staging?.outcome, production?.outcome]).toEqual(['released', 'rolled-back'])
  expect(production?.after).toEqual(production?.before)
  expect(report.notifications.pagerduty).toMatchObject([
    { action: 'trigger', dedupKey: 'sluice/demo/production', severity: 'error' },
    { action: 'resolve', dedupKey: 'sluice/demo/production' },
  ])
})

test('a version that exits at once is taken back before a user meets it, and the reason leads to its log', async () => {
  const { report, misses } = await story('never-starts')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'rolled-back', requests: { failed: 0 }, locks: 0, waits: 0 })
  expect(report.reason).toMatch(/container api exited with code 1 \(log: \/ecs\/demo-api, stream ecs\/api\/\w+\)/)
  expect(report.stages[0]?.after).toEqual(report.stages[0]?.before)
})

test('a release that somebody stops while it deploys is cleaned up [P4.4c]', async () => {
  const { report, misses } = await story('stopped-execution')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'aborted', executions: 1, rollbacks: 1, locks: 0, waits: 0 })
  expect(report.reason).toContain('was stopped: stopped by hand')
  expect(report.stages[0]?.after).toEqual(report.stages[0]?.before)
})

test('a step that ECS refuses everything fails the release before anything has changed [P8.1c]', async () => {
  const { report, misses } = await story('release', { fault: { of: 'step', name: 'CheckPreconditions', kind: 'fail' } })
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'failed', rollbacks: 1, locks: 0, waits: 0 })
  expect(report.reason).toContain('AccessDeniedException')
})
