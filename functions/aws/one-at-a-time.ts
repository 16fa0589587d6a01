import * as z from 'zod'
import { type AttemptOf, attemptOf } from '../../domain/identity.ts'
import { change, get, type Item } from './dynamodb.ts'
import { readEnd, readRelease } from './ledger.ts'

/** Which attempt an application that takes one at a time took last. */
const claimed = attemptOf.extend({ at: z.number() })
type Claimed = z.infer<typeof claimed>

/** A start that was interrupted before it was registered is repeated within this time, or not at all. */
const REPEATED_WITHIN_MS = 5 * 60_000

/**
 * Claims the application for this attempt. Of several that claim at once one gets it; the others, and whoever comes before that one
 * has ended, learn which it is.
 */
export async function claim(
  { app, release, attempt }: AttemptOf,
  now: number,
): Promise<{ kind: 'claimed' } | { kind: 'taken'; by: AttemptOf }> {
  const key = { pk: `APP#${app}`, sk: 'CLAIM' }
  for (;;) {
    const seen = claimIn(await get(key))
    const isMine = seen?.release === release && seen.attempt === attempt
    if (seen && !isMine && (await isUnderWay(seen, now))) return { kind: 'taken', by: seen }
    const { stands } = await change(key, item => {
      const stands = isSame(claimIn(item), seen)
      return { stands, next: stands ? { app, release, attempt, at: now } : undefined }
    })
    if (stands) return { kind: 'claimed' }
  }
}

const claimIn = (item: Item | undefined) => item && claimed.parse(item)

function isSame(one: Claimed | undefined, other: Claimed | undefined): boolean {
  return one?.release === other?.release && one?.attempt === other?.attempt && one?.at === other?.at
}

async function isUnderWay(of: Claimed, now: number): Promise<boolean> {
  return (await readRelease(of)) ? !(await readEnd(of)) : now - of.at < REPEATED_WITHIN_MS
}
