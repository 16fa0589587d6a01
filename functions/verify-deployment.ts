import * as z from 'zod'
import type { Service } from '../domain/application.ts'
import { graceOf } from '../domain/deployment.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { compareServing, type ExpectedService } from '../domain/serving.ts'
import { readServing } from './aws/ecs.ts'
import { type BeforeEntry, readBefore, readRestored, readRevision } from './aws/ledger.ts'
import { assertLease, readLock } from './aws/lock.ts'
import { isAlreadyThere, servedBefore } from './deploy-new-version.ts'
import { failed } from './failure.ts'
import { answersTasks, LONGEST_FUNCTION_MS, type Needs, readsServices, readsTasks, writesTable } from './permissions.ts'
import { called, plannedDigests, readStagePlan, type StagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    writesTable(site),
    readsServices(site),
    ...readsTasks(site),
    answersTasks([site.releaseMachine, site.rollbackMachine]),
  ],
}

/** `plan`: what this release deploys. `before`: what the stage served before it. */
const input = heldStage.extend({ target: z.enum(['plan', 'before']) })
type Input = z.infer<typeof input>

/** After it: every running task and the serving revision of each service were seen to have the expected digests, and none other runs. */
export const handler = waitingStep({
  name: 'VerifyDeployment',
  input,
  begin: async of => Object.values((await readBefore(of))?.services ?? {}).map(({ serviceArn }) => serviceArn),
  check: async (of, { now, entered }) => {
    await assertLease(of)
    if (of.target === 'before' && now < (await quietAt(of)))
      return waiting('whatever ran under the old lease to be over')
    const before = await readBefore(of)
    if (!before && of.target === 'plan') throw new Error(`the ledger does not say what ${of.stage} served before`)
    const expected = before ? await expectedOf(of, before) : []
    const { stage } = await readStagePlan(of)
    let tasks = 0
    for (const { service, expect } of expected) {
      const serving = await readServing(stage.cluster, service.service)
      const revision = of.target === 'before' ? await readRevision(of, service.service) : undefined
      if (revision && serving.revision.taskDefinition === revision)
        return failed('ChangedAgain', `${called(stage, service)} has the new version again, from a late call`)
      const verdict = compareServing(expect, serving)
      if (verdict.kind === 'wrong') return failed('VerificationFailed', `${called(stage, service)}: ${verdict.because}`)
      if (verdict.kind === 'not-yet') {
        if (now - entered >= graceOf(stage.deploy.within))
          return failed('VerificationFailed', `${called(stage, service)}: ${verdict.because}`)
        return waiting(`${service.service}: ${verdict.because}`)
      }
      tasks += verdict.tasks
    }
    return done({ tasks })
  },
})

type Expectation = { service: Service; expect: ExpectedService }

async function expectedOf(of: Input, before: BeforeEntry): Promise<Expectation[]> {
  const stagePlan = await readStagePlan(of)
  return Promise.all(
    stagePlan.stage.services.map(async service => ({
      service,
      expect:
        of.target === 'plan' ? await planned(of, stagePlan, service, before) : await previous(of, service, before),
    })),
  )
}

async function planned(
  of: HeldStage,
  { plan }: StagePlan,
  service: Service,
  before: BeforeEntry,
): Promise<ExpectedService> {
  const revision = isAlreadyThere(plan, service, before)
    ? servedBefore(before, service.service).taskDefinition
    : await readRevision(of, service.service)
  return { taskDefinition: revision ?? '', digests: plannedDigests(plan, service) }
}

async function previous(of: HeldStage, { service }: Service, before: BeforeEntry): Promise<ExpectedService> {
  const { taskDefinition, proof } = servedBefore(before, service)
  return { taskDefinition: (await readRestored(of, service)) ?? taskDefinition, digests: proof }
}

/** Once the longest time limit has passed since the fence rose, nothing of the old lease can change the stage any more. */
async function quietAt({ app, stage }: HeldStage): Promise<number> {
  const { takenOverAt } = await readLock(app, stage)
  return (takenOverAt ?? 0) + LONGEST_FUNCTION_MS
}
