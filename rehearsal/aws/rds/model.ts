import type { ServerlessV2ScalingConfiguration, Tag } from '@aws-sdk/client-rds'
import type { Clock } from '../../clock.ts'
import type { Copy, Postgres, Server } from '../../fleet/postgres.ts'
import type { EventBus } from '../service.ts'

export interface RdsOptions {
  clock: Clock
  bus: EventBus
  postgres: Postgres
  /** Where the names of endpoints, `<address>:<port>`, are made known with their ports on this machine. */
  hosts: Record<string, number>
  times?: Partial<RdsTimes>
}

/** What RDS takes its time for, in AWS milliseconds. */
export interface RdsTimes {
  /** A new or restored instance, until it can be connected to. */
  instance: number
  /** A new or restored cluster, before it has an instance. */
  cluster: number
  /** The first automated backup, right after that. */
  firstBackup: number
  snapshot: number
  /** How often logs are kept for restores to a moment: the latest such moment is at most that old. */
  logs: number
}

/** Small databases as we have met them; AWS promises nothing but the five minutes. */
export const RDS_TIMES: RdsTimes = {
  instance: 5 * 60_000,
  cluster: 60_000,
  firstBackup: 60_000,
  snapshot: 3 * 60_000,
  logs: 5 * 60_000,
}

/** RDS has instances, and clusters that instances are added to; both have data, snapshots, and operations of their own. */
export type Kind = 'instance' | 'cluster'

/** What a snapshot knows of its database, and a restored one has again. */
export interface Origin {
  engine: string
  engineVersion: string
  masterUsername: string
  databaseName: string | undefined
  port: number
  allocatedStorage: number
  /** Of instances. */
  instanceClass?: string
}

/** What a restored database has only when it is said again. */
export interface Settings {
  tags: Tag[]
  retentionDays: number
  subnetGroup: string
  securityGroups: string[]
  parameterGroup: string
  multiAz: boolean
  publiclyAccessible: boolean
  deletionProtection: boolean
  copyTagsToSnapshot: boolean
  scaling?: ServerlessV2ScalingConfiguration
}

export interface Database {
  kind: Kind
  id: string
  arn: string
  status: string
  createdAt: number
  origin: Origin
  settings: Settings
  /** An instance of a cluster has its cluster's: they share one storage, and what reads there reads the writer's server here. */
  server: Server
  /** Where clients find it once it is up. */
  isReachable: boolean
  /** What restores to a moment begin from; none where backups are switched off. */
  firstBackup?: { copy: Copy; at: number }
  /** The cluster that the instance was added to. */
  cluster?: Database
}

export interface Snapshot {
  kind: Kind
  id: string
  arn: string
  type: 'manual' | 'automated'
  status: 'creating' | 'available' | 'failed'
  createdAt: number
  tags: Tag[]
  /** The database's name. */
  source: string
  sourceCreatedAt: number
  origin: Origin
  /** Settled before the request that asked for the snapshot is answered. */
  copy: Promise<Copy>
}

/** How many manual snapshots the account may have. */
export interface Quota {
  snapshots: number
  clusterSnapshots: number
}

export interface RdsWorld extends RdsOptions {
  times: RdsTimes
  /** Names, `<kind>/<name>`: known before the work on a new server is done. */
  taken: Set<string>
  databases: Record<Kind, Map<string, Database>>
  snapshots: Record<Kind, Map<string, Snapshot>>
  quota: Quota
  /** How many of the next snapshots fail. */
  failing: number
}

export function manualSnapshots(world: RdsWorld, kind: Kind): Snapshot[] {
  return [...world.snapshots[kind].values()].filter(({ type }) => type === 'manual')
}
