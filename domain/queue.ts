import * as z from 'zod'
import type { AttemptOf, ReleaseId } from './identity.ts'
import { retryCommand } from './retry.ts'

const MODES = ['supersede', 'queue', 'reject'] as const

/** What several releases of one application mean to each other. */
export const queueMode = z.enum(MODES, { error: `must be ${MODES.map(mode => `"${mode}"`).join(' or ')}` })
export type QueueMode = z.infer<typeof queueMode>

/** Where a release stands among those of its application. */
export interface Place {
  release: ReleaseId
  /** Event time of the release's first push, ms. */
  order: number
}

/** Whether `a` was pushed before `b`. Of two of the same moment each has its place, too, so that one can go before the other. */
export function isOlder(a: Place, b: Place): boolean {
  return a.order < b.order || (a.order === b.order && a.release < b.release)
}

/** Of those that go before this one, the last: whom it follows. */
export function wentBefore<P extends Place>(others: readonly P[], own: Place): P | undefined {
  return others.filter(other => isOlder(other, own)).reduce<P | undefined>(later, undefined)
}

function later<P extends Place>(best: P | undefined, other: P): P {
  return best && isOlder(other, best) ? best : other
}

/** Whether AWS tells both moments (ms) as the same second. */
export const isSameSecond = (one: number, other: number): boolean =>
  Math.floor(one / 1_000) === Math.floor(other / 1_000)

/** The order of a release whose first push was at `pushedAt`. AWS tells that to the second: of one second, whoever is heard of later is newer. */
export function orderOf(pushedAt: number, release: ReleaseId, known: readonly Place[]): number {
  const others = known.filter(other => other.release !== release && isSameSecond(other.order, pushedAt))
  const next = Math.max(pushedAt, ...others.map(({ order }) => order + 1))
  return isSameSecond(next, pushedAt) ? next : pushedAt
}

/** Why a release does not start beside this one, which may have been registered alone; `again`: what starts it later. */
export function whyNotBeside({ app, release, attempt }: AttemptOf, isStarted: boolean, again: string): string {
  const [stands, first] = isStarted
    ? ['is under way', `to see it: sluice watch ${app} ${release}-${attempt}`]
    : ['is about to start', `if it does not: ${retryCommand({ app, release })}`]
  return `release ${release} ${stands}, and ${app} takes one at a time (trigger.queue: reject); ${first}; once it has ended: ${again}`
}
