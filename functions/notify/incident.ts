import type { Notify } from '../../domain/people.ts'
import type { About, Notification } from '../../events/notification.ts'
import type { Alarm, Incident } from '../aws/told.ts'
import { cutInside, withoutAddress } from './markup.ts'

/** What somebody is paged for, and when that is over. */

/** What a transition means for the incident of its stage. */
export type Effect =
  | { kind: 'open'; key: string; severity: 'critical' | 'error'; summary: string }
  | { kind: 'close'; keys: string[] }
  | { kind: 'nothing' }

export type Cause = NonNullable<Notify['pagerduty']>['on'][number]

/** `previous`: the tag that the stage goes back to, where it is known. */
export function effectOf({ about, transition }: Notification, on: Cause[], previous?: string): Effect {
  const stage = 'stage' in transition ? transition.stage : undefined
  const key = keyOf(about.app, stage)
  switch (transition.kind) {
    case 'rolling-back':
      return on.includes('rolled-back')
        ? { kind: 'open', key, severity: 'error', summary: goesBack(about, transition, previous) }
        : { kind: 'nothing' }
    case 'database-kept':
      // Nobody chooses not to hear of it: a person has to decide what an automatic rollback must not.
      return { kind: 'open', key: databaseKeyOf(key), severity: 'error', summary: undecided(about, transition) }
    case 'stage-released':
      return { kind: 'close', keys: [...keysOf(about.app, stage), databaseKeyOf(key)] }
    case 'rollback-ended':
    case 'release-ended':
      return atTheEnd(about, transition, on)
    default:
      return { kind: 'nothing' }
  }
}

type End = Extract<Notification['transition'], { kind: 'rollback-ended' | 'release-ended' }>

function atTheEnd(about: About, transition: End, on: Cause[]): Effect {
  const { outcome, stage, reason } = transition
  const key = keyOf(about.app, stage)
  const where = stage ? ` ${stage}` : ''
  switch (outcome) {
    case 'rollback-failed': {
      const summary = `${about.app}${where} could not be rolled back and is closed: ${why(reason, stage)} after ${about.tag}`
      return on.includes(outcome)
        ? { kind: 'open', key: `${key}/${outcome}`, severity: 'critical', summary }
        : { kind: 'nothing' }
    }
    case 'failed': {
      // A rollback that found nothing to take back has proven that the stage is as it was.
      if (transition.kind === 'rollback-ended' || !on.includes(outcome))
        return { kind: 'close', keys: keysOf(about.app, stage) }
      const at = stage ? ` at ${stage}` : ''
      const summary = `${about.app} ${about.tag} failed${at}: ${why(reason, stage)}`
      return { kind: 'open', key, severity: 'error', summary }
    }
    case 'rolled-back':
    case 'aborted':
    case 'released':
      return { kind: 'close', keys: keysOf(about.app, stage) }
    default:
      return { kind: 'nothing' }
  }
}

/** One incident for each stage of an application, and one for what fails before there is a stage. */
export function keyOf(app: string, stage: string | undefined): string {
  return stage === undefined ? `sluice/${app}` : `sluice/${app}/${stage}`
}

/** All that is over when a stage is good. A failed rollback has an incident of its own: one that is open keeps its severity. */
function keysOf(app: string, stage: string | undefined): string[] {
  const key = keyOf(app, stage)
  return [key, `${key}/rollback-failed`]
}

/** An incident of its own: the one of the way back is closed once the services are proven, and the database waits longer. */
const databaseKeyOf = (key: string) => `${key}/database-kept`

function undecided({ app, tag }: About, { stage, because }: { stage: string; because: string }): string {
  return `${app} ${stage} goes back from ${tag}, and somebody has to decide on its database: ${why(because, stage)}`
}

function goesBack(
  { app, tag }: About,
  { stage, reason }: { stage: string; reason: string },
  previous?: string,
): string {
  return `${app} ${stage} rolls back${previous ? ` to ${previous}` : ''}: ${why(reason, stage)} after ${tag}`
}

/** PagerDuty takes 1,024 characters; whoever is woken reads the first line. */
const LONGEST_REASON = 700

/** The reason without the stage's name before it, which the title has already. */
function why(reason: string, stage: string | undefined): string {
  const text = stage !== undefined && reason.startsWith(`${stage}: `) ? reason.slice(stage.length + 2) : reason
  return cutInside(withoutAddress(text).replace(/\s+/g, ' ').trim(), LONGEST_REASON)
}

const REMEMBERED = 50

/** Counts a transition's effect, once and by its time: queues deliver twice, and an older one after a newer one. */
export function counted(
  incident: Incident | undefined,
  effect: { kind: 'close' } | Extract<Effect, { kind: 'open' }>,
  { id, at, about, transition }: Notification,
): { next?: Incident } {
  if (incident && (at < incident.at || incident.counted.includes(id))) return {}
  const revision = (incident?.revision ?? 0) + 1
  const of = { at, revision, counted: [...(incident?.counted ?? []), id].slice(-REMEMBERED) }
  const accepted = incident?.accepted ?? 0
  if (effect.kind === 'open') {
    const stage = 'stage' in transition ? transition.stage : undefined
    const opened = { about, at, ...(stage !== undefined && { stage }) }
    const { severity, summary } = effect
    return { next: { ...of, accepted, alarm: { kind: 'open', severity, summary, for: opened } } }
  }
  const isQuiet = !incident || (incident.alarm.kind === 'closed' && accepted === incident.revision)
  return { next: { ...of, accepted: isQuiet ? revision : accepted, alarm: { kind: 'closed' } } }
}

/** What PagerDuty has to be told. `sent`: the revision that this invocation told it; what became of it since comes after it. */
export function owed(incident: Incident | undefined, sent: number | undefined): Alarm | undefined {
  if (!incident) return undefined
  return incident.revision === (sent ?? incident.accepted) ? undefined : incident.alarm
}
