import type { Outcome } from '../../domain/outcome.ts'
import { ENDS } from '../rehearsing/told.ts'
import { holdsUpPages } from './catalogue.ts'
import type { Channel, Evidence, LedgerEntry, Pages } from './evidence.ts'

/** What the channel, PagerDuty and their answers show to be told wrongly, twice or not at all; empty: nothing. */
export function toldAmiss({ channel, pages, ledger, rollbacks, refused, happened }: Evidence): string[] {
  const ended = ledger.flatMap(({ outcome }) => outcome ?? [])
  return [
    ...refused,
    ...(channel ? amissInChannel(channel, ledger, rollbacks.length) : []),
    ...(pages
      ? amissInPages(
          pages,
          ended,
          rollbacks.flatMap(outcome => outcome ?? []),
          happened.some(holdsUpPages),
        )
      : []),
  ]
}

function amissInChannel({ posts, ends }: Channel, ledger: LedgerEntry[], rollbacks: number): string[] {
  const ended = ledger.flatMap(({ tag, outcome }) => (outcome ? [{ tag, says: ENDS[outcome] }] : []))
  const own = posts.filter(text => !text.includes('the rollback of'))
  const back = posts.length - own.length
  return [
    ...(own.length === ended.length ? [] : [`the channel has ${own.length} messages of ${ended.length} releases`]),
    ...ended
      .filter(({ tag, says }) => !own.some(text => text.includes(`\`${tag}\``) && text.includes(says)))
      .map(({ tag, says }) => `the channel does not say that ${tag} ${says}`),
    ...(ends === ended.length ? [] : [`it is said ${ends} times that a release ended, of ${ended.length}`]),
    ...(back === rollbacks ? [] : [`the channel has ${back} messages of ${rollbacks} rollbacks`]),
  ]
}

function amissInPages(
  { on, open, resolved, changes }: Pages,
  releases: Outcome[],
  rollbacks: Outcome[],
  isLate: boolean,
): string[] {
  // A way back that found nothing to take back leaves nobody anything to do.
  const ended = [...releases, ...rollbacks.filter(outcome => outcome !== 'failed')]
  const paged = ended.map(outcome => INCIDENTS[outcome] ?? NONE)
  const owed = ended.flatMap(outcome => (on.includes(outcome) ? [INCIDENTS[outcome] ?? NONE] : []))
  const released = releases.filter(outcome => outcome === 'released').length
  return [
    ...amount('open', open, sumOf(owed, 'open', 0), sumOf(paged, 'open', 1)),
    ...amount('resolved', resolved, isLate ? 0 : sumOf(owed, 'resolved', 0), sumOf(paged, 'resolved', 1)),
    ...(changes === released ? [] : [`PagerDuty has ${changes} changes for ${released} releases`]),
  ]
}

/** How many incidents there are of it in the end, at least and at most. */
type Incidents = Record<'open' | 'resolved', readonly [number, number]>
const NONE: Incidents = { open: [0, 0], resolved: [0, 0] }
const INCIDENTS: Partial<Record<Outcome, Incidents>> = {
  'rolled-back': { open: [0, 0], resolved: [1, 1] },
  failed: { open: [1, 1], resolved: [0, 0] },
  // Somebody is paged where services have to go back.
  aborted: { open: [0, 0], resolved: [0, 1] },
  // That of the way back stays open with it.
  'rollback-failed': { open: [1, 2], resolved: [0, 0] },
}

const sumOf = (all: Incidents[], which: keyof Incidents, end: 0 | 1) => all.reduce((sum, of) => sum + of[which][end], 0)

const amount = (which: string, is: number, least: number, most: number): string[] =>
  is >= least && is <= most
    ? []
    : [`PagerDuty has ${is} ${which} incidents, not ${[...new Set([least, most])].join(' to ')}`]
