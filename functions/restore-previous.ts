import type { Stage } from '../domain/application.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import {
  deploy,
  deploymentsSince,
  deregisterTaskDefinition,
  readService,
  readTaskDefinition,
  registerTaskDefinition,
} from './aws/ecs.ts'
import { type BeforeEntry, readBefore, readRestored, recordRestored, type ServedBefore } from './aws/ledger.ts'
import { assertLease, readLock } from './aws/lock.ts'
import { servedBefore } from './deploy-new-version.ts'
import { failed } from './failure.ts'
import { answersTasks, type Needs, writesTable } from './permissions.ts'
import { deploysAndFollows, followRolling } from './rolling-deployment.ts'
import { readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [writesTable(site), ...deploysAndFollows(site), answersTasks([site.rollbackMachine])],
}

/** After it: every service that did not go back by ECS's own rollback was deployed back to what it served before, last one first. */
export const handler = waitingStep({
  name: 'RestorePrevious',
  input: heldStage,
  begin: async input => {
    const before = await readBefore(input)
    if (!before) return []
    const { stage } = await readStagePlan(input)
    for (const { service } of stage.services.toReversed()) await begin(input, stage, service, before)
    return Object.values(before.services).map(({ serviceArn }) => serviceArn)
  },
  check: async (input, moment) => {
    await assertLease(input)
    const before = await readBefore(input)
    const { stage } = await readStagePlan(input)
    const open: string[] = []
    let restored = 0
    for (const { service } of before ? stage.services : []) {
      const target = await readRestored(input, service)
      if (!target) continue
      restored++
      const [latest] = (await restorations(input, stage, service)).filter(
        ({ taskDefinition }) => taskDefinition === target,
      )
      const followed = await followRolling(input, stage, service, latest, moment)
      if (followed.kind === 'failed')
        return failed('RollbackFailed', `${stage.name} ${service}: the previous version ${followed.because}`)
      if (followed.kind === 'open') open.push(service)
    }
    return open.length ? waiting(`the previous version of ${open.join(', ')}`) : done({ restored })
  },
})

async function begin(input: HeldStage, stage: Stage, service: string, before: BeforeEntry): Promise<void> {
  const served = servedBefore(before, service)
  const now = await readService(stage.cluster, service)
  if (now.taskDefinition === served.taskDefinition && !(await readRestored(input, service))) return
  const target = await restorable(input, service, served)
  const earlier = await restorations(input, stage, service)
  if (earlier.some(({ taskDefinition }) => taskDefinition === target)) return
  await assertLease(input)
  await deploy(stage.cluster, service, target)
}

/** The recorded task definition, or a copy of it where somebody has deregistered it since. */
async function restorable(input: HeldStage, service: string, { taskDefinition }: ServedBefore): Promise<string> {
  const recorded = await readRestored(input, service)
  if (recorded) return recorded
  const served = await readTaskDefinition(taskDefinition)
  if (served.status === 'ACTIVE') return recordRestored(input, service, taskDefinition)
  await assertLease(input)
  const copy = await registerTaskDefinition(served.definition, served.tags)
  const standing = await recordRestored(input, service, copy)
  if (standing !== copy) await deregisterTaskDefinition(copy)
  return standing
}

/** Deployments since this rollback took the stage over. */
async function restorations({ app, stage: name }: HeldStage, stage: Stage, service: string) {
  const { takenOverAt } = await readLock(app, name)
  return deploymentsSince(stage.cluster, service, takenOverAt ?? 0)
}
