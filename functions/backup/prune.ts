import type { Stage } from '../../domain/application.ts'
import { isTagged, toPrune } from '../../domain/backup.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { deleteSnapshot, snapshotsOf } from '../aws/rds.ts'

/**
 * Deletes the snapshots that this stage has made of its database before the newest ones of them. Returns why that could not be
 * done, in a clause; undefined where it was, or where there is nothing to do.
 */
export async function pruneSnapshots({ app, stage: name }: HeldStage, { backup }: Stage): Promise<string | undefined> {
  if (!backup || !('keep' in backup)) return undefined
  const { kind, keep } = backup
  const source = backup.id.toLowerCase()
  try {
    const ours = (await snapshotsOf(kind, source)).filter(({ tags }) =>
      isTagged(tags, { 'sluice:app': app, 'sluice:stage': name }),
    )
    for (const id of toPrune(ours, keep)) await deleteSnapshot(kind, id)
    return undefined
  } catch (error) {
    const { name: code, message } = error as Error
    return `old snapshots of ${source} could not be deleted (${code}: ${message}); they are tried again after the next release, or delete them by hand`
  }
}
