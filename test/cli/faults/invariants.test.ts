import { describe, expect, test } from 'vitest'
import { readApplication } from '../../../apps/read.ts'
import type { Fault } from '../../../cli/faults/catalogue.ts'
import type { Evidence } from '../../../cli/faults/evidence.ts'
import { brokenIn, INVARIANTS, type InvariantName } from '../../../cli/faults/invariants.ts'
import { FILE } from '../../../cli/faults/play.ts'
import { BEFORE, BY, ended, overtaken, PUSHED, pages, quiet } from './evidence.ts'

const ecsRefuses: Fault = { of: 'step', name: 'CloseStage', kind: 'fail' }
const pagedLate: Fault = { of: 'step', name: 'TellPagerDuty', kind: 'crash-before' }
const stopped: Fault = { of: 'step', name: 'CloseStage', kind: 'stop' }

const migration = (from: number, to: number, exitCode = 0) =>
  ({ of: 'migrations', by: BY, kind: 'migration', from, to, exitCode }) as const

const namesOf = (evidence: Evidence) => [...new Set(brokenIn(evidence).map(({ name }) => name))]

describe('nothing is wrong', () => {
  test.each<[string, Evidence]>([
    ['with a release that was released', quiet()],
    ['with one that was rolled back', ended('rolled-back')],
    ['with one that failed, of which somebody is paged', ended('failed')],
    ['with one that was stopped', ended('aborted')],
    [
      'with a way back of which PagerDuty heard once it was over',
      ended('rolled-back', { happened: [pagedLate], pages: pages({}) }),
    ],
    ['with releases that came while another held the stage, of which the newest was released', overtaken()],
    [
      'with a migration that was undone',
      ended('rolled-back', {
        tasks: [
          { of: 'migrations', by: BY, kind: 'migration', from: 10, to: 20, exitCode: 0 },
          { of: 'migrations', by: BY, kind: 'undoing', from: 50, to: 60, exitCode: 0 },
        ],
      }),
    ],
    [
      'with a released version that a person took back',
      quiet({
        rollbacks: ['rolled-back'],
        rollbacksTold: ['rolled-back'],
        served: { production: { before: BEFORE, pushed: { v2: PUSHED }, now: BEFORE } },
        pages: pages({ resolved: 1, changes: 1 }),
        channel: {
          posts: ['✓ shop `v2` is released', '↩ shop: the rollback of `v2` is done'],
          ends: 1,
          saysPausesStay: false,
        },
      }),
    ],
    [
      'with pauses that ECS refuses to let go, of which people know',
      quiet({
        happened: [ecsRefuses],
        left: { locks: 0, blocked: 0, waits: 0, unsent: 0, hooks: 1 },
        channel: { posts: ['✓ shop `v2` is released'], ends: 1, saysPausesStay: true },
      }),
    ],
    [
      'with a release that was seen to serve when its execution was stopped',
      quiet({ happened: [stopped], ledger: quiet().ledger.map(entry => ({ ...entry, status: 'ABORTED' })) }),
    ],
    [
      'with two releases of a stage, each with a snapshot and a migration of its own',
      quiet({ snapshots: [BY, `${BY}, again`], tasks: [migration(10, 20), { ...migration(30, 40), by: 'another' }] }),
    ],
    ['with an application that tells nobody', (({ channel: _, pages: __, ...silent }) => silent)(quiet())],
  ])('%s', (_, evidence) => {
    expect(brokenIn(evidence)).toEqual([])
  })
})

const [release] = quiet().ledger
if (!release) throw new Error('there is no release')
/** What people have of two releases. */
const ofTwo: Partial<Evidence> = {
  channel: { posts: ['`v2` is released', '`v2` is released'], ends: 2, saysPausesStay: false },
  pages: pages({ changes: 2 }),
}
const staged = (outcome: 'released' | 'rollback-failed' | undefined, before = BEFORE) => [
  { name: 'production', outcome, before },
]

const CASES: [string, InvariantName, Evidence][] = [
  ['a stage was backed up twice', 'one snapshot', quiet({ snapshots: [BY, BY] })],
  ['two migrations stand', 'one migration', quiet({ tasks: [migration(1, 2), migration(3, 4)] })],
  ['two migrations ran at once', 'one migration', quiet({ tasks: [migration(1, 9), migration(3, 4, 1)] })],
  ['what never ran was undone', 'one migration', quiet({ tasks: [{ ...migration(1, 2), kind: 'undoing' }] })],
  [
    'a service had two deployments in flight',
    'one deployment',
    quiet({
      deployments: [
        { of: 'front', from: 1, to: 9 },
        { of: 'front', from: 5, to: 7 },
      ],
    }),
  ],
  ['a deployment is left in flight', 'one deployment', quiet({ deployments: [{ of: 'front', from: 1 }] })],
  [
    'production serves a part of what was pushed',
    'known versions',
    quiet({
      ledger: [{ ...release, outcome: 'failed', status: 'FAILED', stages: [] }],
      served: {
        production: {
          before: { ...BEFORE, worker: { api: 'sha256:old' } },
          pushed: { v2: { ...PUSHED, worker: { api: 'sha256:new' } } },
          now: { ...PUSHED, worker: { api: 'sha256:old' } },
        },
      },
      channel: { posts: ['shop `v2` failed'], ends: 1, saysPausesStay: false },
      pages: pages({ open: 1 }),
    }),
  ],
  [
    'the release has no end in the ledger',
    'as told',
    quiet({
      ledger: [{ ...release, outcome: undefined }],
      channel: { posts: [], ends: 0, saysPausesStay: false },
      pages: pages({}),
    }),
  ],
  ['a stage has no end in the ledger', 'as told', quiet({ ledger: [{ ...release, stages: staged(undefined) }] })],
  ['it is called released where no stage is', 'as told', quiet({ ledger: [{ ...release, stages: [] }] })],
  [
    'the ledger is wrong on what served before',
    'as told',
    quiet({ ledger: [{ ...release, stages: staged('released', PUSHED) }] }),
  ],
  [
    'it is called released, and production serves the old version',
    'as told',
    quiet({ served: { production: { before: BEFORE, pushed: { v2: PUSHED }, now: BEFORE } } }),
  ],
  [
    'the ledger is wrong on what the newest release replaced',
    'as told',
    overtaken({ ledger: overtaken().ledger.map(entry => ({ ...entry, stages: [...release.stages] })) }),
  ],
  [
    'the newest release is called released, and production serves the one before',
    'as told',
    overtaken({ served: { production: { before: BEFORE, pushed: { v2: PUSHED, v4: {} }, now: PUSHED } } }),
  ],
  [
    'a way back has no end in the ledger',
    'as told',
    quiet({
      rollbacks: [undefined],
      rollbacksTold: [undefined],
      channel: { posts: ['`v2` is released', 'the rollback of'], ends: 1, saysPausesStay: false },
    }),
  ],
  [
    'the ledger knows nothing of a rollback that was done',
    'as told',
    quiet({
      rollbacks: ['rolled-back'],
      served: { production: { before: BEFORE, pushed: { v2: PUSHED }, now: BEFORE } },
      channel: { posts: ['`v2` is released', 'the rollback of'], ends: 1, saysPausesStay: false },
      pages: pages({ resolved: 1, changes: 1 }),
    }),
  ],
  ['a lock is left', 'nothing left', quiet({ left: { locks: 1, blocked: 0, waits: 0, unsent: 0, hooks: 0 } })],
  [
    'a stage is closed for nothing',
    'nothing left',
    quiet({ left: { locks: 1, blocked: 1, waits: 0, unsent: 0, hooks: 0 } }),
  ],
  [
    'a message waits to be sent',
    'nothing left',
    quiet({ left: { locks: 0, blocked: 0, waits: 0, unsent: 1, hooks: 0 } }),
  ],
  ['somebody still waits', 'nothing left', quiet({ left: { locks: 0, blocked: 0, waits: 1, unsent: 0, hooks: 0 } })],
  [
    'a pause is left on a service',
    'nothing left',
    quiet({ left: { locks: 0, blocked: 0, waits: 0, unsent: 0, hooks: 2 } }),
  ],
  [
    'one stage was backed up twice, and another not at all',
    'one snapshot',
    quiet({ snapshots: [BY, BY], ledger: [release, release], started: 2, ...ofTwo }),
  ],
  [
    'two migrations of one release stand, and none of another',
    'one migration',
    quiet({ tasks: [migration(1, 2), migration(3, 4)], ledger: [release, release], started: 2, ...ofTwo }),
  ],
  [
    'a release that was rolled back succeeds as an execution',
    'as told',
    ended('rolled-back', { ledger: ended('rolled-back').ledger.map(entry => ({ ...entry, status: 'SUCCEEDED' })) }),
  ],
  [
    'an execution was stopped that nobody has stopped',
    'as told',
    quiet({ ledger: [{ ...release, status: 'ABORTED' }] }),
  ],
  [
    'a pause is left, as people are told, that nothing keeps there',
    'nothing left',
    quiet({
      left: { locks: 0, blocked: 0, waits: 0, unsent: 0, hooks: 1 },
      channel: { posts: ['✓ shop `v2` is released'], ends: 1, saysPausesStay: true },
    }),
  ],
  ['a link that nobody had used was not tried', 'links refused', quiet({ late: { unused: 1, tried: 0, counted: 0 } })],
  ['nobody was paged when services went back', 'told once', ended('rolled-back', { pages: pages({}) })],
  ['three incidents were opened for one', 'told once', ended('failed', { pages: pages({ open: 3 }) })],
  [
    'an incident was opened again when it was over',
    'told once',
    ended('rolled-back', { pages: pages({ resolved: 2 }) }),
  ],
  ['somebody decided after the end', 'links refused', quiet({ late: { unused: 1, tried: 1, counted: 1 } })],
  [
    'it was told twice that the release ended',
    'told once',
    quiet({ channel: { posts: ['✓ shop `v2` is released'], ends: 2, saysPausesStay: false } }),
  ],
  [
    'there are two messages of one release',
    'told once',
    quiet({ channel: { posts: ['`v2` is released', '`v2` is released'], ends: 1, saysPausesStay: false } }),
  ],
  [
    'the message says something else',
    'told once',
    quiet({ channel: { posts: ['shop `v2` is being released'], ends: 1, saysPausesStay: false } }),
  ],
  ['nobody is paged for what has to be mended', 'told once', ended('failed', { pages: pages({}) })],
  ['somebody is still paged for what is over', 'told once', ended('rolled-back', { pages: pages({ open: 1 }) })],
  ['Slack would have refused a message', 'told once', quiet({ refused: ['no such channel'] })],
  ['an execution still runs', 'all ended', quiet({ executions: { 'arn:release': 'RUNNING' } })],
  ['a release had two executions', 'all ended', quiet({ started: 2 })],
  ['nobody is paged of a way back', 'told once', ended('rolled-back', { pages: pages({}) })],
  [
    'nobody is paged of a way back, and something else went wrong',
    'told once',
    ended('rolled-back', {
      happened: [{ of: 'step', name: 'LockStage', kind: 'kill-host' }],
      pages: pages({}),
    }),
  ],
  [
    'the channel says of one release only how another ended',
    'told once',
    overtaken({
      channel: {
        posts: ['`v2` is released', '`v3` gave way to a newer release', '`v4` waits for the stage'],
        ends: 3,
        saysPausesStay: false,
      },
    }),
  ],
  ['a request of a user failed', 'users served', quiet({ users: { total: 300, failed: 1 } })],
  ['a role lacks a right', 'rights enough', quiet({ denied: ['role LockStage dynamodb:PutItem table'] })],
]

describe('it is seen that', () => {
  test.each(CASES)('%s', (_, name, evidence) => {
    expect(namesOf(evidence)).toEqual([name])
  })

  test('every invariant is broken by one of these at least', () => {
    expect(new Set(CASES.map(([, name]) => name))).toEqual(new Set(Object.keys(INVARIANTS)))
  })
})

test('an approver of the application that is played never answers, so that a link is unused in the end', () => {
  const read = readApplication(FILE)
  if (read.kind !== 'valid') throw new Error(read.mistakes.join('; '))
  for (const { approval } of read.application.stages)
    expect(approval?.approvers.length).toBeGreaterThan(approval?.required ?? 0)
})

test('after a rollback that failed nobody knows what is served, and the stage is closed', () => {
  const evidence = quiet({
    ledger: [{ ...release, outcome: 'rollback-failed', status: 'FAILED', stages: staged('rollback-failed') }],
    served: { production: { before: BEFORE, pushed: { v2: PUSHED }, now: {} } },
    left: { locks: 1, blocked: 1, waits: 0, unsent: 0, hooks: 0 },
    channel: { posts: ['shop `v2` could not be taken back'], ends: 1, saysPausesStay: false },
    pages: pages({ open: 1 }),
  })
  expect(brokenIn(evidence)).toEqual([])
})
