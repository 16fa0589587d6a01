import type { Stage } from '../../domain/application.ts'
import { chosenDatabase } from '../../domain/approval.ts'
import type { Migrate } from '../../domain/database.ts'
import { downEnd, type Migrated } from '../../domain/database-way-back.ts'
import type { HeldStage } from '../../domain/identity.ts'
import type { TaskLimit } from '../../domain/one-task.ts'
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
import { settleEarlier } from './down.ts'
import { whyFurther, whyNeeded } from './further.ts'
import { retireUsed } from './revision.ts'

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
  /** Name of the way back, whoever goes on with it. */
  wayBack: string
}

type Open = { kind: 'open'; for: string; task?: string }

/** What is known once every task is over that the release, or an earlier way back of it, has left running. */
export async function settle(of: HeldStage, { now }: Moment): Promise<Settled | { kind: 'nothing' } | Open> {
  const { plan, stage } = await readStagePlan(of)
  await assertLease(of)
  const isOver = now >= (await quietAt(of))
  const backingUp = await endBackup(of, stage, { now, isOver })
  if (backingUp) return backingUp
  const migration = await readTask(of, 'migration')
  const { migrate } = stage
  if (!migrate || !migration) return { kind: 'nothing' }
  const look = await lookAtTask(of, 'migration', { now, within: migrate.within, isOver })
  if (look.kind === 'running') return open(look.task, 'the migration to end, which still runs')
  if (!migration.end) await retireUsed(migration.taskDefinition)
  const holder = executionNameIn(of.lease.holder)
  const rollback = await readRollback(of.app, of.stage, holder)
  const wayBack = rollback?.goesOnWith ?? holder
  const earlier = await settleEarlier(of, wayBack, { now, within: migrate.within, isOver })
  if (earlier.kind === 'open') return open(earlier.task, 'the migration to be undone, which an earlier way back began')
  if (isGoneTo(of, rollback)) return { kind: 'nothing' }
  const backup = await readBackup(of)
  const approved = (await approvalsOf(of)).findLast(({ end }) => end?.kind === 'approved')
  const migrated: Migrated = {
    ...{ migrate, end: look.kind, down: downEnd(earlier.downs), backup, claim: imageOf(plan, migrate).rollback },
    isAskedFor: rollback?.isRequested === true || rollback?.chosen !== undefined,
    chosen: approved && chosenDatabase(approved),
    further: (await whyFurther(of, rollback?.chosen, migration.at)) ?? (await whyNeeded(of, { plan, stage })),
  }
  return { kind: 'settled', of, plan, stage, migrate, migration, migrated, backup, rollback, wayBack }
}

/** The task that makes the backup has nothing to wait for any more: it is stopped, and its end is known before the stage is free. */
async function endBackup(
  of: HeldStage,
  { backup }: Stage,
  limit: Pick<TaskLimit, 'now' | 'isOver'>,
): Promise<Open | undefined> {
  if (backup?.kind !== 'task') return undefined
  const known = await readTask(of, 'backup')
  if (!known || known.end) return undefined
  const look = await lookAtTask(of, 'backup', { ...limit, within: backup.within, isUnwanted: true })
  return look.kind === 'running' ? open(look.task, 'the backup task to stop') : undefined
}

const open = (task: string | undefined, what: string): Open =>
  task === undefined
    ? { kind: 'open', for: 'whatever ran under the old lease to be over' }
    : { kind: 'open', for: `${what}, as ${task}`, task }

/** Nothing stood that could be taken back: the release that a person goes to is the one that is looked at. */
function isGoneTo({ release, attempt }: HeldStage, rollback: RollbackEntry | undefined): boolean {
  const to = rollback?.chosen?.restores
  return to?.release === release && to.attempt === attempt
}
