import type { Approval } from '../../domain/approval.ts'
import type { AttemptOf, DigestSet } from '../../domain/identity.ts'
import type { RollbackClaim } from '../../domain/image.ts'
import type { Lock } from '../../domain/lock.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { About } from '../../events/notification.ts'
import { readRelease } from '../aws/ledger.ts'
import { readLock } from '../aws/lock.ts'
import { readRollbackEnd } from '../aws/told.ts'
import { environment } from '../environment.ts'
import { type ReleaseView, readReleaseView } from '../view/release-view.ts'

/** What is happening, or how it ended. */
export type State =
  | { kind: 'starting' }
  | { kind: 'waiting'; stage: string }
  | { kind: 'asked'; stage: string; approval: Approval }
  | { kind: 'under-way'; stage: string }
  | { kind: 'going-back'; stage: string }
  | { kind: 'ended'; outcome: Outcome; reason: string; stage?: string | undefined }

export type Sign = '✓' | '◐' | '◷' | '✗' | '↩' | '·'

/** How a release, or a rollback that a person started, stands. */
export interface Standing {
  of: AttemptOf
  tag: string
  digests: DigestSet
  /** Commits that the images say they were built from. */
  commits: string[]
  /** What images claim of the way back, by name. */
  claims: { image: string; claim: RollbackClaim }[]
  state: State
  stages: { name: string; sign: Sign }[]
  isRollback: boolean
  /** What its executions tell; a rollback that a person started has no release's view. */
  view?: ReleaseView
}

/** What the ledger says of one stage, beside what its steps say. */
export interface StageRecord {
  lock: Lock
  /** The question of the last round. */
  approval?: Approval | undefined
}

/** How a release stands, by its view and the records of its stages. */
export function standingOf(view: ReleaseView, records: Record<string, StageRecord>, now: number): Standing {
  const { app, release, attempt, tag, digests } = view
  const state = stateOf(view, records, now)
  const at = 'stage' in state ? view.stages.findIndex(({ name }) => name === state.stage) : -1
  const stages = view.stages.map(({ name, outcome }, place) => {
    if (place === at) return { name, sign: signOf(state) }
    return { name, sign: outcome ? OUTCOMES[outcome] : ('·' as const) }
  })
  const commits = Object.values(view.plan?.images ?? {}).flatMap(({ revision }) => revision ?? [])
  const claims = Object.values(view.plan?.images ?? {}).flatMap(({ name: image, rollback: claim }) =>
    claim === undefined ? [] : { image, claim },
  )
  return {
    of: { app, release, attempt },
    tag,
    digests,
    commits: [...new Set(commits)],
    claims,
    state,
    stages,
    isRollback: false,
    view,
  }
}

function stateOf({ end, stages, outside }: ReleaseView, records: Record<string, StageRecord>, now: number): State {
  const unhappy = stages.find(({ outcome }) => outcome !== undefined && outcome !== 'released')
  if (end) return { kind: 'ended', outcome: end.outcome, reason: end.reason, stage: end.stage ?? unhappy?.name }
  if (unhappy?.outcome) return { kind: 'ended', outcome: unhappy.outcome, reason: '', stage: unhappy.name }
  const current = stages.find(({ outcome }) => outcome === undefined)
  if (!current) {
    const last = stages.at(-1)
    return last ? { kind: 'under-way', stage: last.name } : { kind: 'starting' }
  }
  const { name: stage, steps, rollback } = current
  const { lock, approval } = records[stage] ?? {}
  if (rollback.length > 0) return { kind: 'going-back', stage }
  if (lock?.held) return lock.held.rollback ? { kind: 'going-back', stage } : { kind: 'under-way', stage }
  if (approval && !approval.end && now < approval.expiresAt) return { kind: 'asked', stage, approval }
  const isFirst = current === stages[0]
  return isFirst && steps.length === 0 && outside.every(({ state }) => state === 'running')
    ? { kind: 'starting' }
    : { kind: 'waiting', stage }
}

const OUTCOMES: Record<Outcome, Sign> = {
  released: '✓',
  'rolled-back': '↩',
  failed: '✗',
  rejected: '✗',
  expired: '◷',
  superseded: '◷',
  aborted: '✗',
  'rollback-failed': '✗',
}

/** The sign of what is happening, which is that of the stage where it happens. */
export function signOf(state: State): Sign {
  switch (state.kind) {
    case 'ended':
      return OUTCOMES[state.outcome]
    case 'starting':
    case 'under-way':
      return '◐'
    case 'going-back':
      return '↩'
    case 'waiting':
    case 'asked':
      return '◷'
  }
}

/** Reads how what the message is about stands now. Undefined: the ledger knows no such release. */
export async function readStanding(about: About, stage: string | undefined): Promise<Standing | undefined> {
  const entry = await readRelease(about)
  if (!entry) return undefined
  const { app, release, attempt } = entry
  if (about.rollback !== undefined)
    return {
      ...{ of: { app, release, attempt }, tag: entry.tag, digests: entry.digests, isRollback: true },
      ...{ commits: [], claims: [] },
      ...(await rollbackStanding(about.rollback, stage ?? '')),
    }
  const machines = { releaseMachine: environment('RELEASE_MACHINE'), rollbackMachine: environment('ROLLBACK_MACHINE') }
  const view = await readReleaseView(entry, machines)
  const records: Record<string, StageRecord> = {}
  for (const { name, approval } of view.stages) {
    const lock = await readLock(app, name)
    const { held, ...free } = lock
    const isOurs = held?.release === release && held.attempt === attempt
    records[name] = { lock: isOurs ? lock : free, approval }
  }
  return standingOf(view, records, Date.now())
}

async function rollbackStanding(rollback: string, stage: string): Promise<Pick<Standing, 'state' | 'stages'>> {
  const end = await readRollbackEnd(rollback)
  const state: State = end ? { kind: 'ended', ...end, stage } : { kind: 'going-back', stage }
  return { state, stages: [{ name: stage, sign: signOf(state) }] }
}
