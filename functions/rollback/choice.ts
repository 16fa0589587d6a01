import type { Stage } from '../../domain/application.ts'
import type { HeldStage, StageOf } from '../../domain/identity.ts'
import type { Lock } from '../../domain/lock.ts'
import type { PersonalRequest } from '../../domain/rollback-request.ts'
import { type HistoryEntry, type ServedBy, type WayBack, wayBack } from '../../domain/stage-history.ts'
import { applications } from '../applications.ts'
import { deploymentsSince, openDeployments } from '../aws/deployments.ts'
import { findService } from '../aws/ecs.ts'
import { readBefore, readRelease, readRevision } from '../aws/ledger.ts'
import { quarantined, type RollbackEntry, readCopy, readHistory, readRestored } from '../aws/stage-ledger.ts'
import { CLOCK_SKEW_MS } from '../deploying/new-version.ts'

type Refused = { kind: 'refused'; because: string }
/** What the stage's history says to a request. */
type Looked = { kind: 'known'; stage: Stage; history: HistoryEntry[]; way: WayBack }

/** Refused at once, whoever holds the stage: what is not installed, and what the stage never served or refuses. Reads only. */
export async function lookUp({ app, stage: stageName, to }: PersonalRequest): Promise<Looked | Refused> {
  const application = applications().find(one => one.app === app)
  if (!application) return refused(`application ${app} is not installed; write one of ${names(applications(), 'app')}`)
  const stage = application.stages.find(one => one.name === stageName)
  if (!stage) return refused(`${app} has no stage ${stageName}; write one of ${names(application.stages, 'name')}`)
  const [history, kept] = await Promise.all([readHistory(app, stageName), quarantined(app, stageName)])
  const refusedSets = new Set<string>(kept.map(({ release }) => release))
  const way = wayBack(history, { to, isQuarantined: release => refusedSets.has(release) })
  if (to !== undefined && way.kind === 'refused') return refused(way.because)
  return { kind: 'known', stage, history, way }
}

export type Choice =
  | Refused
  | { kind: 'already-there'; because: string }
  | { kind: 'back'; of: StageOf & { tag: string }; chosen?: NonNullable<RollbackEntry['chosen']> }

/**
 * What a person's rollback takes back, and to what. A stage that a release left behind half way goes back to what that
 * release had recorded; else the stage's own history decides. Reads only. `name`: of the rollback's execution.
 */
export async function choose(
  { app, stage: stageName, to }: PersonalRequest,
  { held, lastRollback }: Lock,
  { stage, history, way }: Looked,
  { name, now }: { name: string; now: number },
): Promise<Choice> {
  const left = held && { app, stage: stageName, release: held.release, attempt: held.attempt }
  if (left && !isIn(history, left) && (await readBefore(left))) {
    const tag = (await readRelease(left))?.tag ?? left.release
    if (to === undefined) return { kind: 'back', of: { ...left, tag } }
    return refused(`release ${left.release} (${tag}) was left there half way; take that back first, without "to"`)
  }

  if (way.kind !== 'back') return way
  const earlier = held?.holder ?? lastRollback?.execution ?? ''
  const takenBack = { ...way.of, app, stage: stageName, lease: { holder: earlier, fence: 0 } }
  const has = await readServices(stage, way.target, takenBack, now - CLOCK_SKEW_MS)
  if (has.kind === 'refused') return has
  if (way.isServed && (await isThere(takenBack, way.target, has.from)))
    return { kind: 'already-there', because: `the stage serves ${to} already` }
  const { release, attempt, tag } = way.of
  const { restores } = way
  const named = restores && { release: restores.of.release, attempt: restores.of.attempt, tag: restores.of.tag }
  return {
    kind: 'back',
    of: { app, stage: stageName, release, attempt, tag },
    chosen: {
      ...{ target: way.target, to: way.to, at: now, from: has.from, seen: has.seen, asked: name },
      takesBack: way.takesBack,
      ...(restores && named && { restores: { ...named, before: restores.before } }),
    },
  }
}

const isIn = (history: HistoryEntry[], { release, attempt }: StageOf) =>
  history.some(one => one.kind === 'released' && one.release === release && one.attempt === attempt)

/** Whether each service has its target's definition, or the copy that stands in for it. */
async function isThere(of: StageOf, target: ServedBy, from: Record<string, string>): Promise<boolean> {
  for (const [service, has] of Object.entries(from)) {
    const { taskDefinition = '' } = target[service] ?? {}
    if (has !== taskDefinition && has !== (await readCopy(of, service, taskDefinition))) return false
  }
  return true
}

/**
 * What each service has now. Where somebody else is deploying, nobody but them knows what that will be; what the release that
 * is taken back still deploys, or an earlier way back of it, belongs to this one.
 */
async function readServices({ cluster, services }: Stage, target: ServedBy, takenBack: HeldStage, since: number) {
  const from: Record<string, string> = {}
  const seen: Record<string, string> = {}
  for (const { service } of services) {
    if (!target[service]) continue
    const open = await openDeployments(cluster, service)
    const ours = open.length === 0 ? [] : await deployedBy(takenBack, service)
    const foreign = open.find(({ taskDefinition }) => !ours.includes(taskDefinition))
    if (foreign)
      return refused(
        `${service} has a deployment that is running: ${foreign.arn}; let it end or stop it, then ask again`,
      )
    const found = await findService(cluster, service)
    if (!found) return refused(`cluster ${cluster} has no active service ${service}`)
    from[service] = found.taskDefinition ?? ''
    const [last] = await deploymentsSince(cluster, service, since)
    if (last && open.length === 0) seen[service] = last.arn
  }
  return { kind: 'found', from, seen } as const
}

async function deployedBy(of: HeldStage, service: string): Promise<(string | undefined)[]> {
  return [await readRevision(of, service), await readRestored(of, service)]
}

function refused(because: string): Refused {
  return { kind: 'refused', because }
}

function names<K extends string>(all: Record<K, string>[], key: K): string {
  return all.map(one => one[key]).join(', ')
}
