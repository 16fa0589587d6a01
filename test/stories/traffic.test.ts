import { expect, test } from 'vitest'
import { blueGreen, mixed } from './blue-green.ts'

const QUIET = { locks: 0, waits: 0, hooks: 0 }
const UNSEEN = { ...QUIET, outcome: 'rolled-back', rollbacks: 1, requests: { failed: 0 } }

test('production changes colour while its users are served, in the order of a release', async () => {
  const { report, misses } = await blueGreen('release')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ ...QUIET, outcome: 'released', executions: 1, rollbacks: 0, requests: { failed: 0 } })
  const [production] = report.stages
  expect(production?.steps.map(({ name }) => name)).toEqual([
    ...['RequestApproval', 'LockStage', 'CheckPreconditions', 'DeployNewVersion', 'RunSmokeTests'],
    ...['ShiftTraffic', 'WatchAlarms', 'CompleteDeployment', 'VerifyDeployment', 'CloseStage'],
  ])
  const watched = production?.steps.find(({ name }) => name === 'WatchAlarms')
  expect(watched?.seconds).toBeGreaterThanOrEqual(300)
  expect(production?.after).not.toEqual(production?.before)
})

test.each(['bad-release', 'alarm-rings'])(
  '%s: users meet errors, production goes back without a new task, and somebody was woken until it was good',
  async name => {
    const { report, misses } = await blueGreen(name)
    expect(misses).toEqual([])
    expect(report).toMatchObject({ ...QUIET, outcome: 'rolled-back', rollbacks: 1 })
    expect(report.requests.failed).toBeGreaterThan(0)
    expect(report.reason).toMatch(/^production: /)
    expect(report.stages[0]?.after).toEqual(report.stages[0]?.before)
    expect(report.notifications.pagerduty.map(({ action }) => action)).toEqual(['trigger', 'resolve'])
  },
)

test.each([
  ['green-unhealthy', /was not ready within 15m/],
  ['failed-green-smoke', /on green answered 500, not 200/],
  ['tasks-fail', /container api exited with code 1/],
  ['one-green-fails', /demo-web: the new version was not ready within 15m/],
])('%s: no user has seen green', async (name, because) => {
  const { report, misses } = await blueGreen(name)
  expect(misses).toEqual([])
  expect(report).toMatchObject(UNSEEN)
  expect(report.reason).toMatch(because)
})

test.each([
  ['sluice-dies', /POST_PRODUCTION_TRAFFIC_SHIFT timed out/],
  ['hook-timeout', /POST_TEST_TRAFFIC_SHIFT timed out/],
  ['stopped-by-person', /StopServiceDeployment was called/],
  ['ecs-alarm-rollback', /alarms detected: owners-of-the-shop/],
])('%s: what ECS took back is never called released', async (name, because) => {
  const { report, misses } = await blueGreen(name)
  expect(misses).toEqual([])
  expect(report).toMatchObject(UNSEEN)
  expect(report.reason).toMatch(because)
})

test('a green that is ready at once waits for one that takes ten minutes', async () => {
  const { report, misses } = await blueGreen('slow-sibling')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ ...QUIET, outcome: 'released', requests: { failed: 0 } })
  const deployed = report.stages[0]?.steps.find(({ name }) => name === 'DeployNewVersion')
  expect(deployed?.seconds).toBeGreaterThan(9 * 60)
})

test('a CloudFront that refuses takes nothing back, and is told', async () => {
  const { report, misses } = await blueGreen('cloudfront-fails')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ ...QUIET, outcome: 'released', rollbacks: 0 })
  expect(report.notifications.slack.map(({ text }) => text).join('\n')).toMatch(/CloudFront/)
})

test.each(['release', 'bad-release'])('%s of a stage with both strategies', async name => {
  const { report, misses } = await mixed(name)
  // What is replaced task by task goes back with tasks of its own.
  expect(misses.filter(miss => !miss.startsWith('the way back started task'))).toEqual([])
  expect(report).toMatchObject({ ...QUIET, outcome: name === 'release' ? 'released' : 'rolled-back' })
})
