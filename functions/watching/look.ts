import type { Service } from '../../domain/application.ts'
import { judgeGreen } from '../../domain/blue-green.ts'
import type { StageOf } from '../../domain/identity.ts'
import type { WatchFacts } from '../../domain/watch.ts'
import { readRevisions, readService } from '../aws/ecs.ts'
import { recordWatched } from '../aws/watched.ts'
import { type Failed, failed } from '../failure.ts'
import { type NewVersion, ourDeployment, servedBefore } from '../new-version.ts'
import { called } from '../stage-plan.ts'
import { liftedAlarms, lookAtAlarms } from './alarms.ts'
import { countAnswers, type Sides } from './answers.ts'

export interface Looked {
  kind: 'looked'
  facts: WatchFacts
}

/**
 * Looks at all that speaks for or against a new version since `from`, and writes down what it saw. Failed: ECS takes a green
 * back, or somebody else's deployment has taken over.
 */
export async function look(
  of: StageOf,
  version: NewVersion,
  time: { from: number; now: number },
): Promise<Looked | Failed> {
  const sides: Record<string, Sides> = {}
  for (const service of version.greens.flat()) {
    const green = await lookAtGreen(of, version, service, time.now)
    if ('kind' in green) return green
    sides[service.service] = green
  }
  for (const { service } of version.rolling.flat()) {
    const { loadBalancers = [] } = await readService(version.stage.cluster, service)
    sides[service] = { green: loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? []), blue: [] }
  }
  const services = await countAnswers(sides, time)
  const alarms = await lookAtAlarms(version.stage)
  const states = Object.fromEntries(alarms.map(({ name, state }) => [name, state]))
  await recordWatched(of, { at: time.now, from: time.from, services, alarms: states })
  const answers = Object.entries(services).map(([service, { green }]) => ({ service, ...green }))
  return { kind: 'looked', facts: { alarms, lifted: await liftedAlarms(of), answers } }
}

/** A green that was let go on by somebody else has its users all the same; one that ECS takes back has not. */
async function lookAtGreen(of: StageOf, version: NewVersion, service: Service, now: number): Promise<Sides | Failed> {
  const ours = await ourDeployment(of, version, service)
  if (ours.kind === 'failed') return ours
  const { deployment } = ours
  const time = { now, since: now, within: version.stage.deploy.within }
  const decision = judgeGreen(deployment, 'POST_PRODUCTION_TRAFFIC_SHIFT', [], time)
  if (decision.kind === 'going-back' || decision.kind === 'failed')
    return failed('DeploymentFailed', `${called(version.stage, service)}: the new version ${decision.because}`)
  const [green, blue] = [deployment?.revision ?? '', servedBefore(version.before, service.service).revisionArn]
  const revisions = await readRevisions([green, blue].filter(Boolean))
  const groupsOf = (arn: string) => revisions.find(revision => revision.arn === arn)?.targetGroups ?? []
  return { green: groupsOf(green), blue: groupsOf(blue) }
}
