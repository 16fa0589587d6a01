import { describe, expect, test } from 'vitest'
import type { Lock } from '../../../domain/lock.ts'
import { lock as lockSchema } from '../../../domain/lock.ts'
import type { Outcome } from '../../../domain/outcome.ts'
import type { Plan } from '../../../domain/plan.ts'
import { type StageRecord, type State, signOf, standingOf } from '../../../functions/notify/standing.ts'
import type { Step } from '../../../functions/view/history.ts'
import type { ReleaseView } from '../../../functions/view/release-view.ts'
import { RELEASE } from '../release.ts'
import { DIGEST, question } from './standings.ts'

const NOW = 500
const step: Step = { name: 'LockStage', state: 'running', from: 0, retries: 0 }
const free = lockSchema.parse({})
const held = (rollback?: true): Lock => ({
  ...free,
  held: { holder: 'x', release: RELEASE, attempt: 1, since: 0, ...(rollback && { rollback }) },
})

interface Seen {
  staging?: Outcome
  production?: Outcome
  steps?: Step[]
  rollback?: Step[]
  end?: Outcome
  record?: Partial<StageRecord>
}

/** Staging and production, as the ledger and the histories have them; the record is that of production. */
function standing({ staging = 'released', production, steps = [], rollback = [], end, record }: Seen) {
  const view: ReleaseView = {
    ...{ app: 'demo', release: RELEASE, attempt: 1, tag: 'v2', digests: { api: DIGEST }, outside: [] },
    stages: [
      { name: 'staging', steps: [step], rollback: [], outcome: staging },
      { name: 'production', steps, rollback, ...(production && { outcome: production }) },
    ],
    ...(end && { end: { outcome: end, reason: 'r', at: 0 } }),
  }
  return standingOf(view, { production: { lock: free, ...record } }, NOW)
}

describe('a release', () => {
  test.each<[string, Seen, State['kind'], string]>([
    ['waits for its turn', { steps: [step] }, 'waiting', '✓◷'],
    ['is asked for', { steps: [step], record: { approval: question() } }, 'asked', '✓◷'],
    ['was asked for too long ago', { record: { approval: question({ expiresAt: NOW }) } }, 'waiting', '✓◷'],
    [
      'was decided on',
      { record: { approval: question({ end: { kind: 'approved', because: '', at: 0 } }) } },
      'waiting',
      '✓◷',
    ],
    ['holds the stage', { steps: [step], record: { lock: held() } }, 'under-way', '✓◐'],
    ['goes back by its lock', { steps: [step], record: { lock: held(true) } }, 'going-back', '✓↩'],
    ['goes back by its steps', { steps: [step], rollback: [step], record: { lock: held() } }, 'going-back', '✓↩'],
    ['is in its last stage, which has ended', { production: 'released' }, 'under-way', '✓◐'],
    ['went wrong at a stage, and is about to end', { production: 'rolled-back' }, 'ended', '✓↩'],
    ['is released', { production: 'released', end: 'released' }, 'ended', '✓✓'],
    ['was rejected', { production: 'rejected', end: 'rejected' }, 'ended', '✓✗'],
    ['failed before production', { staging: 'failed', end: 'failed' }, 'ended', '✗·'],
  ])('%s', (_what, seen, kind, signs) => {
    const { state, stages } = standing(seen)
    expect(state.kind).toBe(kind)
    expect(stages.map(({ sign }) => sign).join('')).toBe(signs)
  })

  test('that did not end well says where, even if nobody wrote that down', () => {
    expect(standing({ staging: 'failed', end: 'failed' }).state).toEqual({
      ...{ kind: 'ended', outcome: 'failed', reason: 'r', stage: 'staging' },
    })
  })

  test('tells what its images claim of the way back, and nothing of those that claim nothing', () => {
    const of = { app: 'demo', release: RELEASE, attempt: 1, tag: 'v2', digests: {} }
    const image = (name: string) => ({ name, repository: name, uri: name, digest: DIGEST, platforms: [] })
    const images = { api: { ...image('api'), rollback: 'safe' as const }, web: image('web') }
    const plan: Plan = { ...of, order: 0, queue: 'supersede', images, stages: [], notify: {} }
    expect(standingOf({ ...of, plan, outside: [], stages: [] }, {}, NOW).claims).toEqual([
      { image: 'api', claim: 'safe' },
    ])
  })

  test('that has no plan yet is about to start', () => {
    const view = { app: 'demo', release: RELEASE, attempt: 1, tag: 'v2', digests: {}, outside: [], stages: [] }
    expect(standingOf(view, {}, NOW).state).toEqual({ kind: 'starting' })
  })
})

test.each<[Outcome, string]>([
  ['released', '✓'],
  ['rolled-back', '↩'],
  ['failed', '✗'],
  ['rejected', '✗'],
  ['expired', '◷'],
  ['superseded', '◷'],
  ['aborted', '✗'],
  ['rollback-failed', '✗'],
])('%s is %s', (outcome, sign) => {
  expect(signOf({ kind: 'ended', outcome, reason: '' })).toBe(sign)
})
