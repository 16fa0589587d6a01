import type {
  RestoreDBClusterFromSnapshotMessage,
  RestoreDBClusterToPointInTimeMessage,
  RestoreDBInstanceFromDBSnapshotMessage,
  RestoreDBInstanceToPointInTimeMessage,
} from '@aws-sdk/client-rds'
import type { Copy, Server } from '../../fleet/postgres.ts'
import { AwsError, type Operations } from '../service.ts'
import { announce } from './announcements.ts'
import { CLUSTER_SETTINGS } from './clusters.ts'
import { bringUp, engineOf, portOf, type SettingsInput, settingsOf, takeName } from './databases.ts'
import { classOf, INSTANCE_SETTINGS, storageOf } from './instances.ts'
import type { Database, Kind, Origin, RdsWorld, Snapshot } from './model.ts'
import { momentOf } from './moments.ts'
import { databaseOf, invalidCombination, KINDS, rehearsedOnly, snapshotOf } from './names.ts'
import { checkAvailable } from './snapshots.ts'
import { clusterView, instanceView } from './views.ts'

const MOMENT = ['UseLatestRestorableTime']

/** A restored database is always a new one, beside the other. */
export function restoreOperations(world: RdsWorld): Operations {
  return {
    async RestoreDBInstanceFromDBSnapshot(input: RestoreDBInstanceFromDBSnapshotMessage) {
      rehearsedOnly('RestoreDBInstanceFromDBSnapshot', input, [...INSTANCE_SETTINGS, 'DBSnapshotIdentifier'])
      const snapshot = restorableSnapshot(world, 'instance', input.DBSnapshotIdentifier)
      const origin = instanceOrigin(snapshot.origin, input)
      const id = takeName(world, 'instance', input.DBInstanceIdentifier)
      const server = await world.postgres.restore(await snapshot.copy)
      const restored = await beside(world, { kind: 'instance', id, origin, input, server }, created =>
        announce(world, 'database', created, '0043', snapshot.id),
      )
      return { DBInstance: instanceView(world, restored) }
    },
    async RestoreDBInstanceToPointInTime(input: RestoreDBInstanceToPointInTimeMessage) {
      const names = ['SourceDBInstanceIdentifier', 'TargetDBInstanceIdentifier', 'RestoreTime', ...MOMENT]
      rehearsedOnly('RestoreDBInstanceToPointInTime', input, [...INSTANCE_SETTINGS, ...names])
      const source = databaseOf(world, 'instance', input.SourceDBInstanceIdentifier)
      if (source.cluster) throw invalidCombination(`${source.id} is an instance of a cluster: restore the cluster`)
      const asked = { name: 'RestoreTime', time: input.RestoreTime, latest: input.UseLatestRestorableTime }
      const moment = momentOf(world, source, asked)
      const origin = instanceOrigin(source.origin, input)
      const id = takeName(world, 'instance', input.TargetDBInstanceIdentifier)
      const server = await serverAsOf(world, source, moment)
      const restored = await beside(world, { kind: 'instance', id, origin, input, server }, created =>
        announce(world, 'database', created, '0019', `${source.id} to ${id}`),
      )
      return { DBInstance: instanceView(world, restored) }
    },
    async RestoreDBClusterFromSnapshot(input: RestoreDBClusterFromSnapshotMessage) {
      rehearsedOnly('RestoreDBClusterFromSnapshot', input, [...CLUSTER_SETTINGS, 'SnapshotIdentifier'])
      const snapshot = restorableSnapshot(world, 'cluster', input.SnapshotIdentifier)
      // Of a cluster alone, the version that is not given is RDS's default instead of the snapshot's.
      const engine = engineOf('cluster', input.Engine, input.EngineVersion)
      const origin = { ...snapshot.origin, ...engine, port: portOf(input.Port ?? snapshot.origin.port) }
      const id = takeName(world, 'cluster', input.DBClusterIdentifier)
      const server = await world.postgres.restore(await snapshot.copy)
      return { DBCluster: await clusterBeside(world, { id, origin, input, server }) }
    },
    async RestoreDBClusterToPointInTime(input: RestoreDBClusterToPointInTimeMessage) {
      const names = ['SourceDBClusterIdentifier', 'RestoreToTime', 'RestoreType', ...MOMENT]
      rehearsedOnly('RestoreDBClusterToPointInTime', input, [...CLUSTER_SETTINGS, ...names])
      const source = databaseOf(world, 'cluster', input.SourceDBClusterIdentifier)
      const isClone = cloneAsked(input)
      const asked = { name: 'RestoreToTime', time: input.RestoreToTime, latest: input.UseLatestRestorableTime }
      const moment = momentOf(world, source, asked)
      const origin = { ...source.origin, port: portOf(input.Port ?? source.origin.port) }
      const id = takeName(world, 'cluster', input.DBClusterIdentifier)
      const server = isClone ? await clone(world, source) : await serverAsOf(world, source, moment)
      return { DBCluster: await clusterBeside(world, { id, origin, input, server }) }
    },
  }
}

interface Beside {
  kind: Kind
  id: string
  origin: Origin
  input: SettingsInput
  server: Server
}

function beside(world: RdsWorld, { input, ...fields }: Beside, told: (created: Database) => void): Promise<Database> {
  const settings = settingsOf(fields.kind, fields.origin, input)
  return bringUp(world, { ...fields, settings }, told)
}

async function clusterBeside(world: RdsWorld, fields: Omit<Beside, 'kind'>) {
  const told = (created: Database) => announce(world, 'database', created, '0170')
  return clusterView(world, await beside(world, { kind: 'cluster', ...fields }, told))
}

function restorableSnapshot(world: RdsWorld, kind: Kind, name: string | undefined): Snapshot {
  const snapshot = snapshotOf(world, kind, name)
  if (snapshot.status === 'available') return snapshot
  const what = KINDS[kind].snapshot
  throw new AwsError(`Invalid${what}StateFault`, `The snapshot ${snapshot.id} is not available: ${snapshot.status}`)
}

type InstanceInput = Pick<
  RestoreDBInstanceFromDBSnapshotMessage,
  'DBInstanceClass' | 'Engine' | 'Port' | 'AllocatedStorage'
>

/** As it was, where the request does not say otherwise. */
function instanceOrigin(origin: Origin, input: InstanceInput): Origin {
  if (input.Engine !== undefined) engineOf('instance', input.Engine, undefined)
  return {
    ...origin,
    port: portOf(input.Port ?? origin.port),
    instanceClass: classOf(input.DBInstanceClass ?? origin.instanceClass),
    allocatedStorage: storageOf(input.AllocatedStorage ?? origin.allocatedStorage),
  }
}

/** The data as they were at a moment of AWS time, from the first backup and what was logged since. */
async function serverAsOf(world: RdsWorld, source: Database, moment: number): Promise<Server> {
  if (!source.firstBackup) throw new Error(`${source.id} has no backup to restore from`)
  const copy = await source.server.copyAsOf(source.firstBackup.copy, world.clock.realEndOf(moment))
  return restoreOnce(world, copy)
}

function cloneAsked({ RestoreType: type = 'full-copy', RestoreToTime }: RestoreDBClusterToPointInTimeMessage): boolean {
  if (type === 'full-copy') return false
  if (type !== 'copy-on-write') throw invalidCombination(`RestoreType must be full-copy or copy-on-write, not ${type}`)
  if (RestoreToTime) throw invalidCombination('RestoreToTime cannot be used with the RestoreType copy-on-write')
  return true
}

/** A clone begins with what the cluster holds now. */
async function clone(world: RdsWorld, source: Database): Promise<Server> {
  checkAvailable(source)
  return restoreOnce(world, await source.server.copy())
}

async function restoreOnce(world: RdsWorld, copy: Copy): Promise<Server> {
  const server = await world.postgres.restore(copy)
  await copy.remove()
  return server
}
