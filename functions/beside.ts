import type { Application } from '../domain/application.ts'
import type { AttemptOf } from '../domain/identity.ts'
import { whyNotBeside } from '../domain/queue.ts'
import { underWay } from './aws/ledger.ts'
import { claim } from './aws/one-at-a-time.ts'

/**
 * Why this attempt may not start beside another of its application; undefined: it may, and where the application takes one at a
 * time, no other may until it has ended. `again`: the command that starts it later.
 */
export async function whyNotNow(
  { trigger }: Application,
  of: AttemptOf,
  { now, again }: { now: number; again: string },
): Promise<string | undefined> {
  if (trigger.queue !== 'reject') return undefined
  const isItself = ({ release, attempt }: AttemptOf) => release === of.release && attempt === of.attempt
  const other = (await underWay(of.app)).find(entry => !isItself(entry))
  if (other) return whyNotBeside(other, other.started !== undefined, again)
  const claimed = await claim(of, now)
  return claimed.kind === 'taken' ? whyNotBeside(claimed.by, false, again) : undefined
}
