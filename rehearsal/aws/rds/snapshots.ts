import type { Tag } from '@aws-sdk/client-rds'
import { AwsError } from '../service.ts'
import { announce } from './announcements.ts'
import { type Database, type Kind, manualSnapshots, type RdsWorld, type Snapshot } from './model.ts'
import { KINDS, newSnapshotName, snapshotArn } from './names.ts'

/** What is told when a snapshot begins and when it is there. */
const TOLD = {
  instance: { manual: ['0040', '0042'], automated: ['0090', '0091'] },
  cluster: { manual: ['0074', '0075'], automated: ['0168', '0169'] },
} as const

/**
 * Its data are those of the moment when it was asked for: so AWS says of EBS, whose snapshots these are. Of the checks
 * the one of the name comes first; AWS's documents do not say which.
 */
export async function takeSnapshot(
  world: RdsWorld,
  database: Database,
  name: string | undefined,
  tags: Tag[],
): Promise<Snapshot> {
  const { kind } = database
  const id = newSnapshotName(kind, name)
  checkFree(world, kind, id)
  checkAvailable(database)
  checkQuota(world, kind)
  const fails = world.failing > 0
  if (fails) world.failing -= 1
  beginBackup(world, database)
  const fields = snapshotFields(world, database, 'manual')
  const copy = database.server.copy()
  const snapshot: Snapshot = { ...fields, id, arn: snapshotArn(kind, id), tags, copy }
  world.snapshots[kind].set(id, snapshot)
  announce(world, 'snapshot', snapshot, TOLD[kind].manual[0])
  await copy
  world.clock.timer(world.times.snapshot, () => {
    endSnapshot(world, database, snapshot, fails ? 'failed' : 'available')
  })
  return snapshot
}

/** RDS's own, which it makes of every database that has just been created, unless its backups are switched off. */
export function firstSnapshot(world: RdsWorld, database: Database): void {
  const { firstBackup, kind } = database
  if (!firstBackup) return
  const day = new Date(world.clock.now()).toISOString().slice(0, 16).replace(/[T:]/g, '-')
  const id = `rds:${database.id}-${day}`
  const fields = snapshotFields(world, database, 'automated')
  const snapshot: Snapshot = {
    ...fields,
    id,
    arn: snapshotArn(kind, id),
    tags: [],
    copy: Promise.resolve(firstBackup.copy),
  }
  beginBackup(world, database)
  world.snapshots[kind].set(id, snapshot)
  announce(world, 'snapshot', snapshot, TOLD[kind].automated[0])
  world.clock.timer(world.times.firstBackup, () => endSnapshot(world, database, snapshot, 'available'))
}

/** The database is not available meanwhile. RDS tells that of instances. */
export function beginBackup(world: RdsWorld, database: Database): void {
  database.status = 'backing-up'
  if (database.kind === 'instance') announce(world, 'database', database, '0001')
}

export function endBackup(world: RdsWorld, database: Database): void {
  database.status = 'available'
  if (database.kind === 'instance') announce(world, 'database', database, '0002')
}

/** A snapshot that failed is announced by nothing. */
function endSnapshot(world: RdsWorld, database: Database, snapshot: Snapshot, status: 'available' | 'failed'): void {
  snapshot.status = status
  if (status === 'failed') {
    database.status = 'available'
    return
  }
  announce(world, 'snapshot', snapshot, TOLD[snapshot.kind][snapshot.type][1])
  endBackup(world, database)
}

export async function deleteSnapshot(world: RdsWorld, snapshot: Snapshot): Promise<void> {
  const { kind, id, status } = snapshot
  const what = KINDS[kind].snapshot
  if (status === 'creating') {
    throw new AwsError(`Invalid${what}StateFault`, `Cannot delete the snapshot because it is currently being created.`)
  }
  if (snapshot.type === 'automated') {
    throw new AwsError(`Invalid${what}StateFault`, `Only manual snapshots may be deleted.`)
  }
  world.snapshots[kind].delete(id)
  await (await snapshot.copy).remove()
  if (kind === 'instance') announce(world, 'snapshot', snapshot, '0041')
}

function snapshotFields(world: RdsWorld, database: Database, type: Snapshot['type']) {
  const { kind, id: source, createdAt: sourceCreatedAt, origin } = database
  return { kind, type, status: 'creating' as const, createdAt: world.clock.now(), source, sourceCreatedAt, origin }
}

function checkFree(world: RdsWorld, kind: Kind, id: string): void {
  if (!world.snapshots[kind].has(id)) return
  const { snapshot } = KINDS[kind]
  throw new AwsError(
    `${snapshot}AlreadyExistsFault`,
    `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`,
  )
}

export function checkAvailable({ kind, id, status }: Database): void {
  if (status === 'available') return
  const { database } = KINDS[kind]
  throw new AwsError(`Invalid${database}StateFault`, `${database} ${id} is not in available state.`)
}

function checkQuota(world: RdsWorld, kind: Kind): void {
  if (manualSnapshots(world, kind).length < world.quota[KINDS[kind].quota]) return
  throw new AwsError(
    'SnapshotQuotaExceededFault',
    `Cannot create more than ${world.quota[KINDS[kind].quota]} manual snapshots`,
  )
}
