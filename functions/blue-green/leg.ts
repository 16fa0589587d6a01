import type { Service } from '../../domain/application.ts'
import { type Goal, judgeGreen, type Pause } from '../../domain/blue-green.ts'
import { inWords } from '../../domain/field.ts'
import type { HeldStage } from '../../domain/identity.ts'
import { continueDeployment } from '../aws/deployments.ts'
import { readAnswers, recordAnswer } from '../aws/driven.ts'
import { assertLease } from '../aws/lock.ts'
import { type Failed, failed } from '../failure.ts'
import { type NewVersion, ourDeployment } from '../new-version.ts'
import { called } from '../stage-plan.ts'

/** From one pause of a green to the next, or to its end. */
export interface Leg {
  from: Pause
  to: Goal
  /** The round of which step goes it: only a repetition of that round answers again what it has answered. */
  by: string
  /** What a green that is late has not done. */
  late: string
}

export type Stand =
  | { kind: 'there' }
  /** It waits for our answer. */
  | { kind: 'paused'; deployment: string; hookIds: string[] }
  | { kind: 'under-way' }
  /** ECS takes it back or has done so, it is late, or somebody else has deployed over it. */
  | Failed

/** How far a green is; whoever answered a pause, it is where it is. */
export async function lookAt(
  of: HeldStage,
  version: NewVersion,
  service: Service,
  { from, to, by, late }: Leg,
  time: { now: number; since: number; within: number },
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
  { deployment, hookIds }: Extract<Stand, { kind: 'paused' }>,
): Promise<void> {
  for (const hookId of hookIds) {
    await assertLease(of)
    await recordAnswer(of, service, hookId, by)
    await continueDeployment(deployment, hookId)
  }
}
