import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { expect, test } from 'vitest'
import { pushStorm } from '../../cli/rehearsing/scenarios/storms.ts'
import { historyOf } from '../../functions/aws/executions.ts'
import { readHistory } from '../../functions/view/history.ts'
import { story, withDatabase } from './rehearsed.ts'

const HOURS = 24

test('a question that waits for a day costs at most one transition an hour [P3.1c]', async () => {
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

test('six commits within a minute: the newest is released last, and those between give way to one that they name [P1.4d, P1.4e]', async () => {
  const { misses, report } = await story('push-storm', { scenario: pushStorm(6) })
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 6, rollbacks: 0, locks: 0, waits: 0 })
})

test('a release whose functions lose their host twenty times ends as if nothing had happened, and everybody is told once', async () => {
  const { misses, report } = await story('host-killed-twenty-times', withDatabase())
  expect(misses).toEqual([])
  expect(report).toMatchObject({ outcome: 'released', executions: 1, rollbacks: 0, requests: { failed: 0 } })
  expect(report).toMatchObject({ snapshots: 2, migrations: 2, locks: 0, waits: 0, hooks: 0 })
  const { slack, pagerduty } = report.notifications
  expect(slack.filter(({ text }) => text.includes('is released'))).toHaveLength(1)
  expect(pagerduty.map(({ action }) => action)).toEqual(['change'])
})
