import type { Stage } from '../domain/application.ts'
import type { StageOf } from '../domain/identity.ts'
import type { Lock } from '../domain/lock.ts'
import type { PersonalRequest } from '../domain/rollback-request.ts'
import { type ServedBy, wayBack } from '../domain/stage-history.ts'
import { applications } from './applications.ts'
import { findService, openDeployments } from './aws/ecs.ts'
import { readBefore, readRelease } from './aws/ledger.ts'
import { quarantined, type RollbackEntry, readHistory } from './aws/stage-ledger.ts'

export type Choice =
  | { kind: 'refused'; because: string }
  | { kind: 'back'; of: StageOf & { tag: string }; chosen?: NonNullable<RollbackEntry['chosen']> }

/**
 * What a person's rollback takes back, and to what. A stage that a release left behind without an end goes back to what that
 * release had recorded; else the stage's own history decides. Reads only. `name`: of the rollback's execution.
 */
export async function choose(request: PersonalRequest, { held }: Lock, name: string): Promise<Choice> {
  const { app, stage: stageName, to } = request
  const application = applications().find(one => one.app === app)
  if (!application) return refused(`application ${app} is not installed; write one of ${names(applications(), 'app')}`)
  const stage = application.stages.find(one => one.name === stageName)
  if (!stage) return refused(`${app} has no stage ${stageName}; write one of ${names(application.stages, 'name')}`)
  const of = held && { app, stage: stageName, release: held.release, attempt: held.attempt }
  if (of && to === undefined && (await readBefore(of)))
    return { kind: 'back', of: { ...of, tag: (await readRelease(of))?.tag ?? of.release } }

  const refusedSets = new Set((await quarantined(app, stageName)).map(({ release }) => release as string))
  const way = wayBack(await readHistory(app, stageName), { to, isQuarantined: release => refusedSets.has(release) })
  if (way.kind === 'refused') return way
  const has = await definitionsOf(stage, way.target)
  if (has.kind === 'refused') return has
  const { release, attempt, tag } = way.of
  const restores = way.restores && {
    release: way.restores.release,
    attempt: way.restores.attempt,
    tag: way.restores.tag,
    before: 'after' in way.of ? way.of.after : way.of.before,
  }
  return {
    kind: 'back',
    of: { app, stage: stageName, release, attempt, tag },
    chosen: { target: way.target, to: way.to, from: has.from, asked: name, ...(restores && { restores }) },
  }
}

/** What each service has now. Where somebody is deploying, nobody but them knows what that will be. */
async function definitionsOf(stage: Stage, target: ServedBy) {
  const from: Record<string, string> = {}
  for (const { service } of stage.services) {
    if (!target[service]) continue
    const [open] = await openDeployments(stage.cluster, service)
    if (open)
      return refused(`${service} has a deployment that is running: ${open.arn}; let it end or stop it, then ask again`)
    const found = await findService(stage.cluster, service)
    if (!found) return refused(`cluster ${stage.cluster} has no active service ${service}`)
    from[service] = found.taskDefinition ?? ''
  }
  return { kind: 'found', from } as const
}

function refused(because: string) {
  return { kind: 'refused', because } as const
}

function names<K extends string>(all: Record<K, string>[], key: K): string {
  return all.map(one => one[key]).join(', ')
}
