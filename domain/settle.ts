/** What is known of a tag when a push of it arrives, and every image carries it. Times are milliseconds since the epoch. */
export interface SettleFacts {
  /** When the pushed event says that it happened. */
  pushedAt: number
  now: number
  /** For how long nothing more may be pushed. */
  settle: number
  /** Whether every image had carried the tag before: else this push is the one that completes it. */
  wasComplete: boolean
  /** Of the pushes of this tag that wait, the newest; absent: none does. */
  newestWaiting?: number | undefined
  /** It has waited, and comes back. */
  isBack: boolean
}

export type SettleDecision =
  | { kind: 'settled' }
  | { kind: 'wait'; seconds: number; until: number }
  | { kind: 'overtaken'; by: number }

/**
 * Whether more pushes of the tag are waited for: whoever moves a tag moves it image by image, and each of these pushes finds
 * every image with the tag. The newest push speaks for those before it; a tag that becomes complete waits for nobody.
 */
export function decideSettle(facts: SettleFacts): SettleDecision {
  const { pushedAt, now, settle, wasComplete, newestWaiting, isBack } = facts
  if (!wasComplete) return { kind: 'settled' }
  if (newestWaiting !== undefined && newestWaiting > pushedAt) return { kind: 'overtaken', by: newestWaiting }
  const until = pushedAt + settle
  if (isBack || now >= until) return { kind: 'settled' }
  // What ECR's clock says may be ahead of this one's, and SQS delays nothing for longer than it is asked.
  const seconds = Math.min(Math.ceil((until - now) / 1_000), Math.ceil(settle / 1_000))
  return { kind: 'wait', seconds, until }
}
