import type { Stage } from '../domain/application.ts'
import { idIn } from '../domain/arn.ts'
import type { Migrate } from '../domain/database.ts'
import { backupInWords, stateInWords } from '../domain/database-way-back.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { readBackup, readTask } from './aws/database-ledger.ts'
import { readBefore } from './aws/ledger.ts'
import { assertHeld, assertLease } from './aws/lock.ts'
import { failed } from './failure.ts'
import { migratedBy } from './migration/earlier.ts'
import { familyOf, retireUsed, revisionOf } from './migration/revision.ts'
import { lookAtTask, startTask } from './one-task.ts'
import { answersTasks, type Needs, usesTable } from './permissions.ts'
import { imagesFor, readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { registersRevisions, retiresRevisions, runsTasks } from './task-permissions.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...registersRevisions(site, familyOf),
    ...retiresRevisions(site, familyOf),
    ...runsTasks(site, familyOf),
    answersTasks([site.releaseMachine]),
  ],
}

/**
 * After it: one task has run on the new image, and the container that migrates ended with 0, as did every essential one. A
 * task that failed is not repeated, whatever ended it. A rollback that is asked for meanwhile comes once the task has stopped.
 */
export const handler = waitingStep({
  name: 'RunMigrations',
  input: heldStage,
  begin: async (input, moment) => {
    const { plan, stage } = await readStagePlan(input)
    const migrate = migrationOf(stage)
    const known = await readTask(input, 'migration')
    if (!known && (await migratedBy(input)) !== undefined) return []
    const taskDefinition =
      known?.taskDefinition ?? (await revisionOf(input, 'migration', await baseOf(input), imagesFor(plan, migrate)))
    const { container, network } = migrate
    const order = { own: 'migration', stage, taskDefinition, container, network } as const
    const { task } = await startTask(input, order, moment)
    return task === undefined ? [] : [task]
  },
  check: async (input, { now }) => {
    await assertHeld(input)
    const { stage } = await readStagePlan(input)
    const earlier = (await readTask(input, 'migration')) ? undefined : await migratedBy(input)
    if (earlier !== undefined) {
      await assertLease(input)
      return done({ ended: `attempt ${earlier} of this release has migrated it; nothing was run again` })
    }
    const look = await lookAtTask(input, 'migration', { now, within: migrationOf(stage).within })
    if (look.kind === 'running' && look.task !== undefined) return waiting(`the migration's task ${idIn(look.task)}`)
    if (look.kind === 'running') {
      await assertLease(input)
      return waiting("ECS to start the migration's task")
    }
    const { taskDefinition = '' } = (await readTask(input, 'migration')) ?? {}
    await retireUsed(taskDefinition)
    if (look.kind === 'succeeded') {
      await assertLease(input)
      return done({ ended: look.because })
    }
    const { kind, because, log } = look
    const left = kind === 'never-started' ? '' : `; ${backupInWords(await readBackup(input))}`
    const lines = log === undefined ? '' : `. Its last lines: ${log}`
    return failed('MigrationFailed', `${stage.name} migration: ${because}. ${stateInWords(kind)}${left}${lines}`)
  },
})

function migrationOf({ name, migrate }: Stage): Migrate {
  if (!migrate) throw new Error(`stage ${name} migrates nothing`)
  return migrate
}

async function baseOf(of: HeldStage): Promise<string> {
  const base = (await readBefore(of))?.migration
  if (base === undefined) throw new Error(`the ledger does not say what the migration of ${of.stage} is copied from`)
  return base
}
