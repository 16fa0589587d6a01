import type { Service } from '../../domain/application.ts'
import type { StageOf } from '../../domain/identity.ts'
import { whySilent } from '../../domain/users-place.ts'
import type { WatchFacts } from '../../domain/watch.ts'
import { readRevisions, readService } from '../aws/ecs.ts'
import { targetHealth } from '../aws/load-balancing.ts'
import { recordWatched } from '../aws/watched.ts'
import { standingGreen } from '../blue-green/standing.ts'
import { type NewVersion, servedBefore } from '../deploying/new-version.ts'
import { type Failed, failed } from '../failure.ts'
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
  const { stage, before } = version
  const sides: Record<string, Sides> = {}
  const unseen: string[] = []
  for (const service of version.greens.flat()) {
    const green = await lookAtGreen(of, version, service, time.now)
    if (green.kind === 'failed') return green
    if (green.kind === 'unseen') unseen.push(green.because)
    else sides[service.service] = green
  }
  for (const { service } of version.rolling.flat()) {
    const { loadBalancers = [] } = await readService(stage.cluster, service)
    const groups = loadBalancers.flatMap(({ targetGroupArn }) => targetGroupArn ?? [])
    sides[service] = { green: groups, blue: groups }
  }
  const { errorRate } = stage.watch ?? {}
  const counted = await countAnswers(sides, { ...time, untouched: before.at, atLeast: errorRate?.atLeast ?? 0 })
  const alarms = await lookAtAlarms(stage)
  const services = counted.answers.map(({ service, requests, errors, before: { lost: _, ...blue } }) => [
    service,
    { green: { requests, errors }, blue },
  ])
  const states = Object.fromEntries(alarms.map(({ name, state }) => [name, state]))
  await recordWatched(of, {
    ...{ at: time.now, from: time.from, services: Object.fromEntries(services), alarms: states },
  })
  if (errorRate) unseen.push(...counted.unseen)
  return { kind: 'looked', facts: { alarms, lifted: await liftedAlarms(of), answers: counted.answers, unseen } }
}

type Green = ({ kind: 'seen' } & Sides) | { kind: 'unseen'; because: string } | Failed

/** A green that was let go on by somebody else has its users all the same; one that ECS takes back has not. */
async function lookAtGreen(of: StageOf, version: NewVersion, service: Service, now: number): Promise<Green> {
  const standing = await standingGreen(of, version, service, { pause: 'POST_PRODUCTION_TRAFFIC_SHIFT', now })
  if (standing.kind === 'failed') return standing
  const { deployment } = standing
  if (!deployment) return { kind: 'unseen', because: `ECS does not show the deployment of ${service.service}` }
  const green = deployment.revision
  const blue = servedBefore(version.before, service.service).revisionArn
  const revisions = await readRevisions([green, blue])
  const groupsOf = (arn: string) => revisions.find(revision => revision.arn === arn)?.targetGroups ?? []
  if (version.stage.watch?.errorRate && groupsOf(green).length === 0)
    return {
      kind: 'unseen',
      because: `ECS does not say in which target group the new version of ${service.service} is`,
    }
  const down = await whyDown(groupsOf(green))
  if (down) return failed('WatchFailed', `${called(version.stage, service)}: ${down}`)
  return { kind: 'seen', green: groupsOf(green), blue: groupsOf(blue) }
}

/** Where nobody is there to answer, nothing is counted. */
async function whyDown(groups: string[]): Promise<string | undefined> {
  for (const group of groups) {
    const silent = whySilent(group, 'where its users are', await targetHealth(group))
    if (silent) return silent
  }
  return undefined
}
