import type { Stage } from '../../domain/application.ts'
import { besidePattern } from '../../domain/backup.ts'
import type { RdsBackup, TaskBackup } from '../../domain/database.ts'
import { listsTaskDefinitions, type Site, type Statement, stagesOf } from '../permissions.ts'

/** What RDS, CloudWatch and S3 are asked for backups; nothing where no application file has one of that kind. */

const NAMES = {
  'rds-instance': { database: 'DBInstance', type: 'db', snapshot: 'DBSnapshot', snapshotType: 'snapshot' },
  'rds-cluster': {
    database: 'DBCluster',
    type: 'cluster',
    snapshot: 'DBClusterSnapshot',
    snapshotType: 'cluster-snapshot',
  },
} as const

type Kind = RdsBackup['kind']
const KINDS = Object.keys(NAMES) as Kind[]

const OURS = 'snapshots of ours, which are named after the release, and of these databases alone'

/** For snapshots before a release. */
export function makesSnapshots(site: Site): Statement[] {
  const statements = KINDS.flatMap(kind => {
    const [sources, ours] = [databaseArns(site, kind), ourSnapshots(site, kind)]
    const { database, snapshot } = NAMES[kind]
    if (sources.length === 0) return []
    return [
      { actions: [`rds:Describe${database}s`], resources: sources },
      {
        actions: [`rds:Create${snapshot}`, `rds:Describe${snapshot}s`],
        resources: [...sources, ours],
        because: OURS,
      },
      { actions: ['rds:AddTagsToResource'], resources: [ours], because: OURS },
    ]
  })
  return statements.length > 0 ? [...statements, QUOTAS] : []
}

const QUOTAS: Statement = {
  actions: ['rds:DescribeAccountAttributes'],
  resources: ['*'],
  because: 'AWS knows no resource type for the quotas of an account',
}

/** For whether there is room for another snapshot, before a release. */
export function countsSnapshots(site: Site): Statement[] {
  const statements = describesSnapshots(site)
  return statements.length > 0 ? [...statements, QUOTAS] : []
}

/** For old snapshots after a release. */
export function prunesSnapshots(site: Site): Statement[] {
  return KINDS.flatMap(kind => {
    const sources = databaseArns(site, kind)
    const { snapshot, snapshotType } = NAMES[kind]
    if (sources.length === 0) return []
    return [
      {
        actions: [`rds:Describe${snapshot}s`],
        resources: [...sources, site.arn('rds', `${snapshotType}:*`)],
        because: 'a list of the snapshots of a database names none of them',
      },
      { actions: [`rds:Delete${snapshot}`], resources: [ourSnapshots(site, kind)], because: OURS },
    ]
  })
}

/** For whether there is a snapshot to go back to, once a stage has migrated its database. */
export function looksAtSnapshots(site: Site): Statement[] {
  return describesSnapshots(site, ({ migrate }) => migrate !== undefined)
}

/** Those that releases make of the databases of these stages. */
function describesSnapshots(site: Site, only?: (stage: Stage) => boolean): Statement[] {
  return KINDS.flatMap(kind => {
    const sources = databaseArns(site, kind, only)
    if (sources.length === 0) return []
    const resources = [...sources, ourSnapshots(site, kind)]
    return [{ actions: [`rds:Describe${NAMES[kind].snapshot}s`], resources, because: OURS }]
  })
}

const GROUPS =
  'the groups of the running database are carried over; the application file does not name them, and RDS asks for each type'

/** For a database beside the running one, where a stage may ask for that on the way back. */
export function restoresBeside(site: Site): Statement[] {
  const mayRestore = ({ migrate }: Stage) => migrate?.onRollback === 'restore' || migrate?.onRollback === 'ask'
  return KINDS.flatMap(kind => {
    const ids = idsOf(site, kind, mayRestore)
    if (ids.length === 0) return []
    const { database, type } = NAMES[kind]
    const arn = (resource: string) => site.arn('rds', resource)
    const [sources, beside] = [ids.map(id => arn(`${type}:${id}`)), ids.map(id => arn(`${type}:${besidePattern(id)}`))]
    const groups = [type === 'db' ? 'pg' : 'cluster-pg', 'og', 'subgrp'].map(group => arn(`${group}:*`))
    const because = 'databases that are restored beside these: their names end with the release'
    const restores: Statement[] = [
      { actions: [`rds:Describe${database}s`], resources: [...sources, ...beside], because },
      {
        actions: [
          `rds:Restore${database}${kind === 'rds-instance' ? 'FromDBSnapshot' : 'FromSnapshot'}`,
          `rds:Restore${database}ToPointInTime`,
        ],
        resources: [...sources, ...beside, ourSnapshots(site, kind), ...groups],
        because: GROUPS,
      },
      { actions: ['rds:AddTagsToResource'], resources: beside, because },
      usesKeysOfOwners(site),
    ]
    return kind === 'rds-instance' ? restores : [...restores, ...addsInstances(arn, ids, beside)]
  })
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html */
const usesKeysOfOwners = (site: Site): Statement => ({
  actions: ['kms:CreateGrant', 'kms:DescribeKey'],
  resources: [site.arn('kms', 'key/*')],
  conditions: { StringLike: { 'kms:ViaService': 'rds.*.amazonaws.com*' } },
  because:
    'RDS uses the key of an encrypted database in the name of who restores it; the key is its owners’, and may be used through RDS only',
  unused: {
    'kms:CreateGrant': 'RDS asks for it where a database has a key of its owners; no rehearsed database is encrypted',
    'kms:DescribeKey': 'RDS asks for it where a database has a key of its owners; no rehearsed database is encrypted',
  },
})

/** A restored cluster has no instance until one is made. */
function addsInstances(arn: (resource: string) => string, ids: string[], clusters: string[]): Statement[] {
  const instances = ids.map(id => arn(`db:${besidePattern(id)}`))
  const groups = ['pg', 'og', 'subgrp'].map(group => arn(`${group}:*`))
  return [
    {
      actions: ['rds:DescribeDBInstances'],
      resources: [arn('db:*')],
      because: 'the instances of these clusters; the application file names the clusters alone',
    },
    { actions: ['rds:CreateDBInstance'], resources: [...instances, ...clusters, ...groups], because: GROUPS },
    {
      actions: ['rds:AddTagsToResource'],
      resources: instances,
      because: 'the instances of clusters that are restored beside these',
    },
  ]
}

/** For which revision makes a backup, where the task printed that it is, and whether it is there. */
export function looksAtBackups(site: Site): Statement[] {
  const tasks = stagesOf(site).flatMap(({ backup }): TaskBackup[] => (backup?.kind === 'task' ? [backup] : []))
  if (tasks.length === 0) return []
  const [, partition] = site.arn('s3', '').split(':')
  const buckets = [...new Set(tasks.map(({ bucket }) => `arn:${partition}:s3:::${bucket}`))]
  return [
    listsTaskDefinitions,
    {
      actions: ['logs:GetLogEvents'],
      resources: [site.arn('logs', 'log-group:*')],
      because: 'the task definitions alone say to which groups the backup tasks log',
    },
    {
      actions: ['s3:GetObject'],
      resources: buckets.map(bucket => `${bucket}/*`),
      because: 'the task that makes the backup says under which key it is',
    },
    // Without it S3 does not say that an object is missing.
    { actions: ['s3:ListBucket'], resources: buckets },
  ]
}

function idsOf(site: Site, kind: Kind, only: (stage: Stage) => boolean = () => true): string[] {
  const backups = stagesOf(site).flatMap(stage => (only(stage) ? (stage.backup ?? []) : []))
  return [...new Set(backups.flatMap(backup => (backup.kind === kind ? backup.id.toLowerCase() : [])))]
}

const databaseArns = (site: Site, kind: Kind, only?: (stage: Stage) => boolean) =>
  idsOf(site, kind, only).map(id => site.arn('rds', `${NAMES[kind].type}:${id}`))

const ourSnapshots = (site: Site, kind: Kind) => site.arn('rds', `${NAMES[kind].snapshotType}:sluice-*`)
