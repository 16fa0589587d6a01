import { AwsError } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'
import type { Database, Kind, Origin, RdsWorld, Settings } from './model.ts'
import { addressOf, checkedTags, databaseArn, demanded, invalid, KINDS, newDatabaseName } from './names.ts'
import { firstSnapshot } from './snapshots.ts'

/** What the inputs that make a database have in common. */
export interface SettingsInput {
  Tags?: Settings['tags'] | undefined
  BackupRetentionPeriod?: number | undefined
  DBSubnetGroupName?: string | undefined
  VpcSecurityGroupIds?: string[] | undefined
  DBParameterGroupName?: string | undefined
  DBClusterParameterGroupName?: string | undefined
  MultiAZ?: boolean | undefined
  PubliclyAccessible?: boolean | undefined
  DeletionProtection?: boolean | undefined
  CopyTagsToSnapshot?: boolean | undefined
  ServerlessV2ScalingConfiguration?: Settings['scaling'] | undefined
}

/** The names of those for every kind, for {@link rehearsedOnly}. */
export const SETTINGS = [
  ...['Tags', 'BackupRetentionPeriod', 'DBSubnetGroupName', 'VpcSecurityGroupIds', 'DeletionProtection'],
  ...['CopyTagsToSnapshot', 'Port', 'EngineVersion', 'AutoMinorVersionUpgrade', 'StorageType', 'StorageEncrypted'],
]

/** What nobody asked for is as RDS has it in a fresh account. */
export function settingsOf(kind: Kind, { engine }: Origin, input: SettingsInput): Settings {
  const retentionDays = input.BackupRetentionPeriod ?? 1
  const least = kind === 'cluster' ? 1 : 0
  if (retentionDays < least || retentionDays > 35) {
    throw invalid(`Invalid backup retention period: ${retentionDays}. Must be between ${least} and 35.`)
  }
  return {
    tags: checkedTags(input.Tags),
    retentionDays,
    subnetGroup: input.DBSubnetGroupName ?? 'default',
    securityGroups: input.VpcSecurityGroupIds ?? ['sg-default'],
    parameterGroup: input.DBParameterGroupName ?? input.DBClusterParameterGroupName ?? defaultGroup(engine, '.'),
    multiAz: input.MultiAZ ?? false,
    publiclyAccessible: input.PubliclyAccessible ?? false,
    deletionProtection: input.DeletionProtection ?? false,
    copyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    ...(input.ServerlessV2ScalingConfiguration && { scaling: input.ServerlessV2ScalingConfiguration }),
  }
}

const MAJOR = '18'

/** RDS's own group of parameters (`default.postgres18`) or of options (`default:postgres-18`). */
export const defaultGroup = (engine: string, kind: '.' | ':') =>
  kind === '.' ? `default.${engine}${MAJOR}` : `default:${engine}-${MAJOR}`

const VERSION = '18.4'

/** There is one real PostgreSQL behind all of them. */
export function engineOf(
  kind: Kind,
  engine: string | undefined,
  version: string | undefined,
): { engine: string; engineVersion: string } {
  const known = kind === 'instance' ? 'postgres' : 'aurora-postgresql'
  if (demanded('Engine', engine) !== known) throw notRehearsed(`a ${kind} of the engine ${engine}`)
  if (version !== undefined && version.split('.')[0] !== MAJOR) throw notRehearsed(`${engine} ${version}`)
  return { engine: known, engineVersion: version?.includes('.') ? version : VERSION }
}

export function ownerOf(input: { MasterUsername?: string | undefined; MasterUserPassword?: string | undefined }): {
  user: string
  password: string
} {
  const user = demanded('MasterUsername', input.MasterUsername)
  const password = demanded('MasterUserPassword', input.MasterUserPassword)
  if (!/^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(user)) {
    throw invalid('MasterUsername must begin with a letter and contain only alphanumeric characters.')
  }
  if (RESERVED.includes(user.toLowerCase())) {
    throw invalid(`MasterUsername ${user} cannot be used as it is a reserved word used by the engine`)
  }
  if (!/^[!-~]{8,128}$/.test(password) || /[/@"]/.test(password)) {
    throw invalid(
      `The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used, and at least 8 of them.`,
    )
  }
  return { user, password }
}

const RESERVED = ['admin', 'rdsadmin', 'user']

export function portOf(given: number | undefined): number {
  const port = given ?? 5432
  if (port < 1150 || port > 65_535) throw invalid(`Invalid database port ${port}. Must be between 1150 and 65535.`)
  return port
}

/** Takes the name for a new database of this kind; throws where there is one already, or one that is being started. */
export function takeName(world: RdsWorld, kind: Kind, given: string | undefined): string {
  const id = newDatabaseName(kind, given)
  const taken = `${kind}/${id}`
  const { database } = KINDS[kind]
  if (world.taken.has(taken)) throw new AwsError(`${database}AlreadyExistsFault`, `${database} already exists`)
  world.taken.add(taken)
  return id
}

export type NewDatabase = Pick<Database, 'kind' | 'id' | 'origin' | 'settings' | 'server'> & { cluster?: Database }

/** From here on the database is `creating`; `told` tells what RDS tells when it is there. */
export async function bringUp(
  world: RdsWorld,
  fields: NewDatabase,
  told: (database: Database) => void,
): Promise<Database> {
  const { kind, id, cluster, server, origin, settings } = fields
  // Nobody can have written yet: the backup that follows the creation would not find anything else.
  const hasBackup = !cluster && settings.retentionDays > 0
  const copy = hasBackup ? await server.copy() : undefined
  const at = world.clock.now()
  const database: Database = {
    ...fields,
    ...{ arn: databaseArn(kind, id), status: 'creating', createdAt: at, isReachable: false },
    ...(copy && { firstBackup: { copy, at } }),
  }
  world.databases[kind].set(id, database)
  world.clock.timer(world.times[kind], () => {
    database.isReachable = true
    for (const address of addressesOf(database)) world.hosts[`${address}:${origin.port}`] = server.port
    told(database)
    if (copy) firstSnapshot(world, database)
    else database.status = 'available'
  })
  return database
}

/** A cluster is reached only through its instances. */
function addressesOf({ kind, id, cluster }: Database): string[] {
  if (kind === 'cluster') return []
  const shared = cluster ? [addressOf(cluster.id, 'cluster'), addressOf(cluster.id, 'cluster-ro')] : []
  return [addressOf(id), ...shared]
}
