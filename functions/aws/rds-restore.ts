import type { Tags } from '../../domain/backup.ts'
import { askRds, type Form, refusalIn } from './query.ts'
import { tagsForm } from './rds.ts'
import type { Cluster, Instance } from './rds-databases.ts'

/** New databases beside running ones: RDS knows no restore into the one that is there. */

/** What a new database holds: a snapshot, or what its source held at a moment (ms). */
export type Origin = { snapshot: string } | { moment: number }

/** `open`: it was asked for, or is there, or may be asked for again in a while; `refused`: there will be none. */
export type RestoreAnswer = { kind: 'open' } | { kind: 'refused'; because: string }

interface Beside {
  id: string
  tags: Tags
}

/** Restores with the class and the groups of the source: RDS would give it those of the VPC and the engine. */
export function restoreInstance({ id, tags }: Beside, source: Instance, origin: Origin): Promise<RestoreAnswer> {
  const carried = {
    DBInstanceClass: source.DBInstanceClass,
    DBSubnetGroupName: source.DBSubnetGroup?.DBSubnetGroupName,
    ...groupsOf(source),
    DBParameterGroupName: source.DBParameterGroups[0]?.DBParameterGroupName,
    // By default whether it can be reached from the internet would depend on the subnets.
    PubliclyAccessible: source.PubliclyAccessible,
    Tags: tagsForm(tags),
  }
  return 'snapshot' in origin
    ? ask('RestoreDBInstanceFromDBSnapshot', {
        ...{ DBInstanceIdentifier: id, DBSnapshotIdentifier: origin.snapshot },
        ...carried,
      })
    : ask('RestoreDBInstanceToPointInTime', {
        ...{ SourceDBInstanceIdentifier: source.DBInstanceIdentifier, TargetDBInstanceIdentifier: id },
        RestoreTime: inSeconds(origin.moment),
        ...carried,
      })
}

/** The same for a cluster, which has no instance then. */
export function restoreCluster({ id, tags }: Beside, source: Cluster, origin: Origin): Promise<RestoreAnswer> {
  const carried = {
    DBClusterIdentifier: id,
    DBSubnetGroupName: source.DBSubnetGroup,
    ...groupsOf(source),
    DBClusterParameterGroupName: source.DBClusterParameterGroup,
    ServerlessV2ScalingConfiguration: source.ServerlessV2ScalingConfiguration,
    Tags: tagsForm(tags),
  }
  return 'snapshot' in origin
    ? ask('RestoreDBClusterFromSnapshot', {
        // Without it RDS takes the version that is its default now, which the carried groups may not fit.
        ...{ SnapshotIdentifier: origin.snapshot, Engine: source.Engine, EngineVersion: source.EngineVersion },
        ...carried,
      })
    : ask('RestoreDBClusterToPointInTime', {
        SourceDBClusterIdentifier: source.DBClusterIdentifier,
        RestoreToTime: inSeconds(origin.moment),
        ...carried,
      })
}

/** Gives a cluster an instance like this one. */
export function addInstance({ id, tags }: Beside, cluster: Cluster, like: Instance): Promise<RestoreAnswer> {
  return ask('CreateDBInstance', {
    DBInstanceIdentifier: id,
    DBClusterIdentifier: cluster.DBClusterIdentifier,
    Engine: cluster.Engine,
    DBInstanceClass: like.DBInstanceClass,
    DBParameterGroupName: like.DBParameterGroups[0]?.DBParameterGroupName,
    PubliclyAccessible: like.PubliclyAccessible,
    Tags: tagsForm(tags),
  })
}

function groupsOf({ VpcSecurityGroups }: Instance | Cluster): Form {
  return { VpcSecurityGroupIds: { VpcSecurityGroupId: VpcSecurityGroups.map(group => group.VpcSecurityGroupId) } }
}

/** RDS restores to whole seconds: the one before holds nothing that came later. */
const inSeconds = (moment: number) => new Date(moment).toISOString().replace(/\.\d+/, '')

/** It is there already, what it is made of is busy, or AWS has no room for it now. */
const MAY_PASS = /^(DBInstance|DBCluster)AlreadyExists$|^Invalid(DBInstance|DBCluster)State$|^Insufficient/

async function ask(action: string, form: Form): Promise<RestoreAnswer> {
  try {
    await askRds(action, form)
    return { kind: 'open' }
  } catch (error) {
    const because = refusalIn(error)
    if (because === undefined) throw error
    return MAY_PASS.test((error as Error).name) ? { kind: 'open' } : { kind: 'refused', because }
  }
}
