import type { Stage } from '../../domain/application.ts'
import { chosenDatabase } from '../../domain/approval.ts'
import type { Migrate } from '../../domain/database.ts'
import type { Migrated } from '../../domain/database-way-back.ts'
import type { HeldStage } from '../../domain/identity.ts'
import type { Plan } from '../../domain/plan.ts'
import { approvalsOf } from '../aws/approvals.ts'
import { type BackupEntry, readBackup, readTask, type TaskEntry } from '../aws/database-ledger.ts'
import { assertLease } from '../aws/lock.ts'
import { type RollbackEntry, readRollback } from '../aws/stage-ledger.ts'
import { executionNameIn } from '../aws/waits.ts'
import { lookAtTask } from '../one-task.ts'
import { quietAt } from '../rollback/quiet.ts'
import { imageOf, readStagePlan } from '../stage-plan.ts'
import type { Moment } from '../waiting-step.ts'
import { whyFurther } from './further.ts'
import { retire } from './revision.ts'

/** A release's migration whose task is over, with all that decides what becomes of the database on the way back. */
export interface Settled {
  kind: 'settled'
  of: HeldStage
  plan: Plan
  stage: Stage
  migrate: Migrate
  migration: TaskEntry
  migrated: Migrated
  backup: BackupEntry | undefined
  rollback: RollbackEntry | undefined
}

/** What is known once the migration's task is over, which may still run where the release was ended from outside. */
export async function settle(
  of: HeldStage,
  { now }: Moment,
): Promise<Settled | { kind: 'nothing' } | { kind: 'open'; for: string; task?: string }> {
  const { plan, stage } = await readStagePlan(of)
  const migration = await readTask(of, 'migration')
  const { migrate } = stage
  if (!migrate || !migration) return { kind: 'nothing' }
  await assertLease(of)
  const isOver = now >= (await quietAt(of))
  const look = await lookAtTask(of, 'migration', { now, within: migrate.within, isOver })
  if (look.kind === 'running') {
    if (look.task === undefined) return { kind: 'open', for: 'whatever ran under the old lease to be over' }
    return { kind: 'open', for: `the migration to end, which still runs as ${look.task}`, task: look.task }
  }
  if (!migration.end) await retire(migration.taskDefinition)
  const rollback = await readRollback(of.app, of.stage, executionNameIn(of.lease.holder))
  const backup = await readBackup(of)
  const approved = (await approvalsOf(of)).findLast(({ end }) => end?.kind === 'approved')
  const migrated: Migrated = {
    ...{ migrate, end: look.kind, backup, claim: imageOf(plan, migrate).rollback },
    isAskedFor: rollback?.isRequested === true || rollback?.chosen !== undefined,
    chosen: approved && chosenDatabase(approved),
    further: await whyFurther(of, rollback?.chosen, migration.at),
  }
  return { kind: 'settled', of, plan, stage, migrate, migration, migrated, backup, rollback }
}
