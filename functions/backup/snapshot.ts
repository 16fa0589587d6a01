import { isLate, judgeSnapshot, noRoom, ourTags, snapshotName, staysSo, tooLate } from '../../domain/backup.ts'
import type { RdsBackup } from '../../domain/database.ts'
import type { AttemptOf, HeldStage } from '../../domain/identity.ts'
import { retryCommand } from '../../domain/retry.ts'
import { assertLease } from '../aws/lock.ts'
import { createSnapshot, findSnapshot, type RdsKind, snapshotQuota } from '../aws/rds.ts'
import { databaseStatus } from '../aws/rds-databases.ts'
import type { Moment } from '../waiting-step.ts'

/** `there`: what to restore from; `open`: what it waits for. */
export type BackupLook =
  | { kind: 'there'; id: string; source: string; arn?: string }
  | { kind: 'open'; for: string }
  | { kind: 'failed'; because: string }

const SNAPSHOTS = { 'rds-instance': 'manual snapshots', 'rds-cluster': 'manual cluster snapshots' } as const
const RESOURCES = {
  'rds-instance': { database: 'db', snapshot: 'snapshot' },
  'rds-cluster': { database: 'cluster', snapshot: 'cluster-snapshot' },
} as const

/** ARN of a database, in the account and region of an execution. */
export function databaseArn(kind: RdsKind, id: string, execution: string): string {
  return rdsArn(execution, `${RESOURCES[kind].database}:${id.toLowerCase()}`)
}

/** ARN of the snapshot that this release makes at this stage. */
export function snapshotArn(of: HeldStage, { kind }: RdsBackup, execution: string): string {
  return rdsArn(execution, `${RESOURCES[kind].snapshot}:${snapshotName(of)}`)
}

function rdsArn(execution: string, resource: string): string {
  const [, partition, , region, account] = execution.split(':')
  return `arn:${partition}:rds:${region}:${account}:${resource}`
}

/**
 * Looks how the snapshot of this release is doing, and asks RDS for it where there is none: whatever an interrupted try has
 * asked for is found by its name. A database that is busy now is asked again at the next look.
 */
export async function lookAtSnapshot(of: HeldStage, backup: RdsBackup, moment: Moment): Promise<BackupLook> {
  const { kind } = backup
  const [id, source] = [snapshotName(of), backup.id.toLowerCase()]
  const limit = { now: moment.now, since: moment.entered, within: backup.within }
  const snapshot = await findSnapshot(kind, id)
  if (!snapshot) {
    if (!isLate(limit)) return ask(of, backup)
    const status = (await databaseStatus(kind, source)) ?? 'gone'
    const late = tooLate(limit, `snapshot ${id} of ${source} could not be begun: ${source} is ${status}`)
    return failed(`${late}; once it is available: ${retryCommand(of)}`)
  }
  const verdict = judgeSnapshot(snapshot, { source, tags: ourTags(of) })
  if (verdict.kind === 'there') return { kind: 'there', id, source, arn: snapshotArn(of, backup, moment.execution) }
  if (verdict.kind !== 'making') return failed(`${verdict.because}, then: ${retryCommand(of)}`)
  const making = `snapshot ${id} of ${source}`
  if (isLate(limit)) {
    const late = tooLate(limit, `${making} is ${snapshot.status} (${snapshot.progress} %)`)
    return failed(`${late}; allow more, then: ${retryCommand(of)}`)
  }
  return { kind: 'open', for: `${making} (${snapshot.progress} %)` }
}

async function ask(of: HeldStage, { kind, id: named }: RdsBackup): Promise<BackupLook> {
  const [id, source] = [snapshotName(of), named.toLowerCase()]
  const full = await whyNoRoom(of, kind, source)
  if (full) return failed(full)
  await assertLease(of)
  const answer = await createSnapshot(kind, { id, source, tags: ourTags(of) })
  if (typeof answer === 'object')
    return failed(`no snapshot of ${source} could be made: ${answer.refused}; mend that, then: ${retryCommand(of)}`)
  switch (answer) {
    case 'asked':
    case 'taken':
      return { kind: 'open', for: `snapshot ${id} of ${source}` }
    case 'busy': {
      const status = await databaseStatus(kind, source)
      if (status !== undefined && staysSo(status))
        return failed(
          `no snapshot of ${source} could be made: it is ${status}; see that it is available, then: ${retryCommand(of)}`,
        )
      return { kind: 'open', for: `${source} to be free for snapshot ${id}: it is ${status}` }
    }
    case 'no-room':
      return failed(
        `no snapshot of ${source} could be made: as many ${SNAPSHOTS[kind]} as this account may have in this region are there; delete some that nobody needs, or have the quota raised, then: ${retryCommand(of)}`,
      )
    case 'no-database':
      return failed(
        `RDS has no ${kind === 'rds-instance' ? 'DB instance' : 'cluster'} ${source} in this account and region; correct backup.id of stage ${of.stage} in the application file, or create the database, then: ${retryCommand(of)}`,
      )
  }
}

/** Why no further snapshot of the database could be made; undefined where there is room, or AWS does not say. */
export async function whyNoRoom(of: AttemptOf, kind: RdsKind, source: string): Promise<string | undefined> {
  const quota = await snapshotQuota(kind)
  const full = quota && noRoom(quota, SNAPSHOTS[kind])
  return full && `no snapshot of ${source} could be made: ${full}, then: ${retryCommand(of)}`
}

const failed = (because: string): BackupLook => ({ kind: 'failed', because })
