import { expect, test } from 'vitest'
import { RDS_AUTHORIZATION } from '../../../../rehearsal/aws/authorization/rds.ts'
import { accessesOf, HERE, type Row } from './accesses.ts'

const RDS = `arn:aws:rds:${HERE}`

const ROWS: Row[] = [
  [
    RDS_AUTHORIZATION,
    'CreateDBSnapshot',
    { DBInstanceIdentifier: 'Demo', DBSnapshotIdentifier: 'sluice-1', Tags: [{ Key: 'a' }] },
    `rds:CreateDBSnapshot ${RDS}:db:demo`,
    `rds:CreateDBSnapshot ${RDS}:snapshot:sluice-1`,
    `rds:AddTagsToResource ${RDS}:snapshot:sluice-1`,
  ],
  [
    RDS_AUTHORIZATION,
    'CreateDBClusterSnapshot',
    { DBClusterIdentifier: 'demo', DBClusterSnapshotIdentifier: 'sluice-1' },
    `rds:CreateDBClusterSnapshot ${RDS}:cluster:demo`,
    `rds:CreateDBClusterSnapshot ${RDS}:cluster-snapshot:sluice-1`,
  ],
  [
    RDS_AUTHORIZATION,
    'DescribeDBInstances',
    { DBInstanceIdentifier: 'demo' },
    `rds:DescribeDBInstances ${RDS}:db:demo`,
  ],
  [
    RDS_AUTHORIZATION,
    'DescribeDBInstances',
    { Filters: [{ Name: 'db-cluster-id' }] },
    `rds:DescribeDBInstances ${RDS}:db:*`,
  ],
  [
    RDS_AUTHORIZATION,
    'DescribeDBClusters',
    { DBClusterIdentifier: 'demo' },
    `rds:DescribeDBClusters ${RDS}:cluster:demo`,
  ],
  [
    RDS_AUTHORIZATION,
    'DescribeDBSnapshots',
    { DBSnapshotIdentifier: 'sluice-1' },
    `rds:DescribeDBSnapshots ${RDS}:snapshot:sluice-1`,
  ],
  [
    RDS_AUTHORIZATION,
    'DescribeDBClusterSnapshots',
    { DBClusterIdentifier: 'demo' },
    `rds:DescribeDBClusterSnapshots ${RDS}:cluster:demo`,
    `rds:DescribeDBClusterSnapshots ${RDS}:cluster-snapshot:*`,
  ],
  [RDS_AUTHORIZATION, 'DescribeAccountAttributes', {}, 'rds:DescribeAccountAttributes *'],
  [
    RDS_AUTHORIZATION,
    'DeleteDBSnapshot',
    { DBSnapshotIdentifier: 'sluice-1' },
    `rds:DeleteDBSnapshot ${RDS}:snapshot:sluice-1`,
  ],
  [
    RDS_AUTHORIZATION,
    'RestoreDBInstanceFromDBSnapshot',
    {
      DBInstanceIdentifier: 'beside',
      DBSnapshotIdentifier: 'sluice-1',
      DBSubnetGroupName: 'inner',
      Tags: [{ Key: 'a' }],
    },
    `rds:RestoreDBInstanceFromDBSnapshot ${RDS}:db:beside`,
    `rds:RestoreDBInstanceFromDBSnapshot ${RDS}:snapshot:sluice-1`,
    `rds:RestoreDBInstanceFromDBSnapshot ${RDS}:pg:default.postgres18`,
    `rds:RestoreDBInstanceFromDBSnapshot ${RDS}:og:default:postgres-18`,
    `rds:RestoreDBInstanceFromDBSnapshot ${RDS}:subgrp:inner`,
    `rds:AddTagsToResource ${RDS}:db:beside`,
  ],
  [
    RDS_AUTHORIZATION,
    'RestoreDBClusterToPointInTime',
    { DBClusterIdentifier: 'beside', SourceDBClusterIdentifier: 'demo', DBClusterParameterGroupName: 'ours' },
    `rds:RestoreDBClusterToPointInTime ${RDS}:cluster:demo`,
    `rds:RestoreDBClusterToPointInTime ${RDS}:cluster:beside`,
    `rds:RestoreDBClusterToPointInTime ${RDS}:cluster-pg:ours`,
    `rds:RestoreDBClusterToPointInTime ${RDS}:og:default:aurora-postgresql-18`,
    `rds:RestoreDBClusterToPointInTime ${RDS}:subgrp:default`,
  ],
  [
    RDS_AUTHORIZATION,
    'CreateDBInstance',
    { DBInstanceIdentifier: 'beside-1', DBClusterIdentifier: 'beside', Engine: 'aurora-postgresql' },
    `rds:CreateDBInstance ${RDS}:db:beside-1`,
    `rds:CreateDBInstance ${RDS}:cluster:beside`,
    `rds:CreateDBInstance ${RDS}:pg:default.aurora-postgresql18`,
    `rds:CreateDBInstance ${RDS}:og:default:aurora-postgresql-18`,
    `rds:CreateDBInstance ${RDS}:subgrp:default`,
  ],
]

test.for(ROWS)('RDS asks for the database, for what is made of it and for every group it is in · %#, $1 $2', row => {
  const [_table, _operation, _input, ...accesses] = row
  expect(accessesOf(row)).toEqual(accesses)
})
