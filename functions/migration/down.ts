import type { Migrate } from '../../domain/database.ts'
import { backupInWords, stateAfterDown } from '../../domain/database-way-back.ts'
import type { HeldStage } from '../../domain/identity.ts'
import type { TaskLimit } from '../../domain/one-task.ts'
import { pinnedTo } from '../../domain/task-definition.ts'
import { type DownTask, downOf, readDowns, readTask, type TaskEntry } from '../aws/database-ledger.ts'
import { readBefore } from '../aws/ledger.ts'
import { describeTask } from '../aws/tasks.ts'
import { type Failed, failed, StepFailure } from '../failure.ts'
import { lookAtTask, startTask } from '../one-task.ts'
import { imageOf, imagesFor, type StagePlan } from '../stage-plan.ts'
import { type Done, done } from '../step.ts'
import { type Moment, type Waiting, waiting } from '../waiting-step.ts'
import { backupNow } from './backup-now.ts'
import { retireUsed, revisionOf } from './revision.ts'
import type { Settled } from './settled.ts'

export type Earlier = { kind: 'open'; task?: string } | { kind: 'over'; downs: TaskEntry[] }

/**
 * What other ways back than this one (a name) have done to undo the migration. One that was stopped may have left a task that
 * runs: nothing is decided before that is over.
 */
export async function settleEarlier(of: HeldStage, wayBack: string, limit: TaskLimit): Promise<Earlier> {
  for (const { own, end, taskDefinition } of await earlierDowns(of, wayBack)) {
    if (end) continue
    const look = await lookAtTask(of, own, limit)
    if (look.kind === 'running') return { kind: 'open', ...(look.task !== undefined && { task: look.task }) }
    await retireUsed(taskDefinition)
  }
  return { kind: 'over', downs: await earlierDowns(of, wayBack) }
}

async function earlierDowns(of: HeldStage, wayBack: string) {
  return (await readDowns(of)).filter(({ own }) => own !== downOf(wayBack))
}

/** The resources to wait for. A repetition finds the task that was started. */
export async function startDown({ of, plan, stage, migrate, wayBack }: Settled, moment: Moment): Promise<string[]> {
  const own = downOf(wayBack)
  const known = await readTask(of, own)
  if (!known) await assertNoneRuns(of, wayBack)
  const taskDefinition = known?.taskDefinition ?? (await revisionOfDown(of, own, { plan, stage }, migrate))
  const { container, network, down } = migrate
  const order = { own, stage, taskDefinition, container, command: down?.command ?? [], network }
  const { task } = await startTask(of, order, moment)
  return task === undefined ? [] : [task]
}

/** A task of which nobody knew how it ended may be known by now, and may run. */
async function assertNoneRuns(of: HeldStage, wayBack: string): Promise<void> {
  for (const { end, cluster, task } of await earlierDowns(of, wayBack)) {
    if (end?.kind !== 'unknown' || task === undefined) continue
    const shown = await describeTask(cluster, task)
    if (shown && shown.lastStatus !== 'STOPPED')
      throw new StepFailure(
        'RollbackFailed',
        `${of.stage}: the migration is not undone again: ${task}, which an earlier way back began, has not stopped; see that it ends, and roll back again`,
      )
  }
}

/** The task definition of the migration, with the image that served before it or with the one that migrated. */
async function revisionOfDown(
  of: HeldStage,
  own: DownTask,
  { plan, stage }: StagePlan,
  migrate: Migrate,
): Promise<string> {
  const before = await readBefore(of)
  if (before?.migration === undefined)
    throw new Error(`the ledger does not say what the migration of ${of.stage} was copied from`)
  if (migrate.down?.image === 'new') return revisionOf(of, own, before.migration, imagesFor(plan, migrate))
  const runs = stage.services.find(({ image }) => image === migrate.image)
  const digest = runs && before.services[runs.service]?.digests[runs.container]
  if (digest === undefined)
    throw new StepFailure(
      'RollbackFailed',
      `${stage.name}: the migration cannot be undone: ECS had recorded no digest of what served before`,
    )
  return revisionOf(of, own, before.migration, {
    [migrate.container]: pinnedTo(imageOf(plan, migrate).uri, digest),
  })
}

export type Undone = Done<{ database: 'undone'; note: string }> | Failed | Waiting

export async function checkDown(settled: Settled, moment: Moment): Promise<Undone> {
  const { of, stage, migrate, migrated, wayBack } = settled
  // Whoever is woken by the end of the migration, or of an earlier such task, has not started it yet.
  await startDown(settled, moment)
  const look = await lookAtTask(of, downOf(wayBack), { now: moment.now, within: migrate.within })
  if (look.kind === 'running') return waiting('the task that undoes the migration')
  const { taskDefinition = '' } = (await readTask(of, downOf(wayBack))) ?? {}
  await retireUsed(taskDefinition)
  if (look.kind === 'succeeded')
    return done({ database: 'undone', note: 'The migration was undone: its down command ended with 0' })
  const { kind, because, log } = look
  const left = stateAfterDown(kind === 'never-started' ? (migrated.down ?? kind) : kind, 'succeeded')
  const lines = log === undefined ? '' : `. Its last lines: ${log}`
  return failed(
    'RollbackFailed',
    `${stage.name}: the migration could not be undone: ${because}. ${left}; ${backupInWords(await backupNow(of))}${lines}`,
  )
}
