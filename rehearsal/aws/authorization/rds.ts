import type {
  CreateDBClusterMessage,
  CreateDBClusterSnapshotMessage,
  CreateDBInstanceMessage,
  CreateDBSnapshotMessage,
  DeleteDBClusterSnapshotMessage,
  DeleteDBSnapshotMessage,
  DescribeDBClusterSnapshotsMessage,
  DescribeDBClustersMessage,
  DescribeDBInstancesMessage,
  DescribeDBSnapshotsMessage,
  RestoreDBClusterFromSnapshotMessage,
  RestoreDBClusterToPointInTimeMessage,
  RestoreDBInstanceFromDBSnapshotMessage,
  RestoreDBInstanceToPointInTimeMessage,
  Tag,
} from '@aws-sdk/client-rds'
import { defaultGroup } from '../rds/databases.ts'
import { type Access, type Authorization, arn } from '../service.ts'
import { onAnything } from './access.ts'

/** RDS authorises a call on everything that it names, and on RDS's own groups where it names none. A list is authorised on all there are. */
export const RDS_AUTHORIZATION: Authorization = {
  CreateDBSnapshot: (input: CreateDBSnapshotMessage) => {
    const snapshot = of('snapshot', input.DBSnapshotIdentifier)
    const resources = [of('db', input.DBInstanceIdentifier), snapshot]
    return [...on('CreateDBSnapshot', resources), ...tagging(snapshot, input.Tags)]
  },
  CreateDBClusterSnapshot: (input: CreateDBClusterSnapshotMessage) => {
    const snapshot = of('cluster-snapshot', input.DBClusterSnapshotIdentifier)
    const resources = [of('cluster', input.DBClusterIdentifier), snapshot]
    return [...on('CreateDBClusterSnapshot', resources), ...tagging(snapshot, input.Tags)]
  },
  DescribeDBInstances: ({ DBInstanceIdentifier: id }: DescribeDBInstancesMessage) =>
    on('DescribeDBInstances', [of('db', id)]),
  DescribeDBClusters: ({ DBClusterIdentifier: id }: DescribeDBClustersMessage) =>
    on('DescribeDBClusters', [of('cluster', id)]),
  DescribeDBSnapshots: ({ DBInstanceIdentifier: source, DBSnapshotIdentifier: id }: DescribeDBSnapshotsMessage) =>
    on('DescribeDBSnapshots', [...(source === undefined ? [] : [of('db', source)]), of('snapshot', id)]),
  DescribeDBClusterSnapshots: (input: DescribeDBClusterSnapshotsMessage) => {
    const { DBClusterIdentifier: source, DBClusterSnapshotIdentifier: id } = input
    const resources = [...(source === undefined ? [] : [of('cluster', source)]), of('cluster-snapshot', id)]
    return on('DescribeDBClusterSnapshots', resources)
  },
  DescribeAccountAttributes: onAnything('rds:DescribeAccountAttributes'),
  DeleteDBSnapshot: ({ DBSnapshotIdentifier: id }: DeleteDBSnapshotMessage) =>
    on('DeleteDBSnapshot', [of('snapshot', id)]),
  DeleteDBClusterSnapshot: ({ DBClusterSnapshotIdentifier: id }: DeleteDBClusterSnapshotMessage) =>
    on('DeleteDBClusterSnapshot', [of('cluster-snapshot', id)]),
  RestoreDBInstanceFromDBSnapshot: (input: RestoreDBInstanceFromDBSnapshotMessage) => {
    const made = of('db', input.DBInstanceIdentifier)
    const resources = [made, of('snapshot', input.DBSnapshotIdentifier), ...groupsOf('pg', input)]
    return [...on('RestoreDBInstanceFromDBSnapshot', resources), ...tagging(made, input.Tags)]
  },
  RestoreDBInstanceToPointInTime: (input: RestoreDBInstanceToPointInTimeMessage) => {
    const made = of('db', input.TargetDBInstanceIdentifier)
    const resources = [of('db', input.SourceDBInstanceIdentifier), made, ...groupsOf('pg', input)]
    return [...on('RestoreDBInstanceToPointInTime', resources), ...tagging(made, input.Tags)]
  },
  RestoreDBClusterFromSnapshot: (input: RestoreDBClusterFromSnapshotMessage) => {
    const made = of('cluster', input.DBClusterIdentifier)
    const resources = [made, of('cluster-snapshot', input.SnapshotIdentifier), ...groupsOf('cluster-pg', input)]
    return [...on('RestoreDBClusterFromSnapshot', resources), ...tagging(made, input.Tags)]
  },
  RestoreDBClusterToPointInTime: (input: RestoreDBClusterToPointInTimeMessage) => {
    const made = of('cluster', input.DBClusterIdentifier)
    const resources = [of('cluster', input.SourceDBClusterIdentifier), made, ...groupsOf('cluster-pg', input)]
    return [...on('RestoreDBClusterToPointInTime', resources), ...tagging(made, input.Tags)]
  },
  CreateDBInstance: (input: CreateDBInstanceMessage) => {
    const { DBClusterIdentifier: cluster } = input
    const made = of('db', input.DBInstanceIdentifier)
    const resources = [made, ...(cluster === undefined ? [] : [of('cluster', cluster)]), ...groupsOf('pg', input)]
    return [...on('CreateDBInstance', resources), ...tagging(made, input.Tags)]
  },
  CreateDBCluster: (input: CreateDBClusterMessage) => {
    const made = of('cluster', input.DBClusterIdentifier)
    return [...on('CreateDBCluster', [made, ...groupsOf('cluster-pg', input)]), ...tagging(made, input.Tags)]
  },
}

const on = (operation: string, resources: string[]): Access[] =>
  resources.map(resource => ({ action: `rds:${operation}`, resource }))

/** Names are kept small; without one it is about all of them. */
const of = (type: string, nameOrArn = '*') =>
  nameOrArn.startsWith('arn:') ? nameOrArn : arn('rds', `${type}:${nameOrArn.toLowerCase()}`)

interface Groups {
  Engine?: string | undefined
  DBParameterGroupName?: string | undefined
  DBClusterParameterGroupName?: string | undefined
  OptionGroupName?: string | undefined
  DBSubnetGroupName?: string | undefined
}

function groupsOf(type: 'pg' | 'cluster-pg', input: Groups): string[] {
  const { Engine: engine = type === 'pg' ? 'postgres' : 'aurora-postgresql' } = input
  const parameters = input.DBParameterGroupName ?? input.DBClusterParameterGroupName
  return [
    of(type, parameters ?? defaultGroup(engine, '.')),
    of('og', input.OptionGroupName ?? defaultGroup(engine, ':')),
    of('subgrp', input.DBSubnetGroupName ?? 'default'),
  ]
}

const tagging = (resource: string, tags: Tag[] = []): Access[] =>
  tags.length > 0 ? [{ action: 'rds:AddTagsToResource', resource }] : []
