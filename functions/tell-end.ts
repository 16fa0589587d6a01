import type { AttemptOf } from '../domain/identity.ts'
import { readEnd, readRelease } from './aws/ledger.ts'
import { tell } from './tell.ts'

/** Tells how a release ended, as the ledger has it. */
export async function tellEnd(of: AttemptOf): Promise<void> {
  const end = await readEnd(of)
  if (!end) return
  const { app, release, attempt } = of
  const tag = (await readRelease(of))?.tag ?? release
  const { outcome, reason, stage } = end
  await tell({ app, release, attempt, tag }, { kind: 'release-ended', outcome, reason, ...(stage && { stage }) })
}
