import type { DatabaseChoice } from '../../domain/database.ts'
import type { TaskEndKind } from '../../domain/one-task.ts'
import type { RollbackEntry } from '../../functions/aws/stage-ledger.ts'
import { endOf, type Migrating, migratingRelease, type Prepared } from './migration.ts'
import type { Release } from './release.ts'
import { type Entry, enter } from './waiting.ts'
import { ROLLBACK, takeOver } from './way-back.ts'

export const REASON = 'GET /health answered 500'

export interface Settling extends Prepared {
  /** How the migration ended; by default it is still to begin. */
  ended?: TaskEndKind
  /** Whose way back it is. */
  rollback?: Partial<Pick<RollbackEntry, 'cause' | 'reason' | 'chosen' | 'isRequested'>>
  /** What those who approved the release chose. */
  choices?: DatabaseChoice[]
}

export interface Restoring extends Omit<Migrating, keyof Entry | 'again'>, Entry {
  /** The migration's own step, entered before the stage was taken over. */
  migrates: Entry
  held: Release['held']
  /** A rollback takes the stage over, and settles the database. */
  again(): Promise<Entry>
}

/** A release that is taken back at the stage whose database it migrates. */
export async function restoring({ ended, rollback, choices = [], ...prepared }: Settling = {}): Promise<Restoring> {
  const migration = await migratingRelease(prepared)
  const { world, release, records, base } = migration
  if (ended) await recordMigration(migration, base, ended)
  if (choices.length > 0) await recordChoices(release, choices)
  const held = await takeOver(world, release)
  const { app, stage, attempt } = held
  await release.records.recordRollback(
    {
      ...{ app, stage, release: held.release, attempt, name: ROLLBACK.slice(ROLLBACK.lastIndexOf(':') + 1) },
      ...{ tag: 'v2', cause: 'failed', reason: REASON, at: world.now(), ...rollback },
    },
    held.lease.fence,
  )
  const { handler } = await import('../../functions/restore-database.ts')
  const again = () => enter(world, handler, held, ROLLBACK)
  const entry = await again()
  return { ...migration, ...entry, records, held, again, migrates: migration, ended: () => endOf(world, entry) }
}

/** As RunMigrations leaves it. */
async function recordMigration({ world, release, records }: Migrating, base: string, kind: TaskEndKind): Promise<void> {
  const [at, task] = [world.now(), 'arn:aws:ecs:eu-west-1:111122223333:task/demo/0123456789abcdef']
  const entry = {
    at,
    asked: { at },
    cluster: 'demo',
    taskDefinition: base,
    container: 'migrate',
    startedBy: 'sluice/1',
  }
  await records.recordIntent(release.held, 'migration', entry)
  await records.recordTask(release.held, 'migration', task)
  await records.recordTaskEnd(release.held, 'migration', { kind, because: 'as it is', at }, { asked: { at }, task })
}

async function recordChoices({ records, held, plan }: Release, choices: DatabaseChoice[]): Promise<void> {
  const { app, release, attempt, stage } = held
  const of = { app, release, attempt, stage }
  await records.recordApproval({
    ...{ ...of, round: 1, question: { ...of, tag: plan.tag, services: [] }, hash: 'of it', required: choices.length },
    ...{ approvers: [], askedAt: 0, expiresAt: 1, end: { kind: 'approved', because: 'approved', at: 1 } },
    decisions: choices.map((database, at) => ({
      ...{ approver: `approver ${at}`, decision: 'approve', comment: '', how: 'email', at, database },
    })),
  })
}
