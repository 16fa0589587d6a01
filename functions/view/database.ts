import type { Stage } from '../../domain/application.ts'
import type { ProposedMigration } from '../../domain/approval.ts'
import { idIn } from '../../domain/arn.ts'
import { snapshotName } from '../../domain/backup.ts'
import type { DatabaseChoice, OnRollback } from '../../domain/database.ts'
import { isRestorable } from '../../domain/database-choice.ts'
import { inWords } from '../../domain/field.ts'
import type { RollbackClaim } from '../../domain/image.ts'
import type { TaskEntry } from '../aws/database-ledger.ts'
import type { ReleaseView, StageView } from './release-view.ts'

/** What people are told of a stage's database, wherever they read it. */

/** What an image says of itself, after its name: nobody has checked it. */
export function claimTold(claim: RollbackClaim | undefined): string {
  switch (claim) {
    case 'safe':
      return 'says that the version before works with its schema'
    case 'restore-needed':
      return 'says that going back needs the database restored'
    case undefined:
      return 'does not say whether the version before works with its schema'
  }
}

/** What is backed up before a stage changes; undefined: nothing. */
export function backedUp({ backup }: Pick<Stage, 'backup'>): ProposedMigration['backup'] {
  if (isRestorable(backup)) return { kind: backup.kind, source: backup.id }
  return backup?.kind === 'task' ? { kind: 'task', source: backup.taskDefinition } : undefined
}

export function backupTold({ kind, source }: NonNullable<ProposedMigration['backup']>): string {
  switch (kind) {
    case 'rds-instance':
      return `a snapshot of RDS instance ${source}`
    case 'rds-cluster':
      return `a snapshot of RDS cluster ${source}`
    case 'task':
      return `a backup by task ${source}`
  }
}

/** What happens to the database before the services change, as a whole sentence. */
export function firstTold({ backup }: Pick<ProposedMigration, 'backup'>): string {
  const start = backup ? `First ${backupTold(backup)} is made, then a task` : 'Without a backup, a task'
  return `${start} of this image migrates the database; the services change once that has ended well.`
}

/** What becomes of the migrated database on the way back, as a whole sentence. */
export function wayBackTold(onRollback: OnRollback): string {
  switch (onRollback) {
    case 'keep':
      return 'On the way back it stays as it is migrated.'
    case 'down':
      return 'On the way back a task undoes the migration.'
    case 'restore':
      return 'On the way back a new database is restored beside the running one, until a person switches.'
    case 'ask':
      return 'On the way back it is as its approvers choose.'
  }
}

/** What approvers choose from: what each is called, what follows from it, and how it is told once it was chosen. */
export const CHOICES: Record<DatabaseChoice, { name: string; means: string; chosen: string }> = {
  keep: {
    name: 'Keep it',
    means: 'It stays as it is migrated, and the version before runs on the new schema.',
    chosen: 'keep the database',
  },
  down: {
    name: 'Undo the migration',
    means: 'A task runs the command that undoes it; what was written in between may be lost.',
    chosen: 'undo the migration',
  },
  restore: {
    name: 'Restore it beside',
    means: 'A new database is made from the backup; the running one is left alone until a person switches.',
    chosen: 'restore the database beside',
  },
}

/** What a step waits for that works on the database; empty for any other. */
export function databaseAwaited(step: string, { name, ownTasks = {} }: StageView, view: ReleaseView): string {
  const stage = view.plan?.stages.find(each => each.name === name)
  switch (step) {
    case 'BackUpDatabase': {
      const backup = stage && backedUp(stage)
      if (!backup) return ''
      return backup.kind === 'task'
        ? taskAwaited(ownTasks.backup)
        : `waits for snapshot ${snapshotName({ ...view, stage: name })} of ${backup.source}`
    }
    case 'RunMigrations':
      return taskAwaited(ownTasks.migration, `, for ${inWords(stage?.migrate?.within ?? 0)} at most`)
    case 'RestoreDatabase':
      // One that has ended may be of an earlier way back.
      return ownTasks.down && !ownTasks.down.end ? taskAwaited(ownTasks.down, ' and undoes the migration') : ''
    default:
      return ''
  }
}

function taskAwaited(task: TaskEntry | undefined, more = ''): string {
  const id = task?.task && idIn(task.task)
  return id === undefined ? 'waits for ECS to start its task' : `task ${id.slice(0, 8)}… runs${more}`
}
