import { describe, expect, test } from 'vitest'
import { judgeAnswer } from '../../domain/smoke.ts'

describe('the answer to a smoke test', () => {
  const smoke = { service: 'api', url: 'http://demo.example/health', status: 200, within: 2_000 }
  const GET = 'GET http://demo.example/health'
  test.each([
    ['as expected passes', { kind: 'answered', status: 200, tookMs: 12 }, { kind: 'passed', tookMs: 12 }],
    ['at the last moment passes', { kind: 'answered', status: 200, tookMs: 2_000 }, { kind: 'passed', tookMs: 2_000 }],
    [
      'of another status fails',
      { kind: 'answered', status: 503, tookMs: 12 },
      { kind: 'failed', because: `${GET} answered 503, not 200` },
    ],
    [
      'that came too late fails',
      { kind: 'answered', status: 200, tookMs: 2_000.6 },
      { kind: 'failed', because: `${GET} took 2001 ms, more than 2s` },
    ],
    [
      'that never came fails',
      { kind: 'no-answer', error: 'ECONNREFUSED' },
      { kind: 'failed', because: `${GET} got no answer: ECONNREFUSED` },
    ],
  ] as const)('%s', (_, answer, verdict) => {
    expect(judgeAnswer(smoke, answer)).toEqual(verdict)
  })

  test('on green fails as such', () => {
    expect(judgeAnswer(smoke, { kind: 'answered', status: 500, tookMs: 12 }, 'green')).toEqual({
      kind: 'failed',
      because: `${GET} on green answered 500, not 200`,
    })
  })
})
