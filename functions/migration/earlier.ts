import { type EarlierMigration, standingMigration } from '../../domain/database-reuse.ts'
import { downEnd } from '../../domain/database-way-back.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { readDowns, readTask } from '../aws/database-ledger.ts'
import { readBefore } from '../aws/ledger.ts'
import { readStagePlan } from '../stage-plan.ts'
import { servesAlready } from './further.ts'

/**
 * The earlier attempt of this release that has migrated the database of a stage, which serves the release by now: nothing is
 * migrated again. Undefined: it is. A stage that was taken back is migrated again though its schema was kept, since somebody may
 * have restored the database by hand meanwhile.
 */
export async function migratedBy(of: HeldStage): Promise<number | undefined> {
  if (of.attempt === 1) return undefined
  const planned = await readStagePlan(of)
  if (!planned.stage.migrate || !(await servesAlready(of, planned))) return undefined
  const attempts = Array.from({ length: of.attempt - 1 }, (_, at) => at + 1)
  const base = (await readBefore(of))?.migration
  const earlier = await Promise.all(attempts.map(attempt => migrationOf({ ...of, attempt }, base)))
  return standingMigration(earlier.flat())
}

async function migrationOf(of: HeldStage, base: string | undefined): Promise<EarlierMigration[]> {
  const [task, downs, before] = await Promise.all([readTask(of, 'migration'), readDowns(of), readBefore(of)])
  if (!task) return []
  const hasSameBase = base !== undefined && before?.migration === base
  return [{ attempt: of.attempt, end: task.end?.kind, down: downEnd(downs), hasSameBase }]
}
