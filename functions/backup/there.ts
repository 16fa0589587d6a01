import { judgeSnapshot, ourTags } from '../../domain/backup.ts'
import type { StageOf } from '../../domain/identity.ts'
import type { BackupEntry } from '../aws/database-ledger.ts'
import { findSnapshot } from '../aws/rds.ts'

/**
 * Why the snapshot that a release made at a stage is none to restore from now, in a clause; undefined where it is one. A backup
 * that a task made is taken to be where it was.
 */
export async function whyGone(
  of: StageOf,
  { kind, id, source, attempt = of.attempt }: BackupEntry,
): Promise<string | undefined> {
  if (kind === 'task') return undefined
  const snapshot = await findSnapshot(kind, id)
  if (!snapshot) return `snapshot ${id} of ${source} is not there any more`
  switch (judgeSnapshot(snapshot, { source, tags: ourTags({ ...of, attempt }) }).kind) {
    case 'there':
      return undefined
    case 'foreign':
      return `what is called snapshot ${id} now is not what this release made of ${source}`
    default:
      return `snapshot ${id} of ${source} is ${snapshot.status}`
  }
}
