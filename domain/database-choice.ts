import type { Stage } from './application.ts'
import type { Backup, DatabaseChoice, RdsBackup } from './database.ts'

/** What a stage's database lets people choose. Apart from the schema, which functions that only ask this need not carry. */

/** In the order that a page offers them. */
export function choicesOf({ backup, migrate }: Pick<Stage, 'backup' | 'migrate'>): DatabaseChoice[] {
  return [
    'keep',
    ...(migrate?.down ? (['down'] as const) : []),
    ...(isRestorable(backup) ? (['restore'] as const) : []),
  ]
}

/** Whether a snapshot in RDS is made, from which a new database can be restored. */
export function isRestorable(backup: Backup | undefined): backup is RdsBackup {
  return backup?.kind === 'rds-instance' || backup?.kind === 'rds-cluster'
}
