import { expect, test } from 'vitest'
import { demo, story } from './rehearsed.ts'

test('a pushed version is released, and none of more than a thousand requests of users fails', async () => {
  const { report, misses, releases } = await story('release', demo())
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 1, rollbacks: 0, locks: 0, waits: 0 })
  expect(report.requests.failed).toBe(0)
  expect(report.requests.total).toBeGreaterThanOrEqual(1_000)
  const first = [
    'LockStage',
    'CheckPreconditions',
    'BackUpDatabase',
    'RunMigrations',
    'DeployNewVersion',
    'RunSmokeTests',
  ]
  const last = ['VerifyDeployment', 'CloseStage']
  expect(report.stages.map(stage => stage.steps.map(({ name }) => name))).toEqual([
    [...first, ...last],
    ['RequestApproval', ...first, 'ShiftTraffic', 'WatchAlarms', 'CompleteDeployment', ...last],
  ])
  for (const { before, after } of report.stages) {
    expect(before).not.toEqual(after)
    expect(after['demo-api']?.api).toBe(releases[0]?.digests.api)
  }
  expect(report.release).toBe(releases[0]?.release)
  // Every state and choice once, and a try more for each heartbeat: fifteen of the watch alone.
  expect(report.transitions).toBeGreaterThan(50)
  expect(report.transitions).toBeLessThan(80)
})

test('an event that comes four times starts one release [P1.2d]', async () => {
  const { report, misses } = await story('duplicate-push')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 1, locks: 0, waits: 0 })
})

test('a release whose events are all lost is found by its heartbeats [P3.1a]', async () => {
  const { report, misses } = await story('lost-events')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 1, locks: 0, waits: 0 })
  const deployed = report.stages[0]?.steps.find(({ name }) => name === 'DeployNewVersion')
  expect(deployed?.seconds).toBeGreaterThan(100)
})

test('the same with tasks that are processes and time that passes, and in less than a gigabyte', async () => {
  const { report, misses, world } = await story('release', { ...demo(), drive: 'paced', speed: 60 })
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', requests: { failed: 0 }, executions: 1, locks: 0, waits: 0 })
  expect(report.requests.total).toBeGreaterThanOrEqual(1_000)
  expect(await world.rehearsal.memory()).toBeLessThan(2 ** 30)
}, 300_000)
