import type { CreateDBInstanceMessage, DescribeDBInstancesMessage } from '@aws-sdk/client-rds'
import { AwsError, type Operations } from '../service.ts'
import { announce } from './announcements.ts'
import { bringUp, engineOf, ownerOf, portOf, SETTINGS, type SettingsInput, settingsOf, takeName } from './databases.ts'
import type { Database, RdsWorld } from './model.ts'
import { databaseOf, demanded, invalid, invalidCombination, nameIn, rehearsedOnly } from './names.ts'
import { filtered, paged } from './pages.ts'
import { instanceView } from './views.ts'

const PLACE = ['DBInstanceClass', 'DBParameterGroupName', 'MultiAZ', 'PubliclyAccessible']
/** What every way to a new instance lets one say. */
export const INSTANCE_SETTINGS = [...SETTINGS, ...PLACE, 'DBInstanceIdentifier', 'Engine', 'AllocatedStorage']
const NEW = [...INSTANCE_SETTINGS, 'MasterUsername', 'MasterUserPassword', 'DBName', 'DBClusterIdentifier']
/** These are the cluster's to say. */
const OF_THE_CLUSTER = ['MasterUsername', 'MasterUserPassword', 'DBName', 'AllocatedStorage', 'BackupRetentionPeriod']

export function instanceOperations(world: RdsWorld): Operations {
  return {
    async CreateDBInstance(input: CreateDBInstanceMessage) {
      rehearsedOnly('CreateDBInstance', input, NEW)
      const created = await (input.DBClusterIdentifier ? addMember(world, input) : createInstance(world, input))
      return { DBInstance: instanceView(world, created) }
    },
    DescribeDBInstances({ DBInstanceIdentifier: id, ...input }: DescribeDBInstancesMessage) {
      const all = id === undefined ? [...world.databases.instance.values()] : [databaseOf(world, 'instance', id)]
      const chosen = filtered(all, input.Filters, {
        'db-instance-id': (each, value) => each.id === nameIn('instance', value),
        'db-cluster-id': (each, value) => each.cluster?.id === nameIn('cluster', value),
        engine: (each, value) => each.origin.engine === value,
      })
      const { page, Marker } = paged(chosen, input)
      return { DBInstances: page.map(each => instanceView(world, each)), ...(Marker && { Marker }) }
    },
  }
}

async function createInstance(world: RdsWorld, input: CreateDBInstanceMessage): Promise<Database> {
  const owner = ownerOf(input)
  const origin = {
    ...engineOf('instance', input.Engine, input.EngineVersion),
    masterUsername: owner.user,
    databaseName: databaseNameOf(input.DBName),
    port: portOf(input.Port),
    allocatedStorage: storageOf(demanded('AllocatedStorage', input.AllocatedStorage)),
    instanceClass: classOf(input.DBInstanceClass),
  }
  const settings = settingsOf('instance', origin, input)
  const id = takeName(world, 'instance', input.DBInstanceIdentifier)
  const { databaseName: database } = origin
  const server = await world.postgres.create({ ...owner, ...(database !== undefined && { database }) })
  return bringUp(world, { kind: 'instance', id, origin, settings, server }, created =>
    announce(world, 'database', created, '0005'),
  )
}

/** The first one of a cluster is its writer. */
async function addMember(world: RdsWorld, input: CreateDBInstanceMessage): Promise<Database> {
  for (const [member, value] of Object.entries(input)) {
    if (!OF_THE_CLUSTER.includes(member) || value === undefined) continue
    throw invalidCombination(`${member} cannot be set for an instance of a cluster: it is managed by the DB Cluster.`)
  }
  const cluster = databaseOf(world, 'cluster', input.DBClusterIdentifier)
  if (input.Engine !== cluster.origin.engine) {
    throw invalidCombination(`The engine of the instance does not match that of the cluster: ${cluster.origin.engine}`)
  }
  const origin = { ...cluster.origin, instanceClass: classOf(input.DBInstanceClass) }
  const given: SettingsInput = { DBSubnetGroupName: cluster.settings.subnetGroup, ...input }
  const settings = { ...settingsOf('instance', origin, given), securityGroups: cluster.settings.securityGroups }
  const id = takeName(world, 'instance', input.DBInstanceIdentifier)
  const { server } = cluster
  return bringUp(world, { kind: 'instance', id, origin, settings, server, cluster }, created =>
    announce(world, 'database', created, '0005'),
  )
}

export function databaseNameOf(name: string | undefined): string | undefined {
  if (name === undefined || /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return name
  throw invalid('DBName must begin with a letter and contain only alphanumeric characters.')
}

export function classOf(given: string | undefined): string {
  const name = demanded('DBInstanceClass', given)
  if (/^db\.[a-z0-9-]+(\.[a-z0-9-]+)?$/.test(name)) return name
  throw invalid(`Invalid DB Instance class: ${name}`)
}

export function storageOf(gigabytes: number): number {
  if (gigabytes >= 20 && gigabytes <= 65_536) return gigabytes
  throw new AwsError(
    'InvalidParameterValue',
    `Invalid storage size for engine name postgres and storage type gp3: ${gigabytes}`,
  )
}
