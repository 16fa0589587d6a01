import type { Stage } from '../../domain/application.ts'
import { besideName, isLate, isLost, isTagged, ourTags, tooLate } from '../../domain/backup.ts'
import { isRestorable } from '../../domain/database-choice.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { type BackupEntry, readBackup } from '../aws/database-ledger.ts'
import { assertLease } from '../aws/lock.ts'
import { type Cluster, findCluster, findInstance, type Instance } from '../aws/rds-databases.ts'
import { addInstance, type Origin, type RestoreAnswer, restoreCluster, restoreInstance } from '../aws/rds-restore.ts'
import { readRestoreWanted, recordRestoreWanted } from '../aws/restore-ledger.ts'
import { StepFailure } from '../failure.ts'
import type { Moment } from '../waiting-step.ts'
import { whyGone } from './there.ts'

export type RestoreLook =
  | { kind: 'open'; for: string }
  /** `earlier`: when it was made (ms), where it was there before this way back wanted it. */
  | { kind: 'done'; id: string; earlier?: number }
  | { kind: 'failed'; because: string }

/**
 * Asks RDS for a new database beside the running one, which is left alone: once, since it is known by its name. Returns the
 * ARNs of what is waited for. A moment that RDS cannot restore yet is asked for at the next call. `before` (ms) is the moment
 * before the migration. Throws `RollbackFailed`, `LeaseLost` or `RollbackRequested`.
 */
export async function beginRestore(
  of: HeldStage,
  stage: Stage,
  { backup, before }: { backup: BackupEntry; before: number },
): Promise<string[]> {
  const beside = besideOf(of, backup)
  const arns = arnsOf(backup, beside.id)
  if ((await readRestoreWanted(of)) === undefined) await recordRestoreWanted(of, Date.now())
  const there = await find(backup.kind, beside.id)
  if (there) {
    if (isTagged(there.TagList, beside.tags)) return arns
    throw await refused(of, backup, `there is a database ${beside.id} already, which is not ours`)
  }
  const running = await find(backup.kind, backup.source)
  if (!running)
    throw await refused(of, backup, `there is no ${backup.source} any more, whose networks and class it would have`)
  const fromMoment = stage.migrate?.restoreFrom === 'moment'
  // RDS keeps the logs in pieces of some minutes.
  if (fromMoment && before > (running.LatestRestorableTime ?? before)) return arns
  const gone = fromMoment ? undefined : await whyGone(of, backup)
  if (gone !== undefined) throw nothingRestored(backup, gone)
  await assertLease(of)
  const answer = await restore(beside, running, fromMoment ? { moment: before } : { snapshot: backup.id })
  if (answer.kind === 'refused') throw await refused(of, backup, answer.because)
  return arns
}

/** Looks how the new database is doing that `beginRestore` has asked for. Throws `LeaseLost` or `RollbackRequested`. */
export async function checkRestore(of: HeldStage, { backup: asked }: Stage, moment: Moment): Promise<RestoreLook> {
  const backup = await readBackup(of)
  if (!backup || !isRestorable(asked)) throw new Error(`${of.stage} has no backup that a database is restored from`)
  const { id } = besideOf(of, backup)
  const look = backup.kind === 'rds-cluster' ? await lookAtCluster(of, backup, id) : await lookAtInstance(id)
  if (look.kind === 'failed') return failed(of, backup, look.because)
  const since = (await readRestoreWanted(of)) ?? moment.now
  if (look.kind === 'done') return madeBefore(look, createdAt(await find(backup.kind, id)), since)
  const limit = { now: moment.now, since, within: asked.within }
  return isLate(limit) ? failed(of, backup, tooLate(limit, `RDS is not done with ${look.for}`)) : look
}

const failed = async (of: HeldStage, backup: BackupEntry, because: string): Promise<RestoreLook> => ({
  kind: 'failed',
  because: (await refused(of, backup, because)).message,
})

/** By how much AWS's clocks and ours may differ. */
const CLOCKS_MS = 60_000

function madeBefore<T extends object>(look: T, at: number | undefined, since: number): T & { earlier?: number } {
  return at !== undefined && at < since - CLOCKS_MS ? { ...look, earlier: at } : look
}

async function lookAtInstance(id: string): Promise<RestoreLook> {
  return lookAt(id, (await findInstance(id))?.DBInstanceStatus)
}

/** A restored cluster can be connected to once it has an instance, which RDS does not make by itself. */
async function lookAtCluster(of: HeldStage, backup: BackupEntry, id: string): Promise<RestoreLook> {
  const cluster = await findCluster(id)
  const look = lookAt(id, cluster?.Status)
  if (!cluster || look.kind !== 'done') return look
  const instance = firstInstance(id)
  const found = await findInstance(instance)
  if (found) {
    const member = lookAt(instance, found.DBInstanceStatus)
    return member.kind === 'done' ? look : member
  }
  const like = await writerOf(await findCluster(backup.source))
  if (!like)
    return { kind: 'failed', because: `cluster ${backup.source} has no instance whose class one of ${id} could have` }
  await assertLease(of)
  const answer = await addInstance({ ...besideOf(of, backup), id: instance }, cluster, like)
  return answer.kind === 'refused'
    ? { kind: 'failed', because: `instance ${instance}: ${answer.because}` }
    : { kind: 'open', for: `database ${instance}` }
}

function lookAt(id: string, status: string | undefined): RestoreLook {
  if (status === 'available') return { kind: 'done', id }
  if (status !== undefined && isLost(status)) return { kind: 'failed', because: `database ${id} is ${status}` }
  return { kind: 'open', for: `database ${id}${status === undefined ? '' : `, which is ${status}`}` }
}

async function writerOf(cluster: Cluster | undefined): Promise<Instance | undefined> {
  const members = cluster?.DBClusterMembers ?? []
  const writer = members.find(({ IsClusterWriter }) => IsClusterWriter) ?? members[0]
  return writer && findInstance(writer.DBInstanceIdentifier)
}

const besideOf = (of: HeldStage, { source }: BackupEntry) => ({ id: besideName(source, of), tags: ourTags(of) })
const firstInstance = (cluster: string) => `${cluster}-1`

const find = (kind: BackupEntry['kind'], id: string): Promise<Instance | Cluster | undefined> =>
  kind === 'rds-cluster' ? findCluster(id) : findInstance(id)

const createdAt = (found: Instance | Cluster | undefined): number | undefined =>
  found && ('DBInstanceIdentifier' in found ? found.InstanceCreateTime : found.ClusterCreateTime)

const restore = (
  beside: Parameters<typeof restoreInstance>[0],
  source: Instance | Cluster,
  origin: Origin,
): Promise<RestoreAnswer> =>
  'DBInstanceIdentifier' in source ? restoreInstance(beside, source, origin) : restoreCluster(beside, source, origin)

/** In the account and region of the snapshot. */
function arnsOf({ kind, arn = '' }: BackupEntry, id: string): string[] {
  const account = arn.split(':').slice(0, 5).join(':')
  return kind === 'rds-cluster'
    ? [`${account}:cluster:${id}`, `${account}:db:${firstInstance(id)}`]
    : [`${account}:db:${id}`]
}

/** With what there is to restore from by hand. */
async function refused(of: HeldStage, backup: BackupEntry, because: string): Promise<StepFailure> {
  const there = `snapshot ${backup.id} of ${backup.source} is there to restore one from by hand`
  return nothingRestored(backup, `${because}; ${(await whyGone(of, backup)) ?? there}`)
}

const nothingRestored = ({ source }: BackupEntry, because: string) =>
  new StepFailure('RollbackFailed', `no database was restored beside ${source}: ${because}`)
