import type { Application, Stage } from './application.ts'
import { isRestorable } from './database-choice.ts'
import { graceOf, LONGEST_DEREGISTRATION_MS } from './deployment.ts'
import { inWords } from './field.ts'
import { groupsOf } from './groups.ts'
import { STOPPING_MS } from './one-task.ts'
import type { Refuse } from './people.ts'
import { leastOf } from './watch.ts'

/** Of one execution: Step Functions ends it at the last one, and no state catches that. */
export const MOST_EVENTS = 25_000

/**
 * For what no file limits: two days of waiting for a lock, 48 events an hour; tries that are repeated, questions that are asked
 * again, and a way back that begins again.
 */
const HEAD_ROOM = 2_500
export const ROOM = MOST_EVENTS - HEAD_ROOM

/** State → seconds of its heartbeat: as long as it waits, it is tried again each time. */
export const BEATS = {
  ...{ RequestApproval: 3_600, BackUpDatabase: 60, RunMigrations: 60, DeployNewVersion: 60 },
  ...{ ShiftTraffic: 20, WatchAlarms: 20, CompleteDeployment: 60, VerifyDeployment: 60 },
  ...{ StopDeployments: 60, RestorePrevious: 60, RestoreDatabase: 60 },
} as const

/** Before the next try. */
const PAUSE_SECONDS = 1
/** Scheduled, started, submitted, timed out. */
const OF_A_BEAT = 4

/** What all states of a stage come to that wait for nothing, or those of a way back, or those around the stages. */
export const OF_STATES = 120

/** A wait that a field of the application file limits. */
export interface Wait {
  state: keyof typeof BEATS
  /** The field, from its stage. */
  field: [string, string]
  /** What stands there, in ms. */
  given: number
  /** The longest time after which it may go on, in ms. */
  ms: number
  /** How much longer it may be until it has failed: the last wait of a release does so at most. */
  late?: number
}

/** The longest waits of a release at one stage. */
export function waitsOf(stage: Stage): Wait[] {
  const { approval, backup, migrate, watch } = stage
  const { within } = stage.deploy
  const deploys = limitedBy('deploy', 'within', within)
  const [rolling, greens] = [groupsWith(stage, 'rolling'), groupsWith(stage, 'blue-green')]
  const begun = (Math.min(greens, 1) + rolling) * within
  const waits: Wait[] = [{ ...deploys('DeployNewVersion', begun), late: graceOf(within) }]
  const ending = graceOf(within) + LONGEST_DEREGISTRATION_MS
  if (greens > 0) waits.push(deploys('ShiftTraffic', (1 + greens) * within))
  if (greens > 0) waits.push(deploys('CompleteDeployment', ending))
  waits.push(deploys('VerifyDeployment', ending))
  if (approval) waits.push(limitedBy('approval', 'expiresAfter', approval.expiresAfter)('RequestApproval'))
  const late = STOPPING_MS
  if (backup && backup.kind !== 'none')
    waits.push({ ...limitedBy('backup', 'within', backup.within)('BackUpDatabase'), late })
  if (migrate) waits.push({ ...limitedBy('migrate', 'within', migrate.within)('RunMigrations'), late })
  if (watch) waits.push(limitedBy('watch', 'for', watch.for)('WatchAlarms', leastOf(watch)))
  if (watch) waits.push(limitedBy('watch', 'extend', watch.extend)('WatchAlarms'))
  return waits
}

/** The longest waits of the way back of one stage. */
export function waitsBackOf(stage: Stage): Wait[] {
  const { backup, migrate } = stage
  const { within } = stage.deploy
  const deploys = limitedBy('deploy', 'within', within)
  const ending = graceOf(within) + LONGEST_DEREGISTRATION_MS
  const inTurn = groupsOf(stage).length * (within + graceOf(within))
  const waits = [
    deploys('StopDeployments', ending),
    deploys('RestorePrevious', inTurn + LONGEST_DEREGISTRATION_MS),
    deploys('VerifyDeployment', ending),
  ]
  // The migration itself, and the tasks that undo it: that of an earlier way back, and that of this one.
  const tasks = migrate?.down ? 3 : 1
  if (migrate)
    waits.push(
      limitedBy('migrate', 'within', migrate.within)('RestoreDatabase', tasks * (migrate.within + STOPPING_MS)),
    )
  const mayRestore = migrate?.onRollback === 'restore' || migrate?.onRollback === 'ask'
  if (mayRestore && isRestorable(backup)) waits.push(limitedBy('backup', 'within', backup.within)('RestoreDatabase'))
  if (backup?.kind === 'task') waits.push(limitedBy('backup', 'within', backup.within)('RestoreDatabase', STOPPING_MS))
  return waits
}

const limitedBy =
  (part: string, name: string, given: number) =>
  (state: Wait['state'], ms = given): Wait => ({ state, field: [part, name], given, ms })

function groupsWith(stage: Stage, strategy: string): number {
  return groupsOf(stage).filter(group => group.some(service => service.strategy === strategy)).length
}

export function eventsOf({ state, ms }: Pick<Wait, 'state' | 'ms'>): number {
  return Math.ceil(ms / ((BEATS[state] + PAUSE_SECONDS) * 1_000)) * OF_A_BEAT
}

/** Events of any release through these stages, at most, as far as the file limits them. */
export function historySizeOf(stages: readonly Stage[]): number {
  const waits = stages.flatMap(waitsOf)
  const latest = Math.max(...waits.map(({ state, late = 0 }) => eventsOf({ state, ms: late })))
  return OF_STATES * (1 + stages.length) + sumOf(waits) + latest
}

/** The same of the way back of one stage. */
export function historySizeBackOf(stage: Stage): number {
  return OF_STATES + sumOf(waitsBackOf(stage))
}

const sumOf = (waits: readonly Wait[]) => waits.reduce((sum, wait) => sum + eventsOf(wait), 0)

/** An execution that waits for all that the file lets it wait for must not be ended by AWS meanwhile. */
export function checkHistories({ stages }: Pick<Application, 'stages'>, refuse: Refuse): void {
  const size = historySizeOf(stages)
  if (size > ROOM) {
    const waits = stages.flatMap((stage, s) => waitsOf(stage).map(wait => ({ s, wait })))
    const others = 'have fewer stages in this application and the others in one of its own'
    refuseLongest(waits, `a release comes to ${told(size)}`, others, refuse)
    return
  }
  stages.forEach((stage, s) => {
    const size = historySizeBackOf(stage)
    if (size <= ROOM) return
    const waits = waitsBackOf(stage).map(wait => ({ s, wait }))
    refuseLongest(waits, `the way back of ${stage.name} comes to ${told(size)}`, 'have fewer groups in it', refuse)
  })
}

/** Names the field that costs most, over all states that it limits. */
function refuseLongest(
  waits: readonly { s: number; wait: Wait }[],
  comes: string,
  remedy: string,
  refuse: Refuse,
): void {
  const fields = Map.groupBy(waits, ({ s, wait }) => [s, ...wait.field].join('.'))
  const costs = [...fields.values()].flatMap(([first, ...others]) =>
    first ? { ...first, events: sumOf([first, ...others].map(({ wait }) => wait)) } : [],
  )
  const [longest] = costs.toSorted((a, b) => b.events - a.events)
  if (!longest) return
  const { s, wait, events } = longest
  refuse(
    ['stages', s, ...wait.field],
    wait.given,
    `with the longest waits that this file allows, ${comes} events in its history, and ${told(ROOM)} of the ${told(MOST_EVENTS)} that AWS keeps are for those; ` +
      `${told(events)} are by this ${inWords(wait.given)}: shorten it, or ${remedy}`,
  )
}

const told = (count: number) => count.toLocaleString('en')
