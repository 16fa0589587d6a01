import type { Stage } from '../domain/application.ts'
import type { Backup } from '../domain/database.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { type BackupEntry, readBackup, recordBackup } from './aws/database-ledger.ts'
import { assertLease } from './aws/lock.ts'
import { beginBackupTask, lookAtBackupTask } from './backup/by-task.ts'
import { keepsEarlierBackup } from './backup/earlier.ts'
import { looksAtBackups, makesSnapshots } from './backup/permissions.ts'
import { databaseArn, lookAtSnapshot, snapshotArn } from './backup/snapshot.ts'
import { failed } from './failure.ts'
import { answersTasks, type Needs, usesTable } from './permissions.ts'
import { readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { runsTasks } from './task-permissions.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...makesSnapshots(site),
    ...runsTasks(site, ({ backup }) => (backup?.kind === 'task' ? backup.taskDefinition : undefined)),
    ...looksAtBackups(site),
    answersTasks([site.releaseMachine]),
  ],
  unused: {
    'rds:DescribeDBClusters':
      'a cluster that is busy is waited for: rehearsed with an instance, of which the same code takes care',
    'ecs:StopTask':
      'a task that takes longer than it may is stopped: rehearsed with a migration, of which the same code takes care',
    's3:ListBucket':
      'S3 says only to those who may list a bucket that an object is missing: no rehearsal has a task that tells of a backup it has not made',
  },
}

/** After it: the backup that the application file asks for was seen to be there, and the ledger says where. Nothing else has changed. */
export const handler = waitingStep({
  name: 'BackUpDatabase',
  input: heldStage,
  begin: async (of, moment) => {
    const { stage, backup } = await planned(of)
    if ((await readBackup(of)) || (await keepsEarlierBackup(of, backup))) return []
    if (backup.kind === 'task') return beginBackupTask(of, stage, backup, moment)
    return [snapshotArn(of, backup, moment.execution), databaseArn(backup.kind, backup.id, moment.execution)]
  },
  check: async (of, moment) => {
    await assertLease(of)
    const known = await readBackup(of)
    if (known) return finished(known)
    const { stage, backup } = await planned(of)
    const look =
      backup.kind === 'task' ? await lookAtBackupTask(of, backup, moment) : await lookAtSnapshot(of, backup, moment)
    if (look.kind === 'open') return waiting(look.for)
    if (look.kind === 'failed') return failed('BackupFailed', `${stage.name}: ${look.because}`)
    const { kind: _, ...made } = look
    const entry: BackupEntry = { kind: backup.kind, ...made, at: moment.now }
    await recordBackup(of, entry)
    return finished((await readBackup(of)) ?? entry)
  },
})

/** What is shown of it. */
const finished = ({ kind, id }: BackupEntry) => done({ kind, id })

async function planned(of: HeldStage): Promise<{ stage: Stage; backup: Exclude<Backup, { kind: 'none' }> }> {
  const { stage } = await readStagePlan(of)
  const { backup } = stage
  if (!backup || backup.kind === 'none') throw new Error(`${of.stage} has nothing to back up`)
  return { stage, backup }
}
