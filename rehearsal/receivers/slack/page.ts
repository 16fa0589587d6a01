import { type Arguments, type Refusal, refused } from './request.ts'

/** Which of many messages are asked for. */
export interface Page {
  /** In seconds; absent: from the beginning. */
  oldest: number | undefined
  limit: number
  /** Whether metadata is told whole, instead of by type alone. */
  isWhole: boolean
}

/** What Slack has beside these, and a rehearsal has not. */
const NOT_REHEARSED = ['cursor', 'latest', 'inclusive']

export function pageOf(given: Arguments, { usual, most }: { usual: number; most: number }): Page | Refusal {
  const foreign = NOT_REHEARSED.filter(name => name in given)
  if (foreign.length > 0) return refused('not_rehearsed', foreign)
  const oldest = given.oldest === undefined ? undefined : Number(given.oldest)
  if (Number.isNaN(oldest)) return refused('invalid_ts_oldest')
  const limit = Math.min(Number(given.limit ?? usual), most)
  if (!(limit >= 1)) return refused('invalid_limit')
  return { oldest, limit, isWhole: ['true', '1'].includes(String(given.include_all_metadata)) }
}

export function isSince({ oldest = 0 }: Page): (message: { ts: string }) => boolean {
  return ({ ts }) => Number(ts) > oldest
}
