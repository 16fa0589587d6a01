import * as z from 'zod'
import type { Service, Stage } from '../domain/application.ts'
import { graceOf, LONGEST_DEREGISTRATION_MS } from '../domain/deployment.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import type { Plan } from '../domain/plan.ts'
import { judgeOpen } from '../domain/service-way-back.ts'
import { compareServing, compareTraffic, type ExpectedService } from '../domain/serving.ts'
import { openDeployments } from './aws/deployments.ts'
import { readService, readServing } from './aws/ecs.ts'
import { type BeforeEntry, readBefore, readRevision } from './aws/ledger.ts'
import { assertLease } from './aws/lock.ts'
import { readRuleTraffic } from './blue-green/traffic.ts'
import { isAlreadyThere, servedBefore } from './deploying/new-version.ts'
import { failed } from './failure.ts'
import { answersTasks, type Needs, readsDeployments, readsRules, readsTasks, usesTable } from './permissions.ts'
import { quietAt } from './rollback/quiet.ts'
import { readWayBack, standingFor, takenBack, whoseIs } from './rollback/way-back.ts'
import { called, plannedDigests, readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'PutItem', 'DeleteItem'),
    ...readsDeployments(site),
    ...readsTasks(site),
    readsRules,
    answersTasks([site.releaseMachine, site.rollbackMachine]),
  ],
  unused: {
    'ecs:DescribeServiceDeployments':
      'a deployment that is open while the new version is verified is somebody else’s: no rehearsal has one there',
    'elasticloadbalancing:DescribeListeners':
      'a network load balancer has listeners and no rules: the rehearsed ones are application load balancers',
    'states:SendTaskFailure': 'other tasks than those planned would have to run: no rehearsal lets ECS do so',
  },
}

/** `plan`: what this release deploys. `before`: what the stage served before it. */
const input = heldStage.extend({ target: z.enum(['plan', 'before']) })

/**
 * After it: every running task and the serving revision of each service were seen to have the expected digests, none other
 * runs, and no user is sent anywhere else. On the way back no deployment is open, either.
 */
export const handler = waitingStep({
  name: 'VerifyDeployment',
  input,
  begin: async of => {
    const services = of.target === 'plan' ? (await readBefore(of))?.services : undefined
    if (services) return Object.values(services).map(({ serviceArn }) => serviceArn)
    return Object.values((await readWayBack(of))?.services ?? {}).map(({ served }) => served.serviceArn)
  },
  check: async (of, { now, entered }) => {
    await assertLease(of)
    if (of.target === 'before' && now < (await quietAt(of)))
      return waiting('whatever ran under the old lease to be over')
    const { stage } = await readStagePlan(of)
    const expected = of.target === 'plan' ? await planned(of) : await previous(of)
    let tasks = 0
    for (const { service, expect, late } of expected) {
      const serving = await readServing(stage.cluster, service.service)
      if (late !== undefined && serving.revision.taskDefinition === late) return changedAgain(stage, service)
      const open = await openDeployments(stage.cluster, service.service)
      const theirs = of.target === 'before' && judgeOpen(open, { target: expect.taskDefinition, late })
      if (theirs && theirs.kind === 'again') return changedAgain(stage, service)
      if (theirs && theirs.kind === 'foreign')
        return failed('ForeignDeployment', `${called(stage, service)}: ${theirs.because}; it is left alone`)
      const ran = compareServing(expect, serving)
      const astray = ran.kind === 'proven' && compareTraffic(await readRuleTraffic(stage.cluster, service.service))
      const verdict = astray || ran
      if (verdict.kind === 'wrong') return failed('VerificationFailed', `${called(stage, service)}: ${verdict.because}`)
      if (verdict.kind === 'not-yet') {
        if (now - entered >= graceOf(stage.deploy.within))
          return failed('VerificationFailed', `${called(stage, service)}: ${verdict.because}`)
        return waiting(`${service.service}: ${verdict.because}`)
      }
      // Somebody deploys the same once more: users have what they should, and the stage is better closed when that is over.
      const [again] = open
      if (again && now - entered < graceOf(stage.deploy.within) + LONGEST_DEREGISTRATION_MS)
        return waiting(`${service.service}: deployment ${again.arn} to end, which deploys the same once more`)
      if (again && of.target === 'before')
        return failed('VerificationFailed', `${called(stage, service)}: deployment ${again.arn} has not ended`)
      tasks += verdict.tasks
    }
    return done({ tasks })
  },
})

const changedAgain = (stage: Stage, service: Service) =>
  failed('ChangedAgain', `${called(stage, service)} has the new version again, from a late call`)

/** `late`: what a call of the old lease may have brought back. */
type Expectation = { service: Service; expect: ExpectedService; late?: string }

async function planned(of: HeldStage): Promise<Expectation[]> {
  const { plan, stage } = await readStagePlan(of)
  const before = await readBefore(of)
  if (!before) throw new Error(`the ledger does not say what ${of.stage} served before`)
  return Promise.all(
    stage.services.map(async service => {
      const taskDefinition = await planOf(of, plan, service, before)
      return { service, expect: { taskDefinition, digests: plannedDigests(plan, service) } }
    }),
  )
}

async function planOf(of: HeldStage, plan: Plan, service: Service, before: BeforeEntry): Promise<string> {
  if (isAlreadyThere(plan, service, before)) return servedBefore(before, service.service).taskDefinition
  return (await readRevision(of, service.service)) ?? ''
}

/**
 * Nothing is expected of a stage that the release had not looked at, nor of a service that was not there then, or that somebody
 * else has changed before the release did.
 */
async function previous(of: HeldStage): Promise<Expectation[]> {
  const { stage } = await readStagePlan(of)
  const back = await readWayBack(of)
  const expected: Expectation[] = []
  for (const service of stage.services) {
    const target = back?.services[service.service]
    if (!target) continue
    const { taskDefinition: has = '' } = await readService(stage.cluster, service.service)
    if ((await whoseIs(of, service.service, target, has)).kind === 'untouched') continue
    const taskDefinition = await standingFor(of, service.service, target, has)
    const late = await takenBack(of, service.service, target)
    const expect = { taskDefinition, digests: target.served.proof }
    expected.push({ service, expect, ...(late !== undefined && { late }) })
  }
  return expected
}
