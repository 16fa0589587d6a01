import * as z from 'zod'
import { isTagged, type Tags } from '../../domain/backup.ts'
import { askRds, listOf } from './query.ts'
import { isCode, type RdsKind, tagList, time } from './rds.ts'

/** Databases themselves, as far as one is restored beside another. */

const flag = z
  .string()
  .default('false')
  .transform(text => text === 'true')

const shared = {
  VpcSecurityGroups: listOf('VpcSecurityGroupMembership', z.object({ VpcSecurityGroupId: z.string() })),
  LatestRestorableTime: time.optional(),
  /** Days. */
  BackupRetentionPeriod: z.coerce.number().optional(),
  TagList: tagList,
}

const instance = z.object({
  DBInstanceIdentifier: z.string(),
  DBInstanceStatus: z.string(),
  DBInstanceClass: z.string(),
  Engine: z.string().optional(),
  /** Of an instance that belongs to a cluster. */
  DBClusterIdentifier: z.string().optional(),
  DBSubnetGroup: z.object({ DBSubnetGroupName: z.string() }).optional(),
  DBParameterGroups: listOf('DBParameterGroup', z.object({ DBParameterGroupName: z.string() })),
  PubliclyAccessible: flag,
  InstanceCreateTime: time.optional(),
  ...shared,
})
export type Instance = z.infer<typeof instance>

const cluster = z.object({
  DBClusterIdentifier: z.string(),
  Status: z.string(),
  Engine: z.string(),
  EngineVersion: z.string().optional(),
  ClusterCreateTime: time.optional(),
  DBSubnetGroup: z.string().optional(),
  DBClusterParameterGroup: z.string().optional(),
  DBClusterMembers: listOf('DBClusterMember', z.object({ DBInstanceIdentifier: z.string(), IsClusterWriter: flag })),
  ServerlessV2ScalingConfiguration: z.object({ MinCapacity: z.string(), MaxCapacity: z.string() }).optional(),
  ...shared,
})
export type Cluster = z.infer<typeof cluster>

/** Undefined when there is no such instance. */
export async function findInstance(id: string): Promise<Instance | undefined> {
  const found = await described('DBInstance', id)
  return z.object({ DBInstances: listOf('DBInstance', instance) }).parse(found ?? {}).DBInstances[0]
}

/** Undefined when there is no such cluster. */
export async function findCluster(id: string): Promise<Cluster | undefined> {
  const found = await described('DBCluster', id)
  return z.object({ DBClusters: listOf('DBCluster', cluster) }).parse(found ?? {}).DBClusters[0]
}

/** RDS's own word for what the database is doing; undefined when there is no such database. */
export async function databaseStatus(kind: RdsKind, id: string): Promise<string | undefined> {
  return kind === 'rds-instance' ? (await findInstance(id))?.DBInstanceStatus : (await findCluster(id))?.Status
}

const tagged = z
  .object({ DBInstanceIdentifier: z.string().optional(), DBClusterIdentifier: z.string().optional(), TagList: tagList })
  .transform(found => ({
    instance: found.DBInstanceIdentifier,
    cluster: found.DBClusterIdentifier,
    tags: found.TagList,
  }))

/** Names of all instances, or clusters, that bear these tags. */
export async function databasesTagged(kind: RdsKind, tags: Tags): Promise<string[]> {
  const what = kind === 'rds-instance' ? 'DBInstance' : 'DBCluster'
  const found: string[] = []
  let Marker: string | undefined
  do {
    const page = await askRds(`Describe${what}s`, { Marker })
    for (const { instance, cluster, tags: has } of listOf(what, tagged).parse(page[`${what}s`])) {
      const id = kind === 'rds-instance' ? instance : cluster
      if (id !== undefined && isTagged(has, tags)) found.push(id)
    }
    Marker = typeof page.Marker === 'string' ? page.Marker : undefined
  } while (Marker)
  return found
}

async function described(database: 'DBInstance' | 'DBCluster', id: string): Promise<unknown> {
  try {
    return await askRds(`Describe${database}s`, { [`${database}Identifier`]: id })
  } catch (error) {
    if (isCode(error, `${database}NotFound`)) return undefined
    throw error
  }
}
