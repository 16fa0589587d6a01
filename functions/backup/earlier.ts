import type { Backup } from '../../domain/database.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { readBackup, recordBackup } from '../aws/database-ledger.ts'
import { assertLease } from '../aws/lock.ts'
import { migratedBy } from '../migration/earlier.ts'
import { whyGone } from './there.ts'

/**
 * Whether the stage needs no backup of this attempt: an earlier one, whose migration stands, has made it, and it is there. The
 * ledger then says so of this attempt, too.
 */
export async function keepsEarlierBackup(of: HeldStage, backup: Exclude<Backup, { kind: 'none' }>): Promise<boolean> {
  const attempt = await migratedBy(of)
  if (attempt === undefined) return false
  const earlier = { ...of, attempt }
  const made = await readBackup(earlier)
  if (made?.kind !== backup.kind || made.source !== sourceOf(backup)) return false
  if ((await whyGone(earlier, made)) !== undefined) return false
  await assertLease(of)
  await recordBackup(of, { ...made, attempt })
  return true
}

function sourceOf(backup: Exclude<Backup, { kind: 'none' }>): string {
  return backup.kind === 'task' ? backup.taskDefinition : backup.id.toLowerCase()
}
