import type { Backup } from '../../domain/database-way-back.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { readBackup } from '../aws/database-ledger.ts'
import { whyGone } from '../backup/there.ts'

/** The backup that people are told to use: by the time of a way back it may have been pruned, or deleted by somebody. */
export async function backupNow(of: HeldStage): Promise<Backup | undefined> {
  const backup = await readBackup(of)
  if (!backup) return undefined
  const gone = await whyGone(of, backup)
  return { ...backup, ...(gone !== undefined && { gone }) }
}
