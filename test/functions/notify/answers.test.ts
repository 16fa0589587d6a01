import { describe, expect, test } from 'vitest'
import { type Answer, judgePagerDuty, judgeSlack, judgeWebhook, pauseAfter } from '../../../functions/notify/answers.ts'

const answered = (status: number, text = '', retryAfter: string | null = null): Answer => ({
  kind: 'answered',
  ...{ status, retryAfter, text },
})
const says = (error: string) => answered(200, JSON.stringify({ ok: false, error }))
const NONE: Answer = { kind: 'no-answer', because: 'no answer: it took too long' }

describe('what Slack answers', () => {
  test.each<[string, Answer, object]>([
    ['ok', answered(200, '{"ok":true,"ts":"1.2"}'), { kind: 'done', text: '{"ok":true,"ts":"1.2"}' }],
    ['nothing', NONE, { kind: 'unknown', because: 'no answer: it took too long' }],
    ['429 with seconds', answered(429, '', '90'), { kind: 'slow-down', seconds: 90 }],
    ['429 without seconds', answered(429), { kind: 'slow-down', seconds: 30 }],
    ['429 with nonsense', answered(429, '', 'soon'), { kind: 'slow-down', seconds: 30 }],
    ['a limit with 200', answered(200, '{"ok":false,"error":"ratelimited"}', '7'), { kind: 'slow-down', seconds: 7 }],
    ['500', answered(500), { kind: 'unknown' }],
    ['503', answered(503, '', '5'), { kind: 'unknown' }],
    ['an outage with 200', says('internal_error'), { kind: 'unknown' }],
    ['a page of a proxy', answered(200, '<html>'), { kind: 'unknown' }],
    ['an empty body', answered(200), { kind: 'unknown' }],
    ['a token it refuses', says('invalid_auth'), { kind: 'mend', because: 'Slack says invalid_auth' }],
    ['a token it took back', says('token_revoked'), { kind: 'mend' }],
    ['no such channel', says('channel_not_found'), { kind: 'refused' }],
    ['not a member', says('not_in_channel'), { kind: 'refused', todo: 'invite the app into the channel' }],
    [
      'a missing scope',
      answered(200, '{"ok":false,"error":"missing_scope","needed":"im:write"}'),
      { kind: 'refused', because: 'Slack says missing_scope (im:write)' },
    ],
    ['no such person', says('user_not_found'), { kind: 'refused' }],
    [
      'what nobody has heard of',
      says('too_purple'),
      { kind: 'refused', because: 'Slack says too_purple', todo: 'report it: Slack does not take what was sent' },
    ],
  ])('%s', (_what, answer, verdict) => {
    expect(judgeSlack(answer)).toMatchObject(verdict)
  })

  test.each<[string, Answer, object]>([
    ['ok', answered(200, 'ok'), { kind: 'done' }],
    ['nothing', NONE, { kind: 'unknown' }],
    ['429', answered(429, '', '1'), { kind: 'slow-down', seconds: 1 }],
    ['500', answered(500, 'rollup_error'), { kind: 'unknown' }],
    [
      'a webhook that is gone',
      answered(404, 'no_service'),
      { kind: 'mend', because: "Slack's webhook answered 404 no_service" },
    ],
    ['a channel that is archived', answered(410, 'channel_is_archived'), { kind: 'mend' }],
    ['a message it does not take', answered(400, 'invalid_payload'), { kind: 'refused' }],
  ])('to a webhook: %s', (_what, answer, verdict) => {
    expect(judgeWebhook(answer)).toMatchObject(verdict)
  })
})

describe('what PagerDuty answers', () => {
  test.each<[string, Answer, object]>([
    ['202', answered(202, '{}'), { kind: 'done' }],
    ['nothing', NONE, { kind: 'unknown' }],
    ['429', answered(429), { kind: 'slow-down', seconds: 30 }],
    ['500', answered(500), { kind: 'unknown' }],
    [
      '400',
      answered(400, '{"status":"invalid event"}'),
      { kind: 'refused', because: 'PagerDuty answered 400 {"status":"invalid event"}' },
    ],
    ['413', answered(413), { kind: 'refused' }],
  ])('%s', (_what, answer, verdict) => {
    expect(judgePagerDuty(answer)).toMatchObject(verdict)
  })
})

test.each([
  [1, 5],
  [2, 10],
  [3, 20],
  [7, 320],
  [8, 600],
  [30, 600],
])('after receive %i, the next try is in %i s', (receives, seconds) => {
  expect(pauseAfter(receives)).toBe(seconds)
})
