import * as z from 'zod'
import { type ReleaseId, releaseId } from './identity.ts'

/** What one service served at a moment. */
export const served = z.object({
  serviceArn: z.string(),
  revisionArn: z.string(),
  taskDefinition: z.string(),
  digests: z.record(z.string(), z.string()),
  /** Named container → the digests that prove what it ran: the one recorded, and those of its platforms. */
  proof: z.record(z.string(), z.array(z.string())),
  /** The task definition that the new revision is copied from. */
  base: z.string(),
})
export type Served = z.infer<typeof served>

/** Service → what it served. */
export const servedBy = z.record(z.string(), served)
export type ServedBy = z.infer<typeof servedBy>

const ofRelease = z.object({ at: z.number(), release: releaseId, attempt: z.int(), tag: z.string() })

/**
 * What changed a stage for good, in order. `released`, or `restored` by a person: the stage served `after` since, and
 * `before` until then. `unproven`: a rollback of this release failed. `taken-back`: a person took this release back.
 */
export const historyEntry = z.discriminatedUnion('kind', [
  ofRelease.extend({ kind: z.enum(['released', 'restored']), before: servedBy, after: servedBy }),
  ofRelease.extend({ kind: z.literal('unproven'), before: servedBy }),
  ofRelease.extend({ kind: z.literal('taken-back') }),
])
export type HistoryEntry = z.infer<typeof historyEntry>
type Standing = Exclude<HistoryEntry, { kind: 'taken-back' }>
type Released = Extract<HistoryEntry, { after: ServedBy }>

/** The way back: whose work is taken back, and what the stage serves after it. */
export type WayBack =
  | {
      kind: 'back'
      of: Standing
      /** Whether it still stood and is left: what was taken back before, or is gone back to, is not refused once more. */
      takesBack: boolean
      target: ServedBy
      to: string
      /** The release that `to` names, and what the stage served until it goes back to that. */
      restores?: { of: Released; before: ServedBy }
      /** By its history the stage serves that already; what its services have decides. */
      isServed: boolean
    }
  | { kind: 'refused'; because: string }

/** Where a person's rollback leads: to what the stage served before the last release that changed it, or to `to`. */
export function wayBack(
  history: readonly HistoryEntry[],
  { to, isQuarantined }: { to?: string | undefined; isQuarantined: (release: ReleaseId) => boolean },
): WayBack {
  const standing = standingOf(history)
  if (to !== undefined) return towards(history, standing, to, isQuarantined)
  if (standing.length > 0) return previousOf(history, standing, isQuarantined)
  return refused(
    history.length === 0
      ? 'no release has changed this stage yet, so there is nothing to go back to'
      : 'every release of this stage was taken back, so there is nothing to go back to',
  )
}

/**
 * Those whose change has not been taken back, the oldest first. What was restored stands as when it was released: what came
 * after is gone.
 */
function standingOf(history: readonly HistoryEntry[]): Standing[] {
  const standing: Standing[] = []
  for (const change of history) {
    const at = standing.findLastIndex(one => isSame(one, change))
    if (change.kind === 'taken-back' && at >= 0) standing.splice(at)
    else if (change.kind === 'restored' && at >= 0) standing.splice(at + 1)
    else if (change.kind === 'restored') standing.push(releaseOf(history, change))
    else if (change.kind !== 'taken-back') standing.push(change)
  }
  return standing
}

function releaseOf(history: readonly HistoryEntry[], restored: Released): Released {
  const of = history.findLast((one): one is Released => one.kind === 'released' && isSame(one, restored))
  return of ?? restored
}

function previousOf(
  history: readonly HistoryEntry[],
  standing: readonly Standing[],
  isQuarantined: (release: ReleaseId) => boolean,
): WayBack {
  const last = standing.at(-1)
  for (const of of standing.toReversed()) {
    // What the stage serves is no way back, unless the last release changed something else than digests.
    if (last && 'after' in last && servesSame(last.after, of.before) && (of !== last || hasSame(last.after, of.before)))
      continue
    const earlier = history.findLast(
      (one): one is Released => 'after' in one && one !== of && servesSame(one.after, of.before),
    )
    if (earlier && isQuarantined(earlier.release)) continue
    const to = earlier?.tag ?? 'what it served before'
    return { kind: 'back', of, takesBack: true, target: of.before, to, isServed: false }
  }
  return refused(
    'everything that this stage served before is quarantined; sluice lift frees a release, or name one with --to',
  )
}

function towards(
  history: readonly HistoryEntry[],
  standing: readonly Standing[],
  to: string,
  isQuarantined: (release: ReleaseId) => boolean,
): WayBack {
  const known = history.filter((one): one is Released => 'after' in one)
  const restores = known.findLast(
    one => one.tag === to || `${one.release}-${one.attempt}` === to || isBeginningOf(to, one.release),
  )
  if (!restores)
    return refused(
      `${to} was never released at this stage; it knows ${[...new Set(known.map(({ tag }) => tag))].join(', ') || 'no release'}`,
    )
  if (isQuarantined(restores.release))
    return refused(`release ${restores.release} (${restores.tag}) is quarantined; sluice lift frees it`)
  const last = standing.at(-1)
  return {
    ...{ kind: 'back', of: last ?? restores, takesBack: last !== undefined && last.release !== restores.release },
    ...{ target: restores.after, to: restores.tag, restores: { of: restores, before: servedAfter(history, last) } },
    isServed: last !== undefined && 'after' in last && hasSame(last.after, restores.after),
  }
}

/** What the stage serves by its history: where all was taken back, what it served before the first release. */
function servedAfter(history: readonly HistoryEntry[], last: Standing | undefined): ServedBy {
  if (last) return 'after' in last ? last.after : last.before
  return history.find((one): one is Standing => 'before' in one)?.before ?? {}
}

const isBeginningOf = (text: string, release: string) => text.length >= 4 && release.startsWith(text)

const isSame = (a: Pick<HistoryEntry, 'release' | 'attempt'>, b: Pick<HistoryEntry, 'release' | 'attempt'>) =>
  a.release === b.release && a.attempt === b.attempt

/** The same digests in every service that both know. */
function servesSame(a: ServedBy, b: ServedBy): boolean {
  const both = Object.keys(a).filter(service => service in b)
  const digestsOf = (by: ServedBy, service: string) => JSON.stringify(Object.entries(by[service]?.digests ?? {}).sort())
  return both.length > 0 && both.every(service => digestsOf(a, service) === digestsOf(b, service))
}

/** The same task definition in every service that both know. */
function hasSame(a: ServedBy, b: ServedBy): boolean {
  return Object.keys(a).every(service => !b[service] || a[service]?.taskDefinition === b[service].taskDefinition)
}

function refused(because: string): WayBack {
  return { kind: 'refused', because }
}
