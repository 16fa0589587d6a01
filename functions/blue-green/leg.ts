import type { Service } from '../../domain/application.ts'
import { type Goal, judgeGreen, type Pause } from '../../domain/blue-green.ts'
import { inWords } from '../../domain/field.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { readAnswers, recordAnswer } from '../aws/deployment-ledger.ts'
import { continueDeployment } from '../aws/deployments.ts'
import { assertLease } from '../aws/lock.ts'
import { type NewVersion, ourDeployment } from '../deploying/new-version.ts'
import { type Failed, failed } from '../failure.ts'
import { called } from '../stage-plan.ts'
import { logger } from '../step.ts'

/** From one pause of a green to the next, or to its end. */
export interface Leg {
  from: Pause
  to: Goal
  /** The round of which step goes it: only a repetition of that round answers again what it has answered. */
  by: string
  /** What a green that is late has not done. */
  late: string
}

/** A green that waits for our answer. */
interface Paused {
  kind: 'paused'
  deployment: string
  hookIds: string[]
}

/** Failed: ECS takes it back or has done so, it is late, or somebody else has deployed over it. */
type Stand = { kind: 'there' } | Paused | { kind: 'under-way' } | Failed

export type Looked =
  | { kind: 'there' }
  /** `open`: of the first group that is not all there. `paused`: of those, the ones that wait for our answer. */
  | { kind: 'open'; open: Service[]; paused: { service: Service; stand: Paused }[] }
  | Failed

/**
 * How far the greens are, group by group: whoever answered a pause, it is where it is. Every group is looked at, so that what
 * is lost in one of them is seen though it is not its turn. `within`: how long each group has after the one before it.
 */
export async function lookAtGreens(
  of: HeldStage,
  version: NewVersion,
  groups: Service[][],
  leg: Leg,
  time: Time,
): Promise<Looked> {
  const stands: { service: Service; stand: Exclude<Stand, Failed> }[][] = []
  for (const [turn, group] of groups.entries()) {
    const inGroup: (typeof stands)[number] = []
    for (const service of group) {
      const stand = await lookAt(of, version, service, leg, { ...time, within: (turn + 1) * time.within })
      if (stand.kind === 'failed') return stand
      inGroup.push({ service, stand })
    }
    stands.push(inGroup)
  }
  const current = stands.find(group => group.some(({ stand }) => stand.kind !== 'there'))
  if (!current) return { kind: 'there' }
  return {
    kind: 'open',
    open: current.flatMap(({ service, stand }) => (stand.kind === 'there' ? [] : service)),
    paused: current.flatMap(({ service, stand }) => (stand.kind === 'paused' ? { service, stand } : [])),
  }
}

interface Time {
  now: number
  since: number
  within: number
}

async function lookAt(
  of: HeldStage,
  version: NewVersion,
  service: Service,
  { from, to, by, late }: Leg,
  time: Time,
): Promise<Stand> {
  const ours = await ourDeployment(of, version, service)
  if (ours.kind === 'failed') return ours
  const { deployment } = ours
  const lost = (because: string) =>
    failed('DeploymentFailed', `${called(version.stage, service)}: the new version ${because}`)
  const answers = await readAnswers(of, service.service)
  const idsOf = (those: typeof answers) => those.map(({ hookId }) => hookId)
  const ahead = judgeGreen(deployment, to, idsOf(answers), time)
  switch (ahead.kind) {
    case 'paused':
    case 'beyond':
      return { kind: 'there' }
    case 'going-back':
    case 'failed':
      return lost(ahead.because)
    case 'stop':
      return lost(`${late} within ${inWords(time.within)}`)
    case 'waiting': {
      const here = judgeGreen(deployment, from, idsOf(answers.filter(answer => answer.by !== by)), time)
      return deployment && here.kind === 'paused'
        ? { kind: 'paused', deployment: deployment.arn, hookIds: here.hookIds }
        : { kind: 'under-way' }
    }
  }
}

/** Lets a green go on. The answer is written down before it is given: what is lost between the two is given by a repetition. */
export async function answer(
  of: HeldStage,
  { service }: Service,
  { by }: Leg,
  { deployment, hookIds }: Paused,
): Promise<void> {
  for (const hookId of hookIds) {
    await assertLease(of)
    await recordAnswer(of, service, hookId, by)
    const given = await continueDeployment(deployment, hookId)
    if (given.kind === 'refused') logger.warn(given.because)
  }
}
