import { expect, test } from 'vitest'
import { blueGreen } from './blue-green.ts'
import { story } from './rehearsed.ts'

const BACK = { outcome: 'rolled-back', rollbacks: 1, locks: 0, waits: 0, requests: { failed: 0 } }

/** The messages of the channel itself, not those in threads or to one person. */
const inChannel = (slack: { channel: string; text: string; thread: boolean }[]) =>
  slack.filter(({ channel, thread }) => channel === '#deploys' && !thread).map(({ text }) => text)

test('a person takes a released version back, and no user notices', async () => {
  const { report, misses } = await story('manual-rollback')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ ...BACK, reason: 'customers cannot pay' })
  expect(inChannel(report.notifications.slack)).toEqual([
    '✓ demo `v2` is released',
    '↩ demo: the rollback of `v2` is done at production',
  ])
})

test('a rollback at the gate leaves the waiting release alone, whose approvers are asked anew [P4.2b, P4.2c]', async () => {
  const { report, misses, releases } = await story('rollback-at-approval')
  expect(misses).toEqual([])
  expect(report).toMatchObject(BACK)
  expect(releases.map(({ tag, end }) => [tag, end?.outcome])).toEqual([
    ['v2', 'released'],
    ['v3', 'rejected'],
  ])
})

test.each(['rollback-at-deploy', 'rollback-at-smoke'])('%s: the release gives the stage back', async name => {
  const { report, misses } = await story(name)
  expect(misses).toEqual([])
  expect(report).toMatchObject(BACK)
})

test('two people take production back at once: there is one rollback, and one message says how it ended [P6.5b, P6.5c]', async () => {
  const { report, misses } = await story('rollback-twice')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ ...BACK, executions: 1 })
  expect(inChannel(report.notifications.slack)).toEqual(['↩ demo `v2` was rolled back at production'])
  expect(report.notifications.pagerduty.map(({ action }) => action)).toEqual(['trigger', 'resolve'])
})

test.each(['rollback-before-traffic', 'rollback-at-shift', 'rollback-at-watch'])(
  '%s: the traffic goes back to tasks that are still there, and no task is started [P6.2a]',
  async name => {
    const { report, misses } = await blueGreen(name)
    expect(misses).toEqual([])
    expect(report).toMatchObject({ ...BACK, hooks: 0 })
    expect(inChannel(report.notifications.slack)).toEqual(['↩ demo `v2` was rolled back at production'])
  },
)

test('a person takes a released colour back: it is deployed back by blue/green, and no user notices [P6.2c]', async () => {
  const { report, misses } = await blueGreen('rollback-after')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ ...BACK, hooks: 0 })
})

test('a person takes one release back, and then the one before it', async () => {
  const { report, misses } = await blueGreen('rollback-again')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ ...BACK, rollbacks: 2, executions: 2, hooks: 0 })
})

test('a rollback before anything was released is refused, with the reason [P6.3c]', async () => {
  const { report, misses } = await blueGreen('rollback-first-release')
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: null, executions: 0, rollbacks: 0, locks: 0, waits: 0 })
  expect(report.reason).toContain('no release has changed this stage yet, so there is nothing to go back to')
})
