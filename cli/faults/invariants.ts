import { isDeepStrictEqual } from 'node:util'
import type { Outcome } from '../../domain/outcome.ts'
import type { Evidence, LedgerEntry } from './evidence.ts'
import type { Span } from './records.ts'

export interface Invariant {
  /** What must be so, in one sentence. */
  holds: string
  /** What shows that it is not so; empty: it is. */
  broken(evidence: Evidence): string[]
}

/** What must be so whatever has failed, and whenever. */
export const INVARIANTS = {
  'one snapshot': {
    holds: 'a stage is backed up once in a release, or not at all',
    broken: ({ snapshots, ledger }) => (snapshots <= ledger.length ? [] : [`${snapshots} snapshots were made`]),
  },
  'one migration': {
    holds: 'at most one migration was successful and not undone, and never did two run at once',
    broken({ tasks, ledger }) {
      const good = tasks.filter(({ exitCode }) => exitCode === 0)
      const stand = good.filter(({ kind }) => kind === 'migration').length
      const undone = good.filter(({ kind }) => kind === 'undoing').length
      return [
        ...(stand - undone <= ledger.length ? [] : [`${stand} migrations stand, ${undone} were undone`]),
        ...(undone <= stand ? [] : [`${undone} migrations were undone, of ${stand}`]),
        ...overlapping(tasks).map(at => `two tasks ran on the database at ${at}`),
      ]
    },
  },
  'one deployment': {
    holds: 'no service has two deployments in flight at any time, and none is left in flight',
    broken: ({ deployments }) => [
      ...[...Map.groupBy(deployments, ({ of }) => of)].flatMap(([service, spans]) =>
        overlapping(spans).map(at => `${service} had two deployments in flight at ${at}`),
      ),
      ...deployments.filter(({ to }) => to === undefined).map(({ of }) => `a deployment of ${of} is left in flight`),
    ],
  },
  'known versions': {
    holds:
      'a stage serves what was planned, or what it served before, and all of it; or it is said that this is not known',
    broken: ({ served, ledger }) =>
      ledger.some(({ outcome }) => outcome === 'rollback-failed')
        ? []
        : Object.entries(served)
            .filter(([, { now, before, planned }]) => !isOne(now, [before, planned]))
            .map(([stage, { now }]) => `${stage} serves ${JSON.stringify(now)}`),
  },
  'as told': {
    holds: 'the ledger has an end for all that began, and it is true',
    broken: evidence => [
      ...evidence.ledger.flatMap(entry => untrueIn(entry, evidence)),
      ...evidence.rollbacks.filter(outcome => outcome === undefined).map(() => 'a way back has no end in the ledger'),
    ],
  },
  'nothing left': {
    holds: 'no lock, wait or pause of ours is left; only a rollback that failed leaves its stage closed',
    broken({ left, ledger, rollbacks }) {
      const closed = [...ledger.map(({ outcome }) => outcome), ...rollbacks].includes('rollback-failed') ? 1 : 0
      return [
        ...(left.locks === left.blocked ? [] : [`${left.locks - left.blocked} locks are left`]),
        ...(left.blocked === closed ? [] : [`${left.blocked} stages are closed, not ${closed}`]),
        ...(left.waits === 0 ? [] : [`${left.waits} waits are left`]),
        ...(left.hooks === 0 ? [] : [`${left.hooks} pauses are left`]),
      ]
    },
  },
  'links refused': {
    holds: 'over the links of a release that has ended nothing can be decided any more',
    broken: ({ countedLate }) => (countedLate === 0 ? [] : [`${countedLate} late answers counted`]),
  },
  'told once': {
    holds: 'people are told once how it ended, and by one message',
    broken: toldAmiss,
  },
  'all ended': {
    holds: 'every execution of both machines has ended',
    broken: ({ executions }) =>
      Object.entries(executions)
        .filter(([, status]) => status === 'RUNNING')
        .map(([arn]) => `${arn} still runs`),
  },
  'users served': {
    holds: 'no request of a user failed',
    broken: ({ users }) => (users.failed === 0 ? [] : [`${users.failed} of ${users.total} requests failed`]),
  },
  'rights enough': {
    holds: 'no role was denied anything by its own policies',
    broken: ({ denied }) => denied,
  },
} as const satisfies Record<string, Invariant>
export type InvariantName = keyof typeof INVARIANTS

/** By the names of those that do not hold. */
export function brokenIn(evidence: Evidence): { name: InvariantName; because: string }[] {
  return (Object.keys(INVARIANTS) as InvariantName[]).flatMap(name =>
    INVARIANTS[name].broken(evidence).map(because => ({ name, because })),
  )
}

const isOne = <T>(value: T, of: readonly T[]): boolean => of.some(one => isDeepStrictEqual(one, value))

/** The moments at which one began before another had ended. */
function overlapping(spans: readonly Span[]): string[] {
  const inOrder = spans.toSorted((a, b) => a.from - b.from)
  return inOrder.flatMap((span, at) => {
    const earlier = inOrder.slice(0, at).some(({ to = Number.POSITIVE_INFINITY }) => to > span.from)
    return earlier ? [new Date(span.from).toISOString()] : []
  })
}

/** Served by production after an end of this kind, where no rollback of a person came later. */
const SERVES: Partial<Record<Outcome, 'before' | 'planned'>> = {
  released: 'planned',
  'rolled-back': 'before',
  failed: 'before',
  rejected: 'before',
  expired: 'before',
  superseded: 'before',
  aborted: 'before',
}

function untrueIn({ tag, outcome, stages }: LedgerEntry, { served, rollbacks, ledger }: Evidence): string[] {
  if (outcome === undefined) return [`${tag} has no end in the ledger`]
  const side = rollbacks.includes('rolled-back') ? 'before' : SERVES[outcome]
  return [
    ...stages.flatMap(stage => [
      ...(stage.outcome === undefined ? [`${tag} has no end at ${stage.name}`] : []),
      ...(isDeepStrictEqual(stage.before, served[stage.name]?.before)
        ? []
        : [`the ledger says that ${stage.name} served ${JSON.stringify(stage.before)}`]),
    ]),
    ...(side === undefined || ledger.length > 1
      ? []
      : Object.entries(served).flatMap(([name, { now, ...sides }]) =>
          isDeepStrictEqual(now, sides[side])
            ? []
            : [`${tag} ended ${outcome}, and ${name} serves ${JSON.stringify(now)}`],
        )),
  ]
}

/** How a message of the channel says that a release ended so. */
const SAID: Record<Outcome, string> = {
  released: 'is released',
  'rolled-back': 'was rolled back',
  failed: 'failed',
  rejected: 'was rejected',
  expired: 'was not decided in time',
  superseded: 'gave way',
  aborted: 'was stopped',
  'rollback-failed': 'could not be taken back',
}

function toldAmiss({ told: { posts, ends, incidents, changes }, ledger, rollbacks, refused }: Evidence): string[] {
  const own = posts.filter(text => !text.includes('the rollback of'))
  const back = posts.length - own.length
  const ended = ledger.flatMap(({ outcome }) => outcome ?? [])
  const paged = [...ended, ...rollbacks].filter(outcome => PAGED.some(each => each === outcome)).length
  const released = ended.filter(outcome => outcome === 'released').length
  return [
    ...refused,
    ...(own.length === ledger.length ? [] : [`the channel has ${own.length} messages of ${ledger.length} releases`]),
    ...ended
      .filter(outcome => !own.some(text => text.includes(SAID[outcome])))
      .map(outcome => `nobody was told: ${outcome}`),
    ...(ends === ended.length ? [] : [`${ends} threads say that a release ended, not ${ended.length}`]),
    ...(back === rollbacks.length ? [] : [`the channel has ${back} messages of ${rollbacks.length} rollbacks`]),
    ...(incidents <= paged ? [] : [`PagerDuty has ${incidents} incidents for ${paged} ends that page`]),
    ...(changes === released ? [] : [`PagerDuty has ${changes} changes for ${released} releases`]),
  ]
}

const PAGED: readonly Outcome[] = ['rolled-back', 'failed', 'rollback-failed']
