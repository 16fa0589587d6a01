import type { TaskEndKind } from './one-task.ts'

/** What one earlier attempt of a release did to the database of a stage. */
export interface EarlierMigration {
  attempt: number
  /** Absent: nobody has seen its end. */
  end: TaskEndKind | undefined
  /** How far tasks that were to undo it have come; absent: there was none. */
  down: TaskEndKind | undefined
  /** Its task was copied from the same task definition as this attempt's would be. */
  hasSameBase: boolean
}

/**
 * The attempt whose migration stands, of those that ran one, in no order; undefined: the database is to be migrated (again).
 * What ran last counts: who knows what it has left where it failed, or was undone.
 */
export function standingMigration(earlier: readonly EarlierMigration[]): number | undefined {
  const last = earlier
    .filter(({ end }) => end !== 'never-started')
    .reduce<EarlierMigration | undefined>((a, b) => (a && a.attempt > b.attempt ? a : b), undefined)
  if (last?.end !== 'succeeded' || !last.hasSameBase) return undefined
  return last.down === undefined || last.down === 'never-started' ? last.attempt : undefined
}
