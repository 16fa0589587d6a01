import type { DatabaseChoice, Migrate } from './database.ts'
import type { RollbackClaim } from './image.ts'
import type { TaskEndKind } from './one-task.ts'

/** What becomes on the way back of a database that a release has migrated, or begun to. */

/** A backup as people are told of it. */
export interface Backup {
  kind: 'rds-instance' | 'rds-cluster' | 'task'
  source: string
  id: string
  /** Why it can be used no more, in a clause. */
  gone?: string
}

export interface Migrated {
  /** Absent: the stage migrates nothing. */
  migrate: Migrate | undefined
  /** How the migration's task ended; absent: none was ever asked for. */
  end: TaskEndKind | undefined
  /** What earlier ways back have done to undo it; absent: nothing. */
  down?: TaskEndKind | undefined
  backup: Backup | undefined
  /** What its image claims of the way back. */
  claim: RollbackClaim | undefined
  /** A person asked for this way back; else it began by itself. */
  isAskedFor: boolean
  /** What all who approved the release chose. */
  chosen: DatabaseChoice | undefined
  /** Why more than this release's migration stands between the database and what the stage goes back to. */
  further: string | undefined
}

export type DatabaseWay =
  /** Nothing was done to it. */
  | { kind: 'nothing' }
  /** `pages`: somebody has to be called, since nobody was there to choose. */
  | { kind: 'keep'; because: string; pages: boolean }
  | { kind: 'down' }
  /** An earlier way back has undone the migration. */
  | { kind: 'undone' }
  | { kind: 'restore' }

export function databaseWay(migrated: Migrated): DatabaseWay {
  const { migrate, end, down, backup, isAskedFor, chosen, further } = migrated
  if (!migrate || end === undefined || end === 'never-started') return { kind: 'nothing' }
  if (further !== undefined) return keep(`since ${further}`)
  if (down === 'succeeded') return { kind: 'undone' }
  if (migrate.onRollback === 'ask' && !isAskedFor) return { ...keep(`since ${byItself(chosen)}`), pages: true }
  if (migrate.onRollback === 'ask' && chosen === undefined) return keep('since its approvers agreed on nothing else')
  const wish = migrate.onRollback === 'ask' ? chosen : migrate.onRollback
  if (wish === 'down')
    return end === 'succeeded' ? { kind: 'down' } : keep('since only a whole migration can be undone')
  if (wish === 'restore')
    return backup && backup.kind !== 'task' ? { kind: 'restore' } : keep('since there is no snapshot to restore')
  return keep(migrate.onRollback === 'ask' ? 'as its approvers chose' : 'as the application file says')
}

function byItself(chosen: DatabaseChoice | undefined): string {
  const began = 'this way back began by itself'
  return chosen === undefined ? began : `${began}; for one that a person starts, its approvers chose ${WISHES[chosen]}`
}

const WISHES: Record<DatabaseChoice, string> = {
  keep: 'to keep it',
  down: 'to undo the migration',
  restore: 'to restore it beside',
}

/** Whole sentences on a database that is kept; `told`: what people read before them, of which nothing is repeated. */
export function keptInWords({ end, down, backup, claim }: Migrated, because: string, told: string): string {
  const left = end && (down ? stateAfterDown(down, end) : stateInWords(end))
  const isTold = left !== undefined && told.includes(left)
  const state = isTold || left === undefined ? 'The database' : `${left}. It`
  const advice = claim && `; its image says that ${CLAIMS[claim]}`
  const from = isTold ? '' : `; ${backupInWords(backup)}`
  return `${state} is kept as it is, ${because}${advice ?? ''}${from}`
}

const CLAIMS: Record<RollbackClaim, string> = {
  safe: 'the version before works with its schema',
  'restore-needed': 'going back needs the database restored',
}

/** What a migration has left, as the beginning of a sentence. */
export function stateInWords(end: TaskEndKind): string {
  switch (end) {
    case 'succeeded':
      return 'The database has the new schema'
    case 'failed':
      return 'The database may be half migrated'
    case 'never-started':
      return 'It never ran; the schema is untouched'
    case 'unknown':
      return 'The database may be migrated, half or not at all'
  }
}

/** What a task that was to undo a migration has left of it. */
export function stateAfterDown(down: TaskEndKind, migration: TaskEndKind): string {
  switch (down) {
    case 'succeeded':
      return 'The database has had its migration undone'
    case 'never-started':
      return stateInWords(migration)
    case 'failed':
    case 'unknown':
      return 'The database may be between two schemas'
  }
}

/** How far tasks that were to undo the same migration, one after the other, have come together; undefined: there was none. */
export function downEnd(downs: { end?: { kind: TaskEndKind } | undefined }[]): TaskEndKind | undefined {
  const ends = downs.map(({ end }) => end?.kind ?? 'unknown')
  return (['succeeded', 'failed', 'unknown', 'never-started'] as const).find(kind => ends.includes(kind))
}

/** What is wrong with the database for a release that people go to, whose migration was to be undone; undefined: nothing. */
export function notMigratedInWords(release: string, down: TaskEndKind | undefined): string | undefined {
  if (down === undefined || down === 'never-started') return undefined
  const undone = down === 'succeeded' ? 'was undone' : 'may be undone in part'
  return `The migration of ${release} ${undone}, and has not been run again`
}

/** `earlier`: when the new database was made (ms), where that was not for this way back. */
export function restoredInWords({ id, earlier }: { id: string; earlier?: number }, source: string): string {
  if (earlier === undefined)
    return `The database as it was before the migration is ${id}; ${source} runs on as it is, until a person switches`
  const made = `${id} was restored on an earlier way back, at ${new Date(earlier).toISOString()}`
  return `${made}: what it holds by now is not known, since it may have been used; nothing was restored again`
}

/** Which backup to use, as a clause. */
export function backupInWords(backup: Backup | undefined): string {
  if (!backup) return 'there is no backup'
  if (backup.gone !== undefined) return `there is no backup any more: ${backup.gone}`
  return backup.kind === 'task' ? `backup: ${backup.id}` : `backup: snapshot ${backup.id} of ${backup.source}`
}

function keep(because: string): Extract<DatabaseWay, { kind: 'keep' }> {
  return { kind: 'keep', because, pages: false }
}
