import type { Migrate } from '../../domain/database.ts'
import { backupInWords, stateInWords } from '../../domain/database-way-back.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { pinnedTo } from '../../domain/task-definition.ts'
import { readTask } from '../aws/database-ledger.ts'
import { readBefore } from '../aws/ledger.ts'
import { type Failed, failed, StepFailure } from '../failure.ts'
import { lookAtTask, startTask } from '../one-task.ts'
import { imageOf, imagesFor, type StagePlan } from '../stage-plan.ts'
import { type Done, done } from '../step.ts'
import { type Moment, type Waiting, waiting } from '../waiting-step.ts'
import { retire, revisionFor } from './revision.ts'
import type { Settled } from './settled.ts'

/** The resources to wait for. A repetition finds the task that was started. */
export async function startDown({ of, plan, stage, migrate }: Settled, moment: Moment): Promise<string[]> {
  const known = await readTask(of, 'down')
  const taskDefinition = known?.taskDefinition ?? (await revisionOfDown(of, { plan, stage }, migrate))
  const { container, network, down } = migrate
  const order = { purpose: 'down', stage, taskDefinition, container, command: down?.command ?? [], network } as const
  const { task } = await startTask(of, order, moment)
  return task === undefined ? [] : [task]
}

/** The task definition of the migration, with the image that served before it or with the one that migrated. */
async function revisionOfDown(of: HeldStage, { plan, stage }: StagePlan, migrate: Migrate): Promise<string> {
  const before = await readBefore(of)
  if (before?.migration === undefined)
    throw new Error(`the ledger does not say what the migration of ${of.stage} was copied from`)
  if (migrate.down?.image === 'new') return revisionFor(of, 'down', before.migration, imagesFor(plan, migrate))
  const runs = stage.services.find(({ image }) => image === migrate.image)
  const digest = runs && before.services[runs.service]?.digests[runs.container]
  if (digest === undefined)
    throw new StepFailure(
      'RollbackFailed',
      `${stage.name}: the migration cannot be undone: ECS had recorded no digest of what served before`,
    )
  return revisionFor(of, 'down', before.migration, {
    [migrate.container]: pinnedTo(imageOf(plan, migrate).uri, digest),
  })
}

export type Undone = Done<{ database: 'undone'; note: string }> | Failed | Waiting

export async function checkDown(settled: Settled, moment: Moment): Promise<Undone> {
  const { of, stage, migrate, backup } = settled
  // Whoever is woken by the end of the migration has not started it yet.
  await startDown(settled, moment)
  const look = await lookAtTask(of, 'down', { now: moment.now, within: migrate.within })
  if (look.kind === 'running') return waiting('the task that undoes the migration')
  const { taskDefinition = '' } = (await readTask(of, 'down')) ?? {}
  await retire(taskDefinition)
  if (look.kind === 'succeeded')
    return done({ database: 'undone', note: 'The migration was undone: its down command ended with 0' })
  const { kind, because, log } = look
  const left = kind === 'never-started' ? stateInWords('succeeded') : 'The database may be between two schemas'
  const lines = log === undefined ? '' : `. Its last lines: ${log}`
  return failed(
    'RollbackFailed',
    `${stage.name}: the migration could not be undone: ${because}. ${left}; ${backupInWords(backup)}${lines}`,
  )
}
