import { databaseWay, keptInWords, restoredInWords } from '../domain/database-way-back.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import type { BackupEntry } from './aws/database-ledger.ts'
import { assertLease } from './aws/lock.ts'
import { readRollback } from './aws/stage-ledger.ts'
import { executionNameIn } from './aws/waits.ts'
import { looksAtSnapshots, restoresBeside } from './backup/permissions.ts'
import { beginRestore, checkRestore } from './backup/restore-beside.ts'
import { type Failed, failed } from './failure.ts'
import { backupNow } from './migration/backup-now.ts'
import { checkDown, startDown } from './migration/down.ts'
import { whyNotMigrated } from './migration/further.ts'
import { familyOf, familyOfDown } from './migration/revision.ts'
import { type Settled, settle } from './migration/settled.ts'
import { answersTasks, type Needs, TELLING, tells, usesTable } from './permissions.ts'
import { aboutRollback } from './rollback/telling.ts'
import { type Done, done } from './step.ts'
import { endsTasks, registersRevisions, retiresRevisions, runsTasks } from './task-permissions.ts'
import { tellUntilSent } from './tell.ts'
import { type Moment, type Waiting, waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...endsTasks(site, ({ backup, migrate }) => migrate !== undefined || backup?.kind === 'task'),
    ...registersRevisions(site, familyOfDown),
    ...retiresRevisions(site, familyOf),
    ...runsTasks(site, familyOfDown),
    ...looksAtSnapshots(site),
    ...restoresBeside(site),
    answersTasks([site.rollbackMachine]),
    tells(site),
  ],
  environment: TELLING,
  unused: {
    'states:SendTaskFailure':
      'the way back of a database that fails has its release end there: rehearsals let it succeed, or keep the database',
    'sns:Publish': 'told where a database is kept that was to be restored: no rehearsal lacks its snapshot',
    'ecs:StopTask':
      'a task that takes longer than it may is stopped: rehearsed with a migration, of which the same code takes care',
    'rds:DescribeDBClusterSnapshots':
      'clusters are rehearsed with the moment of the migration, and snapshots with an instance',
    'rds:RestoreDBClusterFromSnapshot':
      'clusters are rehearsed with the moment of the migration, and snapshots with an instance',
    'rds:RestoreDBInstanceToPointInTime':
      'instances are rehearsed with their snapshot, and the moment of the migration with a cluster',
  },
}

/** `note`: whole sentences for people on what became of the database; empty where nothing was done to it. */
interface Output {
  database: 'nothing' | 'kept' | 'undone' | 'restored'
  note: string
}
type Looked = Done<Output> | Failed | Waiting

/**
 * After it: the migration's task is over, and the database was kept, or brought back by its down command, or restored beside
 * the running one, as the application file or those who approved the release say.
 */
export const handler = waitingStep({
  name: 'RestoreDatabase',
  input: heldStage,
  begin: async (input, moment) => {
    const settled = await settle(input, moment)
    if (settled.kind === 'nothing') return []
    if (settled.kind === 'open') return settled.task === undefined ? [] : [settled.task]
    switch (databaseWay(settled.migrated).kind) {
      case 'down':
        return startDown(settled, moment)
      case 'restore':
        return beginRestore(input, settled.stage, origin(settled))
      default:
        return []
    }
  },
  check: async (input, moment): Promise<Looked> => {
    await assertLease(input)
    const looked = await look(input, moment)
    return looked.kind === 'done' ? withWarning(input, looked.output) : looked
  },
})

async function look(input: HeldStage, moment: Moment): Promise<Looked> {
  const settled = await settle(input, moment)
  if (settled.kind === 'nothing') return done({ database: 'nothing', note: '' })
  if (settled.kind === 'open') return waiting(settled.for)
  const way = databaseWay(settled.migrated)
  switch (way.kind) {
    case 'nothing':
      return done({ database: 'nothing', note: '' })
    case 'keep':
      return keep(settled, way)
    case 'down':
      return checkDown(settled, moment)
    case 'undone':
      return done({
        database: 'undone',
        note: 'The migration was undone on an earlier way back; nothing was run again',
      })
    case 'restore':
      return restore(settled, moment)
  }
}

/** A person may go to a release whose migration is not in the database any more. */
async function withWarning(of: HeldStage, { database, note }: Output): Promise<Looked> {
  const rollback = await readRollback(of.app, of.stage, executionNameIn(of.lease.holder))
  const warning = await whyNotMigrated(of, rollback?.chosen)
  return done({ database, note: [warning, note].filter(Boolean).join('. ') })
}

async function keep({ of, rollback, ...settled }: Settled, way: { because: string; pages: boolean }): Promise<Looked> {
  const migrated = { ...settled.migrated, backup: await backupNow(of) }
  if (way.pages && rollback) {
    const because = keptInWords(migrated, way.because, '')
    await tellUntilSent(aboutRollback(rollback), { kind: 'database-kept', stage: of.stage, because })
  }
  return done({ database: 'kept', note: keptInWords(migrated, way.because, rollback?.reason ?? '') })
}

async function restore(settled: Settled, moment: Moment): Promise<Looked> {
  const { of, stage, backup } = settled
  // Whoever is woken by the end of the migration has not asked for it yet.
  await beginRestore(of, stage, origin(settled))
  const look = await checkRestore(of, stage, moment)
  if (look.kind === 'open') return waiting(look.for)
  if (look.kind === 'failed') return failed('RollbackFailed', `${stage.name}: ${look.because}`)
  return done({ database: 'restored', note: restoredInWords(look, backup?.source ?? '') })
}

function origin({ backup, migration }: Settled): { backup: BackupEntry; before: number } {
  if (!backup) throw new Error('there is no backup to restore')
  return { backup, before: migration.at }
}
