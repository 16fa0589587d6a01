import type { DBCluster, DBClusterSnapshot, DBInstance, DBSnapshot } from '@aws-sdk/client-rds'
import type { Database, RdsWorld, Snapshot } from './model.ts'
import { restorable } from './moments.ts'
import { addressOf, resourceId } from './names.ts'

/** What DescribeDBInstances tells. */
export function instanceView(world: RdsWorld, database: Database): DBInstance {
  const { id, origin, settings, cluster, isReachable } = database
  return {
    DBInstanceIdentifier: id,
    DBInstanceArn: database.arn,
    DbiResourceId: resourceId(database),
    DBInstanceStatus: database.status,
    DBInstanceClass: origin.instanceClass,
    Engine: origin.engine,
    EngineVersion: origin.engineVersion,
    MasterUsername: origin.masterUsername,
    DBName: origin.databaseName,
    AllocatedStorage: origin.allocatedStorage,
    ...(isReachable && {
      Endpoint: { Address: addressOf(id), Port: origin.port },
      InstanceCreateTime: new Date(database.createdAt),
    }),
    BackupRetentionPeriod: (cluster ?? database).settings.retentionDays,
    ...latestRestorable(world, database),
    VpcSecurityGroups: securityGroups(settings.securityGroups),
    DBSubnetGroup: { DBSubnetGroupName: settings.subnetGroup, SubnetGroupStatus: 'Complete' },
    DBParameterGroups: [{ DBParameterGroupName: settings.parameterGroup, ParameterApplyStatus: 'in-sync' }],
    MultiAZ: settings.multiAz,
    PubliclyAccessible: settings.publiclyAccessible,
    DeletionProtection: settings.deletionProtection,
    CopyTagsToSnapshot: settings.copyTagsToSnapshot,
    ...(cluster && { DBClusterIdentifier: cluster.id }),
    TagList: settings.tags,
  }
}

/** What DescribeDBClusters tells. */
export function clusterView(world: RdsWorld, database: Database): DBCluster {
  const { id, origin, settings } = database
  const members = [...world.databases.instance.values()].filter(({ cluster }) => cluster === database)
  return {
    DBClusterIdentifier: id,
    DBClusterArn: database.arn,
    DbClusterResourceId: resourceId(database),
    Status: database.status,
    ClusterCreateTime: new Date(database.createdAt),
    Engine: origin.engine,
    EngineVersion: origin.engineVersion,
    EngineMode: 'provisioned',
    MasterUsername: origin.masterUsername,
    DatabaseName: origin.databaseName,
    AllocatedStorage: origin.allocatedStorage,
    Endpoint: addressOf(id, 'cluster'),
    ReaderEndpoint: addressOf(id, 'cluster-ro'),
    Port: origin.port,
    BackupRetentionPeriod: settings.retentionDays,
    ...latestRestorable(world, database),
    VpcSecurityGroups: securityGroups(settings.securityGroups),
    DBSubnetGroup: settings.subnetGroup,
    DBClusterParameterGroup: settings.parameterGroup,
    DBClusterMembers: members.map((member, at) => ({
      DBInstanceIdentifier: member.id,
      IsClusterWriter: at === 0,
      DBClusterParameterGroupStatus: 'in-sync',
      PromotionTier: 1,
    })),
    DeletionProtection: settings.deletionProtection,
    CopyTagsToSnapshot: settings.copyTagsToSnapshot,
    ...(settings.scaling && { ServerlessV2ScalingConfiguration: settings.scaling }),
    TagList: settings.tags,
  }
}

/** What DescribeDBSnapshots tells. */
export function snapshotView(world: RdsWorld, snapshot: Snapshot): DBSnapshot {
  const taken = new Date(snapshot.createdAt)
  return {
    DBSnapshotIdentifier: snapshot.id,
    DBSnapshotArn: snapshot.arn,
    DBInstanceIdentifier: snapshot.source,
    DbiResourceId: resourceId({ kind: 'instance', id: snapshot.source }),
    InstanceCreateTime: new Date(snapshot.sourceCreatedAt),
    ...{ SnapshotCreateTime: taken, OriginalSnapshotCreateTime: taken, SnapshotDatabaseTime: taken },
    ...common(world, snapshot),
  }
}

/** What DescribeDBClusterSnapshots tells. */
export function clusterSnapshotView(world: RdsWorld, snapshot: Snapshot): DBClusterSnapshot {
  return {
    DBClusterSnapshotIdentifier: snapshot.id,
    DBClusterSnapshotArn: snapshot.arn,
    DBClusterIdentifier: snapshot.source,
    DbClusterResourceId: resourceId({ kind: 'cluster', id: snapshot.source }),
    ClusterCreateTime: new Date(snapshot.sourceCreatedAt),
    SnapshotCreateTime: new Date(snapshot.createdAt),
    ...common(world, snapshot),
  }
}

function common(world: RdsWorld, snapshot: Snapshot) {
  const { origin, status, type } = snapshot
  return {
    Status: status,
    SnapshotType: type,
    PercentProgress: progress(world, snapshot),
    Engine: origin.engine,
    EngineVersion: origin.engineVersion,
    MasterUsername: origin.masterUsername,
    AllocatedStorage: origin.allocatedStorage,
    Port: origin.port,
    TagList: snapshot.tags,
  }
}

function progress(world: RdsWorld, { status, type, createdAt }: Snapshot): number {
  if (status !== 'creating') return status === 'available' ? 100 : 0
  const whole = type === 'manual' ? world.times.snapshot : world.times.firstBackup
  return Math.min(99, Math.floor((100 * (world.clock.now() - createdAt)) / whole))
}

function latestRestorable(world: RdsWorld, database: Database) {
  const range = restorable(world, database)
  return range && { LatestRestorableTime: new Date(range.latest) }
}

function securityGroups(ids: string[]) {
  return ids.map(VpcSecurityGroupId => ({ VpcSecurityGroupId, Status: 'active' }))
}
