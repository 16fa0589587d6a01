import * as sdk from '@aws-sdk/client-rds'
import { RDS_AUTHORIZATION } from './authorization/rds.ts'
import { clusterOperations } from './rds/clusters.ts'
import { instanceOperations } from './rds/instances.ts'
import {
  type Database,
  manualSnapshots,
  type Quota,
  RDS_TIMES,
  type RdsOptions,
  type RdsWorld,
  type Snapshot,
} from './rds/model.ts'
import { restoreOperations } from './rds/restores.ts'
import { snapshotOperations } from './rds/snapshot-operations.ts'
import { beginBackup, checkAvailable, endBackup } from './rds/snapshots.ts'
import type { Service } from './service.ts'

export interface Rds extends Service {
  /** Every instance there is, with the status that RDS tells. */
  instances(): { id: string; status: string; cluster?: string }[]
  /** The manual snapshots, of instances and of clusters, oldest first. `source` is the database's name. */
  snapshots(): SnapshotRecord[]
  /** Where an instance's PostgreSQL listens on this machine. */
  port(instance: string): number
  /** How many manual snapshots the account may have; a test may lower it. */
  quota: Quota
  /** The next snapshot that is asked for ends as `failed`. */
  failNextSnapshot(): void
  /** Keeps an instance or cluster from being available for so long, in AWS time. `backing-up` is announced, other statuses are not. */
  busy(id: string, ms: number, status?: string): void
}

export type SnapshotRecord = Pick<Snapshot, 'kind' | 'id' | 'source' | 'status' | 'createdAt'> & {
  tags: Record<string, string>
}

/** RDS's instances and clusters, each with a real PostgreSQL. */
export function createRds(options: RdsOptions): Rds {
  const world: RdsWorld = {
    ...options,
    times: { ...RDS_TIMES, ...options.times },
    taken: new Set(),
    databases: { instance: new Map(), cluster: new Map() },
    snapshots: { instance: new Map(), cluster: new Map() },
    quota: { snapshots: 100, clusterSnapshots: 100 },
    failing: 0,
  }
  const { instance: instances, cluster: clusters } = world.databases
  const known = (id: string, among: Map<string, Database>[]) => {
    const found = among.map(map => map.get(id)).find(database => database !== undefined)
    if (!found) throw new Error(`there is no database ${id}`)
    return found
  }
  return {
    signingName: 'rds',
    sdk,
    authorization: RDS_AUTHORIZATION,
    operations: {
      ...instanceOperations(world),
      ...clusterOperations(world),
      ...snapshotOperations(world),
      ...restoreOperations(world),
    },
    instances: () =>
      [...instances.values()].map(({ id, status, cluster }) => ({
        id,
        status,
        ...(cluster && { cluster: cluster.id }),
      })),
    snapshots: () =>
      [...manualSnapshots(world, 'instance'), ...manualSnapshots(world, 'cluster')]
        .map(({ kind, id, source, status, createdAt, tags }) => ({
          ...{ kind, id, source, status, createdAt },
          tags: Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value])),
        }))
        .sort((a, b) => a.createdAt - b.createdAt),
    port: id => known(id, [instances]).server.port,
    quota: world.quota,
    failNextSnapshot() {
      world.failing += 1
    },
    busy(id, ms, status = 'backing-up') {
      const database = known(id, [instances, clusters])
      checkAvailable(database)
      if (status === 'backing-up') beginBackup(world, database)
      else database.status = status
      world.clock.timer(ms, () => {
        if (status === 'backing-up') endBackup(world, database)
        else database.status = 'available'
      })
    },
  }
}
