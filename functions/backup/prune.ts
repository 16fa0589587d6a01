import type { Stage } from '../../domain/application.ts'
import { isOfStage, toPrune } from '../../domain/backup.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { refusalIn } from '../aws/query.ts'
import { deleteSnapshot, type RdsKind, snapshotsOf } from '../aws/rds.ts'

/**
 * Deletes the snapshots that this stage has made of its database before the newest ones of them. Returns why that could not be
 * done, in a clause; undefined where it was, or where there is nothing to do.
 */
export async function pruneSnapshots({ app, stage: name }: HeldStage, { backup }: Stage): Promise<string | undefined> {
  if (!backup || !('keep' in backup)) return undefined
  const { kind, keep } = backup
  const source = backup.id.toLowerCase()
  try {
    const ours = (await snapshotsOf(kind, source)).filter(snapshot => isOfStage(snapshot, { app, stage: name }))
    const left: string[] = []
    for (const id of toPrune(ours, keep)) {
      const refused = await remove(kind, id)
      if (refused !== undefined) left.push(`${id}, since ${refused}`)
    }
    return left.length > 0 ? undeleted(source, left.join('; ')) : undefined
  } catch (error) {
    const { name: code, message } = error as Error
    return undeleted(source, `${code}: ${message}`)
  }
}

/** Why RDS does not let it be deleted, which keeps no other from being so; what may pass ends it all for now. */
async function remove(kind: RdsKind, id: string): Promise<string | undefined> {
  try {
    await deleteSnapshot(kind, id)
    return undefined
  } catch (error) {
    const refused = refusalIn(error)
    if (refused === undefined) throw error
    return refused
  }
}

const undeleted = (source: string, which: string) =>
  `old snapshots of ${source} could not be deleted: ${which}; they are tried again after the next release, or delete them by hand`
