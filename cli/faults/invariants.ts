import { isDeepStrictEqual } from 'node:util'
import type { Outcome } from '../../domain/outcome.ts'
import { deniesEcs, stopsExecutions } from './catalogue.ts'
import type { Evidence, LedgerEntry } from './evidence.ts'
import type { Span } from './records.ts'
import { toldAmiss } from './told-amiss.ts'

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
    broken: ({ snapshots }) =>
      [...Map.groupBy(snapshots, by => by)].flatMap(([by, { length }]) =>
        length === 1 ? [] : [`${length} snapshots were made by ${by}`],
      ),
  },
  'one migration': {
    holds: 'at most one migration was successful and not undone, and never did two run at once',
    broken: ({ tasks }) => [
      ...[...Map.groupBy(tasks, ({ by }) => by)].flatMap(([by, own]) => {
        const good = own.filter(({ exitCode }) => exitCode === 0)
        const made = good.filter(({ kind }) => kind === 'migration').length
        const undone = good.length - made
        return [
          ...(made - undone <= 1 ? [] : [`${made} migrations of ${by} stand, ${undone} were undone`]),
          ...(undone <= made ? [] : [`of ${made} migrations of ${by}, ${undone} were undone`]),
        ]
      }),
      ...[...Map.groupBy(tasks, ({ of }) => of)].flatMap(([family, own]) =>
        overlapping(own).map(at => `two tasks of ${family} ran at ${at}`),
      ),
    ],
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
    broken: ({ served, ledger, rollbacks }) =>
      [...ledger.map(({ outcome }) => outcome), ...rollbacks].includes('rollback-failed')
        ? []
        : Object.entries(served)
            .filter(([, { now, before, pushed }]) => !isOne(now, [before, ...Object.values(pushed)]))
            .map(([stage, { now }]) => `${stage} serves ${JSON.stringify(now)}`),
  },
  'as told': {
    holds: 'the ledger has an end for all that began, and it is true, and the execution ends as the ledger says',
    broken: evidence => [
      ...evidence.ledger.flatMap(entry => otherThanItsExecution(entry, evidence)),
      ...evidence.ledger.flatMap(entry => untrueIn(entry, evidence)),
      ...evidence.ledger
        .filter(isFalselyReleased)
        .map(({ tag }) => `${tag} is called released, and not every stage is`),
      ...evidence.rollbacksTold
        .filter(outcome => outcome === undefined)
        .map(() => 'a way back has no end in the ledger'),
      ...(isDeepStrictEqual(evidence.rollbacks.toSorted(), evidence.rollbacksTold.toSorted())
        ? []
        : [`rollbacks ended ${toldOf(evidence.rollbacks)}, and the ledger says ${toldOf(evidence.rollbacksTold)}`]),
    ],
  },
  'nothing left': {
    holds:
      'no lock, wait, message or pause of ours is left; only a rollback that failed leaves its stage closed, and pauses that ECS refuses to let go are told',
    broken({ left, ledger, rollbacks, channel, happened }) {
      const closed = [...ledger.map(({ outcome }) => outcome), ...rollbacks].includes('rollback-failed') ? 1 : 0
      return [
        ...(left.locks === left.blocked ? [] : [`locks left: ${left.locks - left.blocked}`]),
        ...(left.blocked === closed ? [] : [`stages closed: ${left.blocked}, not ${closed}`]),
        ...(left.waits === 0 ? [] : [`waits left: ${left.waits}`]),
        ...(left.unsent === 0 ? [] : [`messages left: ${left.unsent}`]),
        ...(left.hooks === 0 || (channel?.saysPausesStay && happened.some(deniesEcs))
          ? []
          : [`pauses left: ${left.hooks}`]),
      ]
    },
  },
  'links refused': {
    holds: 'over the links of a release that has ended nothing can be decided any more',
    broken: ({ late: { unused, tried, counted } }) => [
      ...(counted === 0 ? [] : [`late answers that counted: ${counted}`]),
      ...(tried >= unused ? [] : [`of ${unused} links that nobody had used, ${tried} were tried`]),
    ],
  },
  'told once': {
    holds: 'people are told once how it ended, and by one message',
    broken: toldAmiss,
  },
  'all ended': {
    holds: 'every execution of both machines has ended, and each release had one',
    broken: ({ executions, started, ledger }) => [
      ...Object.entries(executions)
        .filter(([, status]) => status === 'RUNNING')
        .map(([arn]) => `${arn} still runs`),
      ...(started === ledger.length ? [] : [`${started} executions were started for ${ledger.length} releases`]),
    ],
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

function untrueIn(entry: LedgerEntry, evidence: Evidence): string[] {
  const { tag, outcome, stages } = entry
  if (outcome === undefined) return [`${tag} has no end in the ledger`]
  return stages.flatMap(({ name, outcome, before }) => {
    if (outcome === undefined) return [`${tag} has no end at ${name}`]
    const found = chainAt(name, entry, evidence)
    if (!found) return []
    const { first, pushed, isLast, now } = found
    const mayServe =
      outcome === 'released' ? servedAfter(evidence.rollbacks).map(which => ({ first, pushed })[which]) : [first]
    const isTrue = [outcome, ...evidence.rollbacks].includes('rollback-failed') || !isLast || isOne(now, mayServe)
    return [
      ...(isDeepStrictEqual(before, first) ? [] : [`the ledger says that ${name} served ${toldOf(before)}`]),
      ...(isTrue ? [] : [`${tag} ended ${outcome} at ${name}, which serves ${toldOf(now)}`]),
    ]
  })
}

/**
 * What a stage served before a release held it: what the last released one before it had brought. Undefined where people took
 * stages back between several releases, or there are several of one tag.
 */
function chainAt(stage: string, entry: LedgerEntry, { ledger, rollbacks, served }: Evidence) {
  const at = served[stage]
  const isClear = new Set(ledger.map(({ tag }) => tag)).size === ledger.length && rollbacks.length === 0
  if (!at || (ledger.length > 1 && !isClear)) return undefined
  const held = ledger.filter(({ stages }) => stages.some(({ name }) => name === stage))
  const earlier = held
    .slice(0, held.indexOf(entry))
    .findLast(({ stages }) => stages.some(({ name, outcome }) => name === stage && outcome === 'released'))
  const first = earlier ? at.pushed[earlier.tag] : at.before
  return { first, pushed: at.pushed[entry.tag], isLast: held.at(-1) === entry, now: at.now }
}

/** What a released stage may serve once these ways back have ended: of one that was stopped only that it is one of the two. */
function servedAfter(rollbacks: Evidence['rollbacks']): ('first' | 'pushed')[] {
  if (rollbacks.includes('rolled-back')) return ['first']
  return rollbacks.includes('aborted') ? ['first', 'pushed'] : ['pushed']
}

const toldOf = (digests: unknown): string => JSON.stringify(digests)

/** A release is released where all its stages are. */
function isFalselyReleased({ outcome, stages }: LedgerEntry): boolean {
  return outcome === 'released' && (stages.length === 0 || stages.some(stage => stage.outcome !== 'released'))
}

/** P8. An execution that somebody stopped ends as that, whatever the release has come to. */
function otherThanItsExecution({ tag, outcome, status }: LedgerEntry, { happened }: Evidence): string[] {
  if (outcome === undefined || status === undefined || status === 'RUNNING') return []
  const isFit =
    status === 'ABORTED' ? outcome === 'aborted' || happened.some(stopsExecutions) : status === ENDS_AS[outcome]
  return isFit ? [] : [`${tag} ended ${outcome}, and its execution ${status}`]
}

const ENDS_AS: Record<Outcome, 'SUCCEEDED' | 'FAILED'> = {
  released: 'SUCCEEDED',
  rejected: 'SUCCEEDED',
  expired: 'SUCCEEDED',
  superseded: 'SUCCEEDED',
  'rolled-back': 'FAILED',
  failed: 'FAILED',
  aborted: 'FAILED',
  'rollback-failed': 'FAILED',
}
