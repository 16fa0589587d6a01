import { AwsError } from '../service.ts'
import type { Database, RdsWorld } from './model.ts'
import { invalid, invalidCombination } from './names.ts'

/** The moments that a database can be restored to; logs are kept every few minutes, so the last ones are not among them. */
export function restorable(world: RdsWorld, database: Database): { earliest: number; latest: number } | undefined {
  const { firstBackup, isReachable } = database.cluster ?? database
  if (!firstBackup || !isReachable) return undefined
  const { at: earliest } = firstBackup
  const { logs } = world.times
  return { earliest, latest: earliest + Math.floor((world.clock.now() - earliest) / logs) * logs }
}

/** The moment that a restore asks for, if the database can be restored to it. */
export function momentOf(
  world: RdsWorld,
  database: Database,
  asked: { name: string; time: Date | undefined; latest: boolean | undefined },
): number {
  if ((asked.time !== undefined) === (asked.latest ?? false)) {
    throw invalidCombination(`Specify either ${asked.name} or UseLatestRestorableTime, and not both`)
  }
  if (database.settings.retentionDays === 0) {
    throw new AwsError(
      'PointInTimeRestoreNotEnabledFault',
      `Point In Time Restore is not enabled for this instance: ${database.id}`,
    )
  }
  const range = restorable(world, database)
  const moment = asked.time?.getTime() ?? range?.latest
  if (range && moment !== undefined && moment >= range.earliest && moment <= range.latest) return moment
  const known = range && [range.earliest, range.latest].map(at => new Date(at).toISOString()).join(' to ')
  throw invalid(`The specified instance cannot be restored to this time: ${known ?? 'there is no backup yet'}`)
}
