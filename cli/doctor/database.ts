import type { Service as EcsService } from '@aws-sdk/client-ecs'
import type { Stage } from '../../domain/application.ts'
import { noRoom, staysSo } from '../../domain/backup.ts'
import type { Migrate, Network, RdsBackup } from '../../domain/database.ts'
import { isRestorable } from '../../domain/database-choice.ts'
import type { Lack } from '../../domain/lack.ts'
import { migrationBase } from '../../functions/aws/base-definition.ts'
import { snapshotQuota } from '../../functions/aws/rds.ts'
import { databasesTagged, findCluster, findInstance } from '../../functions/aws/rds-databases.ts'
import { type Answer, type Examination, judged, lacking, sound } from './examination.ts'
import { askDefinition } from './task-definition.ts'

/** Whether the stage's database can be backed up and migrated. `first`: its first service, as ECS has it. */
export async function askDatabase(
  examination: Examination,
  { name, backup, migrate }: Stage,
  first: EcsService | undefined,
): Promise<void> {
  const where = { stage: name }
  if (isRestorable(backup)) {
    await examination.ask('database', where, async () =>
      judged(whyNotBackedUp(backup, migrate, await findDatabase(backup))),
    )
    await examination.ask('restored', where, () => whetherLeft(examination, name, backup))
    await examination.askOnce(backup.kind, 'snapshot-quota', where, async () => judged(await whyNoRoom(backup)))
  }
  if (backup?.kind === 'task') await askTask(examination, name, { field: 'backup', ...backup }, first)
  if (migrate) await askTask(examination, name, { field: 'migrate', ...migrate }, first)
}

/** A database in RDS, as far as a backup of it goes. */
export interface FoundDatabase {
  status: string
  /** The cluster that an instance belongs to. */
  cluster?: string
  /** For how many days RDS can restore it to any moment; 0: not at all. */
  retentionDays: number
}

async function findDatabase({ kind, id }: RdsBackup): Promise<FoundDatabase | undefined> {
  if (kind === 'rds-cluster') {
    const found = await findCluster(id)
    return found && { status: found.Status, retentionDays: found.BackupRetentionPeriod ?? 1 }
  }
  const found = await findInstance(id)
  return (
    found && {
      status: found.DBInstanceStatus,
      ...(found.DBClusterIdentifier && { cluster: found.DBClusterIdentifier }),
      retentionDays: found.BackupRetentionPeriod ?? 1,
    }
  )
}

/** Why a release could not make the backup that the application file asks for, or could not go back to it. */
export function whyNotBackedUp(
  { kind, id }: Pick<RdsBackup, 'kind' | 'id'>,
  migrate: Pick<Migrate, 'onRollback' | 'restoreFrom'> | undefined,
  found: FoundDatabase | undefined,
): Lack | undefined {
  const what = kind === 'rds-cluster' ? 'cluster' : 'DB instance'
  if (!found)
    return {
      found: `RDS has no ${what} ${id} in this account and region`,
      remedy: 'create it, or correct backup.id in the application file',
    }
  if (found.cluster !== undefined)
    return {
      found: `DB instance ${id} belongs to cluster ${found.cluster}, of which RDS makes snapshots as a whole`,
      remedy: `write backup: { kind: rds-cluster, id: ${found.cluster} } into the application file`,
    }
  if (staysSo(found.status))
    return {
      found: `${what} ${id} is ${found.status}: RDS makes no snapshot of it`,
      remedy: 'see that it is available',
      ...(found.status === 'stopped' && {
        command:
          kind === 'rds-cluster'
            ? `aws rds start-db-cluster --db-cluster-identifier ${id}`
            : `aws rds start-db-instance --db-instance-identifier ${id}`,
      }),
    }
  const asksForMoment = migrate?.restoreFrom === 'moment' && ['restore', 'ask'].includes(migrate.onRollback)
  if (!asksForMoment || found.retentionDays > 0) return undefined
  return {
    found: `${what} ${id} keeps no automated backups, and migrate.restoreFrom is moment`,
    remedy: 'write restoreFrom snapshot, or have RDS keep some, which may interrupt the database for a moment',
    command: `aws rds modify-db-instance --db-instance-identifier ${id} --backup-retention-period 7 --apply-immediately`,
  }
}

/** Databases that were restored beside this one are deleted by people alone: none is a defect, and each costs. */
async function whetherLeft(examination: Examination, stage: string, { kind }: RdsBackup): Promise<Answer<true>> {
  const what = kind === 'rds-cluster' ? 'cluster' : 'instance'
  for (const id of await databasesTagged(kind, { 'sluice:app': examination.app, 'sluice:stage': stage }))
    examination.note(
      { stage },
      `${id} was restored for a way back; when nobody needs it any more: aws rds delete-db-${what} --db-${what}-identifier ${id} --skip-final-snapshot`,
    )
  return sound(true)
}

async function whyNoRoom({ kind }: RdsBackup): Promise<Lack | undefined> {
  const quota = await snapshotQuota(kind)
  const full = quota && noRoom(quota, kind === 'rds-cluster' ? 'manual cluster snapshots' : 'manual snapshots')
  if (!full) return undefined
  const [found = '', remedy = ''] = full.split('; ')
  return { found, remedy }
}

interface OwnTask {
  field: 'backup' | 'migrate'
  taskDefinition: string
  container: string
  network?: Network | undefined
}

/** A task of the stage's own: its definition, and where it would run. */
async function askTask(
  examination: Examination,
  stage: string,
  { field, taskDefinition, container, network }: OwnTask,
  first: EcsService | undefined,
): Promise<void> {
  const where = { stage }
  const base = await examination.ask(field, where, async () => {
    const found = await migrationBase({ taskDefinition })
    if (found) return sound(found)
    return lacking({
      found: `no revision of task definition ${taskDefinition} is active but what Sluice registered`,
      remedy: `register it, or correct ${field}.taskDefinition in the application file`,
    })
  })
  const read = base && (await askDefinition(examination, where, { base, container, field: `${field}.container` }))
  // Where the first service is not there, that has been told.
  if (!read || !first) return
  const { family, definition } = read
  await examination.ask('network', where, () =>
    judged(whyNowhere({ field, family, mode: definition.networkMode, network, first })),
  )
}

export interface Whereabouts {
  field: OwnTask['field']
  family: string
  /** ECS's own word for how the tasks of the family are in a network. */
  mode: string | undefined
  /** That of the application file; where there is none, the first service's. */
  network: Network | undefined
  first: Pick<EcsService, 'serviceName' | 'networkConfiguration'>
}

/** ECS takes subnets for tasks that have an address of their own, and for no others. */
export function whyNowhere({ field, family, mode, network, first }: Whereabouts): Lack | undefined {
  const { serviceName = '', networkConfiguration } = first
  const isIn = networkConfiguration?.awsvpcConfiguration?.subnets?.length
  if (mode === 'awsvpc')
    return network || isIn
      ? undefined
      : {
          found: `service ${serviceName} names no subnets, in which the task of ${field} would run`,
          remedy: `write ${field}.network with its subnets into the application file`,
        }
  const found = `task definition ${family} has network mode ${mode ?? 'bridge'}, of which ECS takes no subnets`
  const remedy = 'register it with network mode awsvpc'
  if (network)
    return { found: `${found}, and ${field}.network names some`, remedy: `take them out of the file, or ${remedy}` }
  if (isIn) return { found: `${found}, and the task of ${field} would get those of service ${serviceName}`, remedy }
  return undefined
}
