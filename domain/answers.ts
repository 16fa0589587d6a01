/** What users were answered, as a load balancer counts it. */

/** Of one minute, at one target group or at several. */
export interface AnsweredMinute {
  /** When it began (ms). */
  at: number
  /** For which there was a target to ask. */
  requests: number
  /** The targets' answers, whatever their status. */
  answered: number
  /** Those with a status of 500 and more. */
  errors: number
  /** What the load balancer itself said, of errors or to nobody: to users of these targets or of others. */
  ownWords: number
}

export interface Answers {
  requests: number
  /** Answers with a status of 500 and more, and answers that were lost. */
  errors: number
  /** How many of the errors are answers that never came. */
  lost: number
}

const MINUTE_MS = 60_000
/** The counts of one minute become known one after the other: until then a request seems to have no answer. */
const SETTLED_MS = 3 * MINUTE_MS
/** What is judged by itself, so that errors that begin late are not made small by hours without any. */
export const LATEST_MS = 5 * MINUTE_MS

/**
 * The share of requests that nobody answered, among at least so many; 0 among fewer, which say nothing. It is ordinary: a
 * WebSocket is a request without an answer, and so is one whose user leaves.
 */
export function unansweredShare(minutes: readonly AnsweredMinute[], atLeast: number): number {
  const requests = total(minutes, 'requests')
  return requests < Math.max(1, atLeast) ? 0 : unansweredIn(minutes) / requests
}

/**
 * What users were answered until now. A request that no target answered counts as an error, since users got 502 or 504, or
 * gave up; but only as far as its share is above the ordinary one, and as far as the load balancer says that it spoke itself:
 * that leaves out WebSockets, for which it has no words, also where nothing is known of what is ordinary.
 */
export function sumUp(minutes: readonly AnsweredMinute[], ordinary: number, now: number): Answers {
  const settled = minutes.filter(({ at }) => at + SETTLED_MS <= now)
  const beyond = Math.round(unansweredIn(settled) - ordinary * total(settled, 'requests'))
  const lost = Math.max(0, Math.min(beyond, total(settled, 'ownWords')))
  return { requests: total(minutes, 'requests'), errors: total(minutes, 'errors') + lost, lost }
}

/** The latest five of the minutes that are known. */
export function latestOf(minutes: readonly AnsweredMinute[]): AnsweredMinute[] {
  const newest = Math.max(...minutes.map(({ at }) => at))
  return minutes.filter(({ at }) => at > newest - LATEST_MS)
}

const unansweredIn = (minutes: readonly AnsweredMinute[]) =>
  Math.max(0, total(minutes, 'requests') - total(minutes, 'answered'))

const total = (minutes: readonly AnsweredMinute[], of: Exclude<keyof AnsweredMinute, 'at'>) =>
  minutes.reduce((sum, minute) => sum + minute[of], 0)

/** `33.1 %`, with as many digits as it takes to be more than `above`, where it is. */
export function shareTold({ requests, errors }: Pick<Answers, 'requests' | 'errors'>, above = 0): string {
  const share = (100 * errors) / requests
  const digits = [1, 2, 3, 4, 5].find(digits => share <= above || Number(share.toFixed(digits)) > above)
  return `${share.toFixed(digits ?? 6)} %`
}
