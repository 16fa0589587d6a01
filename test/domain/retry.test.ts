import { describe, expect, test } from 'vitest'
import { type Attempt, decideRetry, type RetryFacts } from '../../domain/retry.ts'

/** A release whose only attempt has failed, and that nothing stands in the way of. */
const FAILED: RetryFacts = {
  app: 'demo',
  release: '3f9c0a7f6d6a',
  request: 'one',
  newest: { attempt: 1, state: 'failed' },
  earlier: [],
  stages: ['staging', 'production'],
  quarantinedAt: [],
}
const attempt = (number: number, state: Attempt['state'], request?: string): Attempt => ({
  attempt: number,
  state,
  request,
})
const refused = (because: string) => ({ kind: 'refused', because })

const UNDER_WAY =
  'attempt 1 of it is under way; to see it: sluice watch demo 3f9c0a7f6d6a-1; to end it: sluice abort demo 3f9c0a7f6d6a-1'
const RELEASED =
  'it is already released, by attempt 1; to have the last stage serve it again: sluice rollback demo production --to 3f9c0a7f6d6a'

describe('a person who wants the next attempt of a release [P1.3d]', () => {
  test.each<[string, Partial<RetryFacts>, ReturnType<typeof decideRetry> | ReturnType<typeof refused>]>([
    ['gets it where it failed', {}, { kind: 'start', attempt: 2 }],
    ...(['rolled-back', 'rejected', 'expired', 'superseded', 'aborted', 'rollback-failed'] as const).map(
      state =>
        [`gets it where it ended ${state}`, { newest: attempt(4, state) }, { kind: 'start', attempt: 5 }] as [
          string,
          Partial<RetryFacts>,
          ReturnType<typeof decideRetry>,
        ],
    ),
    [
      'gets the attempt that was registered and never ran, not one more',
      { newest: attempt(2, 'registered'), earlier: [attempt(1, 'failed')] },
      { kind: 'start', attempt: 2 },
    ],
    ['does not get it while one is under way', { newest: attempt(1, 'under-way') }, refused(UNDER_WAY)],
    [
      'does not get it while an earlier one is under way',
      { newest: attempt(2, 'registered'), earlier: [attempt(1, 'under-way')] },
      refused(UNDER_WAY),
    ],
    ['does not get it once it is released', { newest: attempt(1, 'released') }, refused(RELEASED)],
    [
      'gets it where it was released once, and failed when it was released again',
      { newest: attempt(2, 'failed'), earlier: [attempt(1, 'released')] },
      { kind: 'start', attempt: 3 },
    ],
    [
      'is told how to lift what a stage refuses',
      { quarantinedAt: ['production'] },
      refused('it is quarantined at production; when it may go there again: sluice lift demo production 3f9c0a7f6d6a'),
    ],
    [
      'is told so for every stage that refuses it',
      { quarantinedAt: ['staging', 'production'], newest: attempt(1, 'released') },
      refused(
        'it is quarantined at staging and production; when it may go there again: sluice lift demo staging 3f9c0a7f6d6a; sluice lift demo production 3f9c0a7f6d6a',
      ),
    ],
    [
      'is told which newer release would supersede it',
      { overtakenBy: 'release 0123456789ab (v3)' },
      refused(
        'release 0123456789ab (v3) is newer and came first, so it would end superseded; to release it after that one: push its tag again',
      ),
    ],
    [
      'is rather told how to go back to it, where it is released',
      { overtakenBy: 'release 0123456789ab (v3)', newest: attempt(1, 'released') },
      refused(RELEASED),
    ],
  ])('%s', (_, facts, decision) => {
    expect(decideRetry({ ...FAILED, ...facts })).toEqual(decision)
  })
})

describe('the same request once more', () => {
  test.each<[string, Attempt, ReturnType<typeof decideRetry>]>([
    ['names the attempt that it has started', attempt(2, 'under-way', 'one'), { kind: 'started', attempt: 2 }],
    ['starts none though that has failed since', attempt(2, 'failed', 'one'), { kind: 'started', attempt: 2 }],
    ['starts what it has only registered', attempt(2, 'registered', 'one'), { kind: 'start', attempt: 2 }],
    ['is not the request of somebody else', attempt(2, 'failed', 'another'), { kind: 'start', attempt: 3 }],
  ])('%s', (_, newest, decision) => {
    expect(decideRetry({ ...FAILED, newest, earlier: [attempt(1, 'failed')] })).toEqual(decision)
  })
})
