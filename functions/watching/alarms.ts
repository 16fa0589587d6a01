import type { Stage } from '../../domain/application.ts'
import { at } from '../../domain/field.ts'
import type { StageOf } from '../../domain/identity.ts'
import { alarmTold, type Lifted, ringingOf, ringingTold, type SeenAlarm } from '../../domain/watch.ts'
import { describeAlarms, firstRing } from '../aws/cloudwatch.ts'
import { readBefore } from '../aws/ledger.ts'

/** The alarms of the stage as they are now, in the order of the file. */
export const lookAtAlarms = ({ watch }: Pick<Stage, 'watch'>) => alarmsNamed(watch?.alarms ?? [])

/** The alarms of these names as they are now, in this order. */
export async function alarmsNamed(names: readonly string[]): Promise<(SeenAlarm & { arn?: string })[]> {
  const found = await describeAlarms(names)
  return names.map(name => found.find(alarm => alarm.name === name) ?? { name, state: 'gone', reason: '', since: 0 })
}

/** Those that rang as the release began, and were let pass by a person. */
export async function liftedAlarms(of: StageOf): Promise<Lifted> {
  return (await readBefore(of))?.ringing ?? {}
}

/** Why no further users come to the new version: an alarm of the stage rings. Undefined where none does. */
export async function ringing(of: StageOf, stage: Pick<Stage, 'watch'>): Promise<string | undefined> {
  const alarms = await lookAtAlarms(stage)
  return alarms.length > 0 ? ringingTold(ringingOf(alarms, await liftedAlarms(of))) : undefined
}

/** Of alarms that are quiet now: which one rang since `from` all the same, in a clause. Undefined where none did. */
export async function rangSince(from: number, alarms: readonly SeenAlarm[]): Promise<string | undefined> {
  for (const { name, state, since } of alarms) {
    if (state === 'ALARM' || since < from) continue
    const rang = await firstRing(name, from)
    if (rang) return alarmTold(name, `rang at ${at(rang.at)}, and is quiet again`, rang.reason)
  }
  return undefined
}
