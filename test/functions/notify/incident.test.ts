import { describe, expect, test } from 'vitest'
import type { Outcome } from '../../../domain/outcome.ts'
import type { Notification, Transition } from '../../../events/notification.ts'
import type { Incident } from '../../../functions/aws/told.ts'
import { type Cause, counted, type Effect, effectOf, keyOf, owed } from '../../../functions/notify/incident.ts'
import { RELEASE } from '../release.ts'

const ALL: Cause[] = ['rolled-back', 'rollback-failed', 'failed']
const about = { app: 'demo', release: RELEASE, attempt: 1, tag: 'v2' }
const told = (transition: Transition, id = 'a', at = 100): Notification => ({ id, at, about, transition })
const back: Transition = { kind: 'rolling-back', stage: 'production', reason: 'production: 33 % errors' }
const end = (outcome: Outcome, stage = 'production'): Transition => ({
  ...{ kind: 'release-ended', outcome, reason: `${stage}: 33 % errors` },
  ...(stage && { stage }),
})
const wayBack = (outcome: Outcome): Transition => ({
  kind: 'rollback-ended',
  stage: 'production',
  outcome,
  reason: 'r',
})
const key = 'sluice/demo/production'
const keys = [key, `${key}/rollback-failed`]

describe('what somebody is called for', () => {
  test.each<[string, Transition, Cause[], Effect]>([
    [
      'going back',
      back,
      ALL,
      { kind: 'open', key, severity: 'error', summary: 'demo production rolls back: 33 % errors after v2' },
    ],
    ['going back, unasked', back, ['failed'], { kind: 'nothing' }],
    ['gone back', end('rolled-back'), ALL, { kind: 'close', keys }],
    ['gone back, asked by a person', wayBack('rolled-back'), ALL, { kind: 'close', keys }],
    ['nothing to take back, asked by a person', wayBack('failed'), ALL, { kind: 'close', keys }],
    [
      'nobody knows',
      end('rollback-failed'),
      ALL,
      {
        kind: 'open',
        key: `${key}/rollback-failed`,
        severity: 'critical',
        summary: 'demo production could not be rolled back and is closed: 33 % errors after v2',
      },
    ],
    [
      'nobody knows, asked by a person',
      wayBack('rollback-failed'),
      ALL,
      expect.objectContaining({ kind: 'open', severity: 'critical' }),
    ],
    ['nobody knows, unasked', end('rollback-failed'), ['failed'], { kind: 'nothing' }],
    [
      'failed',
      end('failed'),
      ALL,
      { kind: 'open', key, severity: 'error', summary: 'demo v2 failed at production: 33 % errors' },
    ],
    ['failed, unasked: the stage is as it was', end('failed'), ['rolled-back'], { kind: 'close', keys }],
    [
      'failed before there was a stage',
      end('failed', ''),
      ALL,
      expect.objectContaining({ kind: 'open', key: 'sluice/demo' }),
    ],
    ['stopped', end('aborted'), ALL, { kind: 'close', keys }],
    ['released', end('released', ''), ALL, { kind: 'close', keys: ['sluice/demo', 'sluice/demo/rollback-failed'] }],
    [
      'a stage released, whose database may have been kept before',
      { kind: 'stage-released', stage: 'production', isLast: false },
      ALL,
      { kind: 'close', keys: [...keys, `${key}/database-kept`] },
    ],
    [
      'a database that was kept, whatever somebody wants to hear of',
      { kind: 'database-kept', stage: 'production', because: 'production: nobody was there to choose' },
      ['failed'],
      {
        kind: 'open',
        key: `${key}/database-kept`,
        severity: 'error',
        summary:
          'demo production goes back from v2, and somebody has to decide on its database: nobody was there to choose',
      },
    ],
    ['rejected', end('rejected'), ALL, { kind: 'nothing' }],
    ['expired', end('expired'), ALL, { kind: 'nothing' }],
    ['superseded', end('superseded'), ALL, { kind: 'nothing' }],
    ['trouble', { kind: 'trouble', stage: 'production', because: 'a hook is left' }, ALL, { kind: 'nothing' }],
    ['started', { kind: 'release-started' }, ALL, { kind: 'nothing' }],
  ])('%s', (_what, transition, on, effect) => {
    expect(effectOf(told(transition), on)).toEqual(effect)
  })

  test('is named after the stage, in what PagerDuty takes, however long the names are', () => {
    expect(keyOf('a'.repeat(24), 'b'.repeat(24)).length).toBeLessThanOrEqual(255)
    const long = { ...told(end('rollback-failed')), about: { ...about, tag: 't'.repeat(128) } }
    const effect = effectOf(
      { ...long, transition: { ...end('rollback-failed'), reason: 'x'.repeat(10_000) } as Transition },
      ALL,
    )
    expect(effect.kind === 'open' && effect.summary.length).toBeLessThanOrEqual(1_024)
    expect(effect.kind === 'open' && effect.summary).toMatch(/x…x+ after t{128}$/)
  })
})

test('a reason that is too long is cut where its addresses are: the backup and what became of the database stay', () => {
  const reason =
    'production migration: container migrate exited with code 137 (killed: out of memory, or SIGKILL): OutOfMemoryError: Container killed due to memory usage. ' +
    'The database may be half migrated; backup: snapshot sluice-demo-production-3f9c0a7f6d6a-1 of demo-production. ' +
    `Its last lines: log group /${'g'.repeat(250)}, stream migrate/${'s'.repeat(40)}, https://console.example/${'x'.repeat(400)}. ` +
    'It is kept as it is, as the application file says'
  for (const transition of [
    { ...back, reason },
    { ...end('failed'), reason },
  ] as Transition[]) {
    const effect = effectOf(told(transition), ALL)
    expect(effect.kind === 'open' && effect.summary).toMatch(
      /exited with code 137 .+ backup: snapshot sluice-demo-production-3f9c0a7f6d6a-1 of demo-production\. .+…x+\. It is kept as it is, as the application file says/,
    )
  }
})

/** What stands after these, in the order in which they came. */
function standingAfter(...all: [kind: 'open' | 'close', id: string, at: number][]): Incident | undefined {
  let incident: Incident | undefined
  for (const [kind, id, at] of all) {
    const effect = kind === 'open' ? ({ kind, key, severity: 'error', summary: id } as const) : { kind, key }
    incident = counted(incident, effect, told(back, id, at)).next ?? incident
  }
  return incident
}

describe('the incident of a stage', () => {
  test.each<[string, Parameters<typeof standingAfter>, object]>([
    ['opened', [['open', 'a', 1]], { alarm: { kind: 'open', summary: 'a' }, revision: 1, accepted: 0 }],
    [
      'opened by what comes twice',
      [
        ['open', 'a', 1],
        ['open', 'a', 1],
      ],
      { revision: 1 },
    ],
    [
      'told again later',
      [
        ['open', 'a', 1],
        ['open', 'a', 9],
      ],
      { revision: 1, at: 1 },
    ],
    [
      'opened and closed',
      [
        ['open', 'a', 1],
        ['close', 'b', 2],
      ],
      { alarm: { kind: 'closed' }, revision: 2, accepted: 0 },
    ],
    [
      'closed, then opened by an older message',
      [
        ['close', 'b', 2],
        ['open', 'a', 1],
      ],
      { alarm: { kind: 'closed' }, revision: 1 },
    ],
    [
      'two at the same time',
      [
        ['open', 'a', 1],
        ['open', 'b', 1],
      ],
      { alarm: { kind: 'open', summary: 'b' }, revision: 2 },
    ],
    ['never open', [['close', 'a', 1]], { alarm: { kind: 'closed' }, revision: 1, accepted: 1 }],
    [
      'never open, twice',
      [
        ['close', 'a', 1],
        ['close', 'b', 2],
      ],
      { revision: 2, accepted: 2 },
    ],
    [
      'closed twice before PagerDuty heard',
      [
        ['open', 'a', 1],
        ['close', 'b', 2],
        ['close', 'c', 3],
      ],
      { revision: 3, accepted: 0 },
    ],
    [
      'opened again',
      [
        ['close', 'a', 1],
        ['open', 'b', 2],
      ],
      { alarm: { kind: 'open' }, revision: 2, accepted: 1 },
    ],
  ])('%s', (_what, messages, standing) => {
    expect(standingAfter(...messages)).toMatchObject(standing)
  })

  test('is told to PagerDuty until it is accepted, and again when it changed while it was being told', () => {
    const open = standingAfter(['open', 'a', 1])
    expect(owed(open, undefined)).toMatchObject({ kind: 'open' })
    expect(owed(open && { ...open, accepted: 1 }, undefined)).toBeUndefined()
    const closed = standingAfter(['open', 'a', 1], ['close', 'b', 2])
    expect(owed(closed && { ...closed, accepted: 2 }, 1)).toEqual({ kind: 'closed' })
    expect(owed(closed && { ...closed, accepted: 2 }, 2)).toBeUndefined()
    expect(owed(undefined, undefined)).toBeUndefined()
  })

  test('remembers the last transitions only', () => {
    const many = Array.from({ length: 80 }, (_, at): ['open', string, number] => ['open', `n${at}`, at])
    expect(standingAfter(...many)?.counted).toHaveLength(50)
  })
})
