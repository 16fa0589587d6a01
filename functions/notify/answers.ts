/** How a call to somebody else's service ended. */
export type Answer =
  | { kind: 'answered'; status: number; retryAfter: string | null; text: string }
  | { kind: 'no-answer'; because: string }

/**
 * What an answer means for the message. `unknown`: it may have been done, and is looked for or sent again; `slow-down`: it
 * was not done, and may be after so many seconds; `mend`: not done until a person has mended something, so it keeps coming;
 * `refused`: it will never be done, so it is dropped.
 */
export type Verdict = { kind: 'done'; text: string } | NotDone
export type NotDone =
  | { kind: 'slow-down'; because: string; seconds: number }
  | { kind: 'unknown'; because: string }
  | { kind: 'mend'; because: string; todo: string }
  | { kind: 'refused'; because: string; todo: string }

/** Slack names its seconds; where it does not, this is what it asks of most. */
const USUAL_PAUSE = 30

const RATE_LIMITS = ['ratelimited', 'rate_limited']
const OUTAGES = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']
const TOKEN = 'put the token of an installed Slack app into the secret'
const MENDED: Record<string, string> = {
  not_authed: TOKEN,
  invalid_auth: TOKEN,
  account_inactive: TOKEN,
  token_revoked: TOKEN,
  token_expired: TOKEN,
  access_denied: TOKEN,
  org_login_required: 'wait until Slack has moved the workspace',
}
const REFUSED: Record<string, string> = {
  channel_not_found: 'write an existing channel under notify.slack.channel, or invite the app into it if it is private',
  not_in_channel: 'invite the app into the channel',
  is_archived: 'write another channel under notify.slack.channel',
  missing_scope: 'give the app the scopes chat:write, im:write, channels:history and im:history, and install it again',
  user_not_found: "correct the approver's Slack member id in the application file",
  user_disabled: "correct the approver's Slack member id in the application file",
  cannot_dm_bot: "correct the approver's Slack member id in the application file",
  message_not_found: 'nothing: somebody deleted the message',
  thread_not_found: 'nothing: somebody deleted the message',
  cant_update_message: 'nothing: the message is not ours any more',
  edit_window_closed: 'allow apps to edit their messages in the settings of the workspace',
  restricted_action: 'allow apps to post in this channel',
}
const REPORT = 'report it: Slack does not take what was sent'

/** What an answer of Slack's Web API means; it says `ok: false` with HTTP 200, too. */
export function judgeSlack(answer: Answer): Verdict {
  const early = judgeStatus(answer)
  if (early) return early
  const { status, retryAfter, text } = answer as Answer & { kind: 'answered' }
  const { ok, error = `HTTP ${status}`, needed } = asObject(text)
  if (ok === true) return { kind: 'done', text }
  if (ok !== false)
    return { kind: 'unknown', because: `Slack answered ${status} with something that is none of its answers` }
  const because = `Slack says ${error}${needed ? ` (${needed})` : ''}`
  if (RATE_LIMITS.includes(String(error))) return { kind: 'slow-down', because, seconds: secondsIn(retryAfter) }
  if (OUTAGES.includes(String(error))) return { kind: 'unknown', because }
  const mend = MENDED[String(error)]
  if (mend) return { kind: 'mend', because, todo: mend }
  return { kind: 'refused', because, todo: REFUSED[String(error)] ?? REPORT }
}

const NEW_WEBHOOK = 'put the URL of a working webhook into the secret'

/** What an answer of a Slack webhook means: its errors are plain words. */
export function judgeWebhook(answer: Answer): Verdict {
  const early = judgeStatus(answer)
  if (early) return early
  const { status, text } = answer as Answer & { kind: 'answered' }
  if (status === 200) return { kind: 'done', text }
  const because = `Slack's webhook answered ${status} ${text.slice(0, 100)}`.trim()
  // 403, 404 and 410 are about the webhook itself, which the next value of the secret mends.
  return [401, 403, 404, 410].includes(status)
    ? { kind: 'mend', because, todo: NEW_WEBHOOK }
    : { kind: 'refused', because, todo: REPORT }
}

/** What an answer of PagerDuty's Events API means. It answers before it has looked at the routing key. */
export function judgePagerDuty(answer: Answer): Verdict {
  const early = judgeStatus(answer)
  if (early) return early
  const { status, text } = answer as Answer & { kind: 'answered' }
  if (status === 202) return { kind: 'done', text }
  const because = `PagerDuty answered ${status} ${text.slice(0, 300)}`.trim()
  return { kind: 'refused', because, todo: 'look at what PagerDuty says; the routing key is in the secret' }
}

function judgeStatus(answer: Answer): NotDone | undefined {
  if (answer.kind === 'no-answer') return { kind: 'unknown', because: answer.because }
  if (answer.status === 429)
    return { kind: 'slow-down', because: 'asked to slow down', seconds: secondsIn(answer.retryAfter) }
  if (answer.status >= 500 || answer.status === 408) return { kind: 'unknown', because: `answered ${answer.status}` }
  return undefined
}

function secondsIn(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : USUAL_PAUSE
}

function asObject(text: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(text)
    return said && typeof said === 'object' ? (said as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

const FIRST_PAUSE = 5
const LONGEST_PAUSE = 600

/** Seconds until a message that was received so often is tried again. */
export function pauseAfter(receives: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, receives - 1))
}
