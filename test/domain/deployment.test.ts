import { describe, expect, test } from 'vitest'
import { isOpen, judgeRolling, judgeStart, type RollingDecision, type StartDecision } from '../../domain/deployment.ts'

const WITHIN = 900_000
const EARLY = { now: WITHIN - 1, since: 0, within: WITHIN }
const TOO_LATE = { now: 2 * WITHIN, since: 0, within: WITHIN }
const LATE = { now: WITHIN, since: 0, within: WITHIN }

describe('a rolling deployment [P3.5a, P5.1b]', () => {
  test.each<[string, string | undefined, typeof EARLY, string | undefined, RollingDecision]>([
    ['waits to begin', 'PENDING', EARLY, undefined, { kind: 'waiting' }],
    ['goes on', 'IN_PROGRESS', EARLY, undefined, { kind: 'waiting' }],
    ['is stopped at its deadline', 'IN_PROGRESS', LATE, undefined, { kind: 'stop' }],
    ['is stopped at its deadline though it never began', 'PENDING', LATE, undefined, { kind: 'stop' }],
    ['that ECS does not show yet is waited for', undefined, LATE, undefined, { kind: 'waiting' }],
    [
      'that ECS never showed is given up a whole deadline later',
      undefined,
      TOO_LATE,
      undefined,
      { kind: 'failed', because: 'has not ended within 30m (ECS shows none)' },
    ],
    [
      'that does not even go back is given up a whole deadline later',
      'ROLLBACK_IN_PROGRESS',
      TOO_LATE,
      undefined,
      { kind: 'failed', because: 'has not ended within 30m (ROLLBACK_IN_PROGRESS)' },
    ],
    [
      'that goes on though it was stopped is given up a whole deadline later',
      'IN_PROGRESS',
      TOO_LATE,
      undefined,
      { kind: 'failed', because: 'has not ended within 30m (IN_PROGRESS)' },
    ],
    ['that made it even then has made it', 'SUCCESSFUL', TOO_LATE, undefined, { kind: 'done' }],
    ['is done', 'SUCCESSFUL', EARLY, undefined, { kind: 'done' }],
    ['that made it late has made it', 'SUCCESSFUL', LATE, undefined, { kind: 'done' }],
    ['that is being stopped is waited for', 'STOP_REQUESTED', LATE, undefined, { kind: 'waiting' }],
    ['that was asked back is waited for', 'ROLLBACK_REQUESTED', LATE, undefined, { kind: 'waiting' }],
    ['that goes back is waited for', 'ROLLBACK_IN_PROGRESS', LATE, undefined, { kind: 'waiting' }],
    ['in a status of tomorrow is waited for', 'REBALANCING', LATE, undefined, { kind: 'waiting' }],
    [
      'that ECS took back failed, with its reason',
      'ROLLBACK_SUCCESSFUL',
      EARLY,
      'Circuit breaker: tasks failed to start.',
      { kind: 'failed', because: 'was taken back by ECS: Circuit breaker: tasks failed to start' },
    ],
    [
      'that ECS took back after its deadline, though nobody had asked, failed for the reason that ECS names',
      'ROLLBACK_SUCCESSFUL',
      LATE,
      "Alarm of the service's own.",
      { kind: 'failed', because: "was taken back by ECS: Alarm of the service's own" },
    ],
    [
      'whose rollback failed says both',
      'ROLLBACK_FAILED',
      EARLY,
      undefined,
      { kind: 'failed', because: "failed, and so did ECS's own rollback" },
    ],
    [
      'that somebody stopped says so',
      'STOPPED',
      EARLY,
      'superseded.',
      { kind: 'failed', because: 'was stopped: superseded' },
    ],
  ])('%s', (_, status, time, reason, decision) => {
    expect(judgeRolling(status ? { arn: 'a', status, ...(reason ? { reason } : {}) } : undefined, time)).toEqual(
      decision,
    )
  })
})

test('a rolling deployment that Sluice had stopped since it was late says so', () => {
  const stopped = { arn: 'a', status: 'ROLLBACK_SUCCESSFUL', isLate: true }
  const because = 'was not up within 15m and was taken back'
  expect(judgeRolling(stopped, LATE)).toEqual({ kind: 'failed', because })
})

test('only a deployment whose end is known to us counts as ended', () => {
  const open = ['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'TOMORROW']
  const ended = ['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED']
  expect(open.filter(isOpen)).toEqual(open)
  expect(ended.filter(isOpen)).toEqual([])
})

test('a deployment that is given little time is still given enough for its way back', () => {
  const within = 60_000
  const judged = (now: number) => judgeRolling({ arn: 'a', status: 'ROLLBACK_IN_PROGRESS' }, { now, since: 0, within })
  expect(judged(15 * 60_000)).toEqual({ kind: 'waiting' })
  expect(judged(16 * 60_000)).toMatchObject({ kind: 'failed' })
})

describe('a service that is about to be given a new version', () => {
  const FOUND = { has: 'arn:x/api:3', recorded: 'arn:x/api:3', revision: undefined, running: undefined }
  test.each<[string, Partial<Parameters<typeof judgeStart>[0]>, StartDecision]>([
    ['is as the release found it', {}, { kind: 'free' }],
    ['is so though the revision for it is registered', { revision: 'arn:x/api:4' }, { kind: 'free' }],
    [
      'has the new version already, though ECS shows no deployment of it',
      { has: 'arn:x/api:4', revision: 'arn:x/api:4' },
      { kind: 'begun' },
    ],
    [
      'is being deployed by somebody else, be it the same once more',
      { running: 'arn:d' },
      { kind: 'foreign', because: 'deployment arn:d, which is not ours, has begun since the release looked' },
    ],
    [
      'was deployed by somebody else',
      { has: 'arn:x/api:5', revision: 'arn:x/api:4' },
      { kind: 'foreign', because: 'it has api:5 and no longer api:3, which it had when the release looked' },
    ],
  ])('%s', (_, facts, decision) => {
    expect(judgeStart({ ...FOUND, ...facts })).toEqual(decision)
  })
})
