import type {
  CreateDBClusterSnapshotMessage,
  CreateDBSnapshotMessage,
  DeleteDBClusterSnapshotMessage,
  DeleteDBSnapshotMessage,
  DescribeDBClusterSnapshotsMessage,
  DescribeDBSnapshotsMessage,
  Filter,
} from '@aws-sdk/client-rds'
import type { Operations } from '../service.ts'
import { type Kind, manualSnapshots, type RdsWorld, type Snapshot } from './model.ts'
import { checkedTags, databaseOf, invalid, nameIn, noSnapshot, rehearsedOnly, snapshotOf } from './names.ts'
import { filtered, paged } from './pages.ts'
import { deleteSnapshot, takeSnapshot } from './snapshots.ts'
import { clusterSnapshotView, snapshotView } from './views.ts'

export function snapshotOperations(world: RdsWorld): Operations {
  return {
    async CreateDBSnapshot(input: CreateDBSnapshotMessage) {
      const database = databaseOf(world, 'instance', input.DBInstanceIdentifier)
      const name = input.DBSnapshotIdentifier
      const taken = await takeSnapshot(world, database, name, checkedTags(input.Tags))
      return { DBSnapshot: snapshotView(world, taken) }
    },
    async CreateDBClusterSnapshot(input: CreateDBClusterSnapshotMessage) {
      const database = databaseOf(world, 'cluster', input.DBClusterIdentifier)
      const name = input.DBClusterSnapshotIdentifier
      const taken = await takeSnapshot(world, database, name, checkedTags(input.Tags))
      return { DBClusterSnapshot: clusterSnapshotView(world, taken) }
    },
    DescribeDBSnapshots(input: DescribeDBSnapshotsMessage) {
      rehearsedOnly('DescribeDBSnapshots', input, ['DBInstanceIdentifier', 'DBSnapshotIdentifier', ...ASKED])
      const { DBSnapshotIdentifier: id, DBInstanceIdentifier: source, ...asked } = input
      const { page, Marker } = described(world, 'instance', { id, source, ...asked })
      return { DBSnapshots: page.map(each => snapshotView(world, each)), ...(Marker && { Marker }) }
    },
    DescribeDBClusterSnapshots(input: DescribeDBClusterSnapshotsMessage) {
      rehearsedOnly('DescribeDBClusterSnapshots', input, [
        'DBClusterIdentifier',
        'DBClusterSnapshotIdentifier',
        ...ASKED,
      ])
      const { DBClusterSnapshotIdentifier: id, DBClusterIdentifier: source, ...asked } = input
      const { page, Marker } = described(world, 'cluster', { id, source, ...asked })
      return { DBClusterSnapshots: page.map(each => clusterSnapshotView(world, each)), ...(Marker && { Marker }) }
    },
    async DeleteDBSnapshot(input: DeleteDBSnapshotMessage) {
      const snapshot = snapshotOf(world, 'instance', input.DBSnapshotIdentifier)
      await deleteSnapshot(world, snapshot)
      return { DBSnapshot: { ...snapshotView(world, snapshot), Status: 'deleted' } }
    },
    async DeleteDBClusterSnapshot(input: DeleteDBClusterSnapshotMessage) {
      const snapshot = snapshotOf(world, 'cluster', input.DBClusterSnapshotIdentifier)
      await deleteSnapshot(world, snapshot)
      return { DBClusterSnapshot: { ...clusterSnapshotView(world, snapshot), Status: 'deleted' } }
    },
    /** The quotas of what is rehearsed; AWS lists some twenty. */
    DescribeAccountAttributes() {
      const used = {
        DBInstances: [world.databases.instance.size, 40],
        ManualSnapshots: [manualSnapshots(world, 'instance').length, world.quota.snapshots],
        DBClusters: [world.databases.cluster.size, 40],
        ManualClusterSnapshots: [manualSnapshots(world, 'cluster').length, world.quota.clusterSnapshots],
      }
      const AccountQuotas = Object.entries(used).map(([AccountQuotaName, [Used, Max]]) => ({
        ...{ AccountQuotaName, Used, Max },
      }))
      return { AccountQuotas }
    },
  }
}

const ASKED = ['SnapshotType', 'Filters', 'MaxRecords', 'Marker', 'IncludeShared', 'IncludePublic']
/** The account has none of the last three. */
const TYPES = ['automated', 'manual', 'shared', 'public', 'awsbackup']

interface Asked {
  id: string | undefined
  source: string | undefined
  SnapshotType?: string | undefined
  Filters?: Filter[] | undefined
  MaxRecords?: number | undefined
  Marker?: string | undefined
}

/** One by its name; or those of a database, which may be gone; or all. */
function described(world: RdsWorld, kind: Kind, { id, source, SnapshotType: type, ...asked }: Asked) {
  if (type !== undefined && !TYPES.includes(type)) throw invalid(`Invalid SnapshotType: ${type}`)
  const all = id === undefined ? [...world.snapshots[kind].values()] : [namedSnapshot(world, kind, id, type)]
  const isOf = (each: Snapshot, database: string) => each.source === nameIn(kind, database)
  const snapshot = kind === 'instance' ? 'db-snapshot-id' : 'db-cluster-snapshot-id'
  const database = kind === 'instance' ? 'db-instance-id' : 'db-cluster-id'
  const chosen = filtered(all, asked.Filters, {
    [snapshot]: (each, value) => each.id === value.toLowerCase(),
    [database]: isOf,
    'snapshot-type': (each, value) => each.type === value,
    engine: (each, value) => each.origin.engine === value,
  })
  const wanted = chosen.filter(
    each => (source === undefined || isOf(each, source)) && (type === undefined || each.type === type),
  )
  return paged(wanted, asked)
}

/** An automated one is found by its name only where its type is said, too. */
function namedSnapshot(world: RdsWorld, kind: Kind, id: string, type: string | undefined): Snapshot {
  const found = snapshotOf(world, kind, id)
  if (found.type === (type ?? 'manual')) return found
  throw noSnapshot(kind, found.id)
}
