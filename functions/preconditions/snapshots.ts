import type { Stage } from '../../domain/application.ts'
import { snapshotName } from '../../domain/backup.ts'
import type { StageOf } from '../../domain/identity.ts'
import { findSnapshot } from '../aws/rds.ts'
import { whyNoRoom } from '../backup/snapshot.ts'

/** Why the database could not be backed up later: the account may have no more snapshots. One that is there needs no room. */
export async function whyNotBackedUp(of: StageOf, { name, backup }: Stage): Promise<string | undefined> {
  if (backup?.kind !== 'rds-instance' && backup?.kind !== 'rds-cluster') return undefined
  if (await findSnapshot(backup.kind, snapshotName(of))) return undefined
  const full = await whyNoRoom(of, backup.kind, backup.id)
  return full && `${name} backup: ${full}`
}
