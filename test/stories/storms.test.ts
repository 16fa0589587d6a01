import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { expect, test } from 'vitest'
import { pushStorm } from '../../cli/rehearsing/scenarios/storms.ts'
import { historyOf } from '../../functions/aws/executions.ts'
import { readHistory } from '../../functions/view/history.ts'
import { story, withDatabase } from './rehearsed.ts'

const HOURS = 24

test('a question that waits for a day costs at most one transition an hour', async () => {
  const { misses, world, releases } = await story('approval-expired')
  expect(misses).toEqual([])
  const history = await world.rehearsal.clock.during('look', () => historyOf(releases[0]?.executionArn ?? ''))
  const asked = history.findIndex(event => event.stateEnteredEventDetails?.name === 'RequestApproval')
  const left = history.findLastIndex(event => event.stateExitedEventDetails?.name === 'RequestApproval')
  expect(hoursBetween(history[asked], history[left])).toBeGreaterThanOrEqual(HOURS)
  const before = readHistory(history.slice(0, asked + 1)).transitions
  const transitions = readHistory(history.slice(0, left + 1)).transitions - before
  expect(transitions).toBeLessThanOrEqual(HOURS)
})

function hoursBetween(one: HistoryEvent | undefined, other: HistoryEvent | undefined): number {
  return (Number(other?.timestamp) - Number(one?.timestamp)) / 3_600_000
}

test('a dozen commits within a minute: the newest is released last, and those between give way to one that they name', async () => {
  const { misses, report } = await story('push-storm', { scenario: pushStorm(12) })
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 12, rollbacks: 0, locks: 0, waits: 0 })
})

test('a release whose functions lose their host twenty times ends as if nothing had happened', async () => {
  const quiet = await story('release', withDatabase())
  const killed = await story('host-killed-twenty-times', withDatabase())
  expect([...quiet.misses, ...killed.misses]).toEqual([])
  const whatCounts = ({ report }: typeof quiet) => {
    const { outcome, reason, executions, rollbacks, snapshots, migrations, locks, waits, hooks, notifications } = report
    const { slack, pagerduty, email } = notifications
    return {
      ...{ outcome, reason, executions, rollbacks, snapshots, migrations, locks, waits, hooks },
      after: report.stages.map(({ after }) => after),
      slack: slack.map(({ channel, text, thread }) => `${channel} ${thread} ${text}`).sort(),
      pagerduty: pagerduty.map(({ action, summary }) => `${action} ${summary}`).sort(),
      email: email.map(({ to, subject }) => `${to} ${subject}`).sort(),
    }
  }
  expect(whatCounts(killed)).toEqual(whatCounts(quiet))
})
