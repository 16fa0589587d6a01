import type { Service, Stage } from '../domain/application.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import type { Plan } from '../domain/plan.ts'
import type { Served } from '../domain/stage-history.ts'
import { deploy, deploymentsSince, type TargetedDeployment } from './aws/deployments.ts'
import { type BeforeEntry, readBefore, readRevision } from './aws/ledger.ts'
import { assertLease } from './aws/lock.ts'
import { failed } from './failure.ts'
import { answersTasks, type Needs, writesTable } from './permissions.ts'
import { revisionFor } from './revision.ts'
import { deploysAndFollows, followRolling } from './rolling-deployment.ts'
import { called, imagesFor, plannedDigests, readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [writesTable(site), ...deploysAndFollows(site), answersTasks([site.releaseMachine])],
}

/** ECS's clock and ours may differ; a deployment of a revision that only we know can be looked for a little earlier. */
export const CLOCK_SKEW_MS = 5 * 60_000

/** After it: every service's deployment of its new revision has ended, and ECS calls each of them successful. */
export const handler = waitingStep({
  name: 'DeployNewVersion',
  input: heldStage,
  begin: async input => {
    const { plan, stage } = await readStagePlan(input)
    const before = await recordOf(input)
    for (const service of stage.services) await begin(input, plan, stage, service, before)
    return stage.services.map(({ service }) => servedBefore(before, service).serviceArn)
  },
  check: async (input, moment) => {
    await assertLease(input)
    const { plan, stage } = await readStagePlan(input)
    const before = await recordOf(input)
    const open: string[] = []
    for (const service of stage.services) {
      if (isAlreadyThere(plan, service, before)) continue
      const { ours, foreign } = await deploymentsOf(input, stage, service, before)
      if (foreign)
        return failed(
          'ForeignDeployment',
          `${called(stage, service)}: deployment ${foreign.arn}, which is not ours, took over from it; look who started it`,
        )
      const followed = await followRolling(input, stage, service.service, ours, moment)
      if (followed.kind === 'failed')
        return failed('DeploymentFailed', `${called(stage, service)}: the new version ${followed.because}`)
      if (followed.kind === 'open') open.push(service.service)
    }
    return open.length ? waiting(`the deployment of ${open.join(', ')}`) : done({ services: stage.services.length })
  },
})

async function begin(input: HeldStage, plan: Plan, stage: Stage, service: Service, before: BeforeEntry): Promise<void> {
  if (isAlreadyThere(plan, service, before)) return
  const { service: name } = service
  const { base } = servedBefore(before, name)
  const taskDefinition = await revisionFor(input, { key: name, service: name }, base, imagesFor(plan, service))
  const earlier = await deploymentsSince(stage.cluster, service.service, before.at - CLOCK_SKEW_MS)
  if (earlier.some(deployment => deployment.taskDefinition === taskDefinition)) return
  await assertLease(input)
  await deploy(stage.cluster, service.service, taskDefinition)
}

/** Ours is found by its revision, in whatever status; one that began after it and is not ours has taken over. */
async function deploymentsOf(input: HeldStage, stage: Stage, service: Service, before: BeforeEntry) {
  const revision = await readRevision(input, service.service)
  const found = await deploymentsSince(stage.cluster, service.service, before.at - CLOCK_SKEW_MS)
  const at = found.findIndex(deployment => deployment.taskDefinition === revision)
  const ours: TargetedDeployment | undefined = found[at]
  return { ours, foreign: ours?.status === 'STOPPED' ? found[at - 1] : undefined }
}

/** The service serves these digests from the very definition that a new revision would be copied from. */
export function isAlreadyThere(plan: Plan, service: Service, before: BeforeEntry): boolean {
  const { digests, base, taskDefinition } = servedBefore(before, service.service)
  return (
    base === taskDefinition &&
    Object.entries(plannedDigests(plan, service)).every(([container, allowed]) =>
      allowed.includes(digests[container] ?? ''),
    )
  )
}

export function servedBefore(before: BeforeEntry, service: string): Served {
  const served = before.services[service]
  if (!served) throw new Error(`the ledger does not say what ${service} served before`)
  return served
}

async function recordOf(input: HeldStage): Promise<BeforeEntry> {
  const before = await readBefore(input)
  if (!before) throw new Error(`the ledger does not say what ${input.stage} served before release ${input.release}`)
  return before
}
