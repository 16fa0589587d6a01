import type { CreateDBClusterMessage, DescribeDBClustersMessage } from '@aws-sdk/client-rds'
import type { Operations } from '../service.ts'
import { announce } from './announcements.ts'
import { bringUp, engineOf, ownerOf, portOf, SETTINGS, settingsOf, takeName } from './databases.ts'
import { databaseNameOf } from './instances.ts'
import type { RdsWorld } from './model.ts'
import { databaseOf, nameIn, rehearsedOnly } from './names.ts'
import { filtered, paged } from './pages.ts'
import { clusterView } from './views.ts'

/** What every way to a new cluster lets one say. */
export const CLUSTER_SETTINGS = [
  ...SETTINGS,
  ...['DBClusterIdentifier', 'Engine', 'DBClusterParameterGroupName', 'ServerlessV2ScalingConfiguration'],
]
const NEW = [...CLUSTER_SETTINGS, 'MasterUsername', 'MasterUserPassword', 'DatabaseName']

export function clusterOperations(world: RdsWorld): Operations {
  return {
    async CreateDBCluster(input: CreateDBClusterMessage) {
      rehearsedOnly('CreateDBCluster', input, NEW)
      const owner = ownerOf(input)
      const origin = {
        ...engineOf('cluster', input.Engine, input.EngineVersion),
        masterUsername: owner.user,
        databaseName: databaseNameOf(input.DatabaseName),
        port: portOf(input.Port),
        // What grows by itself is told as 1.
        allocatedStorage: 1,
      }
      const settings = settingsOf('cluster', origin, input)
      const id = takeName(world, 'cluster', input.DBClusterIdentifier)
      const { databaseName: database } = origin
      const server = await world.postgres.create({ ...owner, ...(database !== undefined && { database }) })
      const cluster = await bringUp(world, { kind: 'cluster', id, origin, settings, server }, created =>
        announce(world, 'database', created, '0170'),
      )
      return { DBCluster: clusterView(world, cluster) }
    },
    DescribeDBClusters({ DBClusterIdentifier: id, ...input }: DescribeDBClustersMessage) {
      const all = id === undefined ? [...world.databases.cluster.values()] : [databaseOf(world, 'cluster', id)]
      const chosen = filtered(all, input.Filters, {
        'db-cluster-id': (each, value) => each.id === nameIn('cluster', value),
        engine: (each, value) => each.origin.engine === value,
      })
      const { page, Marker } = paged(chosen, input)
      return { DBClusters: page.map(each => clusterView(world, each)), ...(Marker && { Marker }) }
    },
  }
}
