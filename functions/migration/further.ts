import { downEnd, notMigratedInWords } from '../../domain/database-way-back.ts'
import type { AttemptOf, HeldStage } from '../../domain/identity.ts'
import { isImage } from '../../domain/image.ts'
import type { ServedBy } from '../../domain/stage-history.ts'
import { readDowns, readTask } from '../aws/database-ledger.ts'
import { readBefore } from '../aws/ledger.ts'
import { type RollbackEntry, readHistory, rollbacksOf } from '../aws/stage-ledger.ts'
import { imageOf, type StagePlan } from '../stage-plan.ts'

/**
 * Why a way back that a person chose is not that of this release's migration alone: it leads elsewhere than to what served
 * before it, or somebody else has migrated the database since `migratedAt`. Undefined: it is.
 */
export async function whyFurther(
  of: HeldStage,
  chosen: RollbackEntry['chosen'],
  migratedAt: number,
): Promise<string | undefined> {
  if (!chosen) return undefined
  const before = await readBefore(of)
  if (before && !servesSame(chosen.target, before.services))
    return `the stage goes to ${chosen.to}, which is not what it served before this migration`
  for (const other of await changedSince(of, migratedAt))
    if (await hasMigrated({ ...of, ...other }, migratedAt))
      return `release ${other.release} (${other.tag}) has migrated it since`
  return undefined
}

/** Why the stage needs the migration on the way back, too: an earlier attempt of this very release served there. Undefined: it does not. */
export async function whyNeeded(of: HeldStage, planned: StagePlan): Promise<string | undefined> {
  return (await servesAlready(of, planned))
    ? `the stage goes back to an earlier attempt of release ${of.release}, which needs its schema`
    : undefined
}

/** Whether the stage served this very release before this attempt of it. */
export async function servesAlready(of: HeldStage, { plan, stage }: StagePlan): Promise<boolean> {
  const before = await readBefore(of)
  return stage.services.every(service =>
    isImage(imageOf(plan, service), before?.services[service.service]?.digests[service.container]),
  )
}

type Other = Omit<AttemptOf, 'app'> & { tag: string }

/** Releases that changed the stage, or were taken back there, after that moment (ms). */
async function changedSince({ app, stage, release, attempt }: HeldStage, since: number): Promise<Other[]> {
  const [history, rollbacks] = await Promise.all([readHistory(app, stage), rollbacksOf(app, stage)])
  return [...history, ...rollbacks]
    .filter(one => one.at > since && (one.release !== release || one.attempt !== attempt))
    .map(one => ({ release: one.release, attempt: one.attempt, tag: one.tag }))
}

/** A release that people went back to has changed the stage since, but migrated it when it was released. */
async function hasMigrated(of: HeldStage, since: number): Promise<boolean> {
  const migration = await readTask(of, 'migration')
  if (!migration || migration.at <= since || migration.end?.kind === 'never-started') return false
  return downEnd(await readDowns(of)) !== 'succeeded'
}

/**
 * What a person is warned of who goes to a release whose migration was taken back, or may have been: it does not run again.
 * Undefined: nothing of the kind.
 */
export async function whyNotMigrated(of: HeldStage, chosen: RollbackEntry['chosen']): Promise<string | undefined> {
  if (!chosen?.restores) return undefined
  const { release, attempt, tag } = chosen.restores
  return notMigratedInWords(`release ${release} (${tag})`, downEnd(await readDowns({ ...of, release, attempt })))
}

/** The same digests in every service of the target. */
function servesSame(target: ServedBy, before: ServedBy): boolean {
  const digests = (by: ServedBy, service: string) => JSON.stringify(Object.entries(by[service]?.digests ?? {}).sort())
  return Object.keys(target).every(service => digests(target, service) === digests(before, service))
}
