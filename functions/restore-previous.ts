import type { Service, Stage } from '../domain/application.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { pinnedTo } from '../domain/task-definition.ts'
import { deploy } from './aws/deployments.ts'
import { readService } from './aws/ecs.ts'
import { assertLease } from './aws/lock.ts'
import { readCopy, readRestored, recordCopy, recordRestored } from './aws/stage-ledger.ts'
import { deregisterTaskDefinition, readTaskDefinition } from './aws/task-definitions.ts'
import { COPY_TAG } from './base-definition.ts'
import { failed } from './failure.ts'
import { answersTasks, type Needs, TELLING, tells, writesTable } from './permissions.ts'
import { registerRevision } from './revision.ts'
import { tellRollingBack } from './rollback/telling.ts'
import { deploymentsOn, readWayBack, type Target, type WayBackOf, whoseIs } from './rollback/way-back.ts'
import { deploysAndFollows, followRolling } from './rolling-deployment.ts'
import { called, readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    writesTable(site),
    ...deploysAndFollows(site),
    answersTasks([site.rollbackMachine]),
    tells(site),
  ],
  environment: TELLING,
}

/**
 * After it: every service that still had what is taken back was deployed back to its target, last one first. One that ECS took
 * back by itself is left; one that has neither belongs to somebody else and is left, too.
 */
export const handler = waitingStep({
  name: 'RestorePrevious',
  input: heldStage,
  begin: async input => {
    const back = await readWayBack(input)
    if (!back) return []
    const { stage } = await readStagePlan(input)
    for (const service of stage.services.toReversed()) await begin(input, stage, service, back)
    return Object.values(back.services).map(({ served }) => served.serviceArn)
  },
  check: async (input, moment) => {
    await assertLease(input)
    const back = await readWayBack(input)
    if (!back) return done({ restored: 0 })
    const { stage } = await readStagePlan(input)
    const open: string[] = []
    const foreign: string[] = []
    let restored = 0
    for (const service of stage.services) {
      const target = back.services[service.service]
      if (!target) continue
      const { taskDefinition = '' } = await readService(stage.cluster, service.service)
      const whose = await whoseIs(input, service.service, target, taskDefinition)
      if (whose.kind === 'foreign') foreign.push(`${called(stage, service)} has ${taskDefinition}`)
      const deployed = await readRestored(input, service.service)
      if (!deployed || whose.kind === 'foreign') continue
      restored++
      const found = await deploymentsOn(back, stage.cluster, service.service)
      const latest = found.find(deployment => deployment.taskDefinition === deployed)
      const followed = await followRolling(input, stage, service.service, latest, moment)
      if (followed.kind === 'failed')
        return failed('RollbackFailed', `${called(stage, service)}: the previous version ${followed.because}`)
      if (followed.kind === 'open') open.push(service.service)
    }
    if (open.length > 0) return waiting(`the previous version of ${open.join(', ')}`)
    if (foreign.length > 0)
      return failed('ForeignDeployment', `${foreign.join(', ')}, which somebody else deployed; it is left alone`)
    return done({ restored })
  },
})

async function begin(input: HeldStage, stage: Stage, service: Service, back: WayBackOf): Promise<void> {
  const target = back.services[service.service]
  if (!target) return
  const { taskDefinition = '' } = await readService(stage.cluster, service.service)
  const whose = await whoseIs(input, service.service, target, taskDefinition)
  if (whose.kind !== 'ours') return
  await tellRollingBack(input)
  const definition =
    (await readRestored(input, service.service)) ??
    (await recordRestored(input, service.service, await restorable(input, service, target)))
  const [latest] = (await deploymentsOn(back, stage.cluster, service.service)).filter(
    deployment => deployment.taskDefinition === definition || deployment.taskDefinition === whose.revision,
  )
  // What ECS has just taken back is not deployed again; only a revision that came after it is.
  if (latest?.taskDefinition === definition) return
  await assertLease(input)
  await deploy(stage.cluster, service.service, definition)
}

/**
 * The target's task definition; or a copy of it where somebody has deregistered it since, or where it names the image by a
 * tag, which may stand for another digest by now.
 */
async function restorable(input: HeldStage, service: Service, { served }: Target): Promise<string> {
  const copied = await readCopy(input, service.service, served.taskDefinition)
  if (copied && (await readTaskDefinition(copied)).status === 'ACTIVE') return copied
  const original = await readTaskDefinition(served.taskDefinition)
  const image = original.definition.containerDefinitions?.find(({ name }) => name === service.container)?.image ?? ''
  const digest = served.digests[service.container]
  const exact = digest === undefined ? image : pinnedTo(image, digest)
  if (original.status === 'ACTIVE' && exact === image) return served.taskDefinition
  const copy = await registerRevision(input, original, { [service.container]: exact }, service.service, [
    { key: COPY_TAG, value: served.taskDefinition.slice(served.taskDefinition.lastIndexOf('/') + 1) },
  ])
  const standing = await recordCopy(input, service.service, served.taskDefinition, { copy, gone: copied })
  if (standing !== copy) await deregisterTaskDefinition(copy)
  return standing
}
