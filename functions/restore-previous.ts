import type { Service, Stage } from '../domain/application.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { pinnedTo, withImages } from '../domain/task-definition.ts'
import {
  deploy,
  deploymentsSince,
  deregisterTaskDefinition,
  readService,
  readTaskDefinition,
  registerTaskDefinition,
} from './aws/ecs.ts'
import {
  type BeforeEntry,
  readBefore,
  readRestored,
  readRevision,
  recordRestored,
  type ServedBefore,
} from './aws/ledger.ts'
import { assertLease } from './aws/lock.ts'
import { servedBefore } from './deploy-new-version.ts'
import { failed } from './failure.ts'
import { answersTasks, type Needs, writesTable } from './permissions.ts'
import { deploysAndFollows, followRolling } from './rolling-deployment.ts'
import { called, readStagePlan } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [writesTable(site), ...deploysAndFollows(site), answersTasks([site.rollbackMachine])],
}

/**
 * After it: every service that still had this release's revision was deployed back to what it served before, last one first.
 * One that ECS took back by itself is left; one that has neither revision belongs to somebody else and is left, too.
 */
export const handler = waitingStep({
  name: 'RestorePrevious',
  input: heldStage,
  begin: async input => {
    const before = await readBefore(input)
    if (!before) return []
    const { stage } = await readStagePlan(input)
    for (const service of stage.services.toReversed()) await begin(input, stage, service, before)
    return Object.values(before.services).map(({ serviceArn }) => serviceArn)
  },
  check: async (input, moment) => {
    await assertLease(input)
    const before = await readBefore(input)
    if (!before) return done({ restored: 0 })
    const { stage } = await readStagePlan(input)
    const open: string[] = []
    const foreign: string[] = []
    let restored = 0
    for (const service of stage.services) {
      const whose = await whoseIs(input, stage, service, before)
      if (whose.kind === 'foreign') foreign.push(`${called(stage, service)} has ${whose.taskDefinition}`)
      const target = await readRestored(input, service.service)
      if (!target || whose.kind === 'foreign') continue
      restored++
      const found = await deploymentsSince(stage.cluster, service.service, before.at)
      const latest = found.find(({ taskDefinition }) => taskDefinition === target)
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

type Whose = { kind: 'back' } | { kind: 'ours'; revision: string } | { kind: 'foreign'; taskDefinition: string }

/** Whether the service has what it served before, this release's revision, or something that somebody else gave it since. */
async function whoseIs(input: HeldStage, stage: Stage, { service }: Service, before: BeforeEntry): Promise<Whose> {
  const { taskDefinition = '' } = await readService(stage.cluster, service)
  if (taskDefinition === servedBefore(before, service).taskDefinition) return { kind: 'back' }
  if (taskDefinition === (await readRestored(input, service))) return { kind: 'back' }
  const revision = await readRevision(input, service)
  return taskDefinition === revision ? { kind: 'ours', revision } : { kind: 'foreign', taskDefinition }
}

async function begin(input: HeldStage, stage: Stage, service: Service, before: BeforeEntry): Promise<void> {
  const whose = await whoseIs(input, stage, service, before)
  if (whose.kind !== 'ours') return
  const target =
    (await readRestored(input, service.service)) ??
    (await restorable(input, service, servedBefore(before, service.service)))
  const [latest] = (await deploymentsSince(stage.cluster, service.service, before.at)).filter(
    ({ taskDefinition }) => taskDefinition === target || taskDefinition === whose.revision,
  )
  // What ECS has just taken back is not deployed again; only a revision that came after it is.
  if (latest?.taskDefinition === target) return
  await assertLease(input)
  await deploy(stage.cluster, service.service, target)
}

/**
 * The recorded task definition; or a copy of it where somebody has deregistered it since, or where it names the image by a
 * tag, which may stand for another digest by now.
 */
async function restorable(input: HeldStage, service: Service, served: ServedBefore): Promise<string> {
  const { definition, status, tags } = await readTaskDefinition(served.taskDefinition)
  const image = definition.containerDefinitions?.find(({ name }) => name === service.container)?.image ?? ''
  const digest = served.digests[service.container]
  const exact = digest === undefined ? image : pinnedTo(image, digest)
  if (status === 'ACTIVE' && exact === image) return recordRestored(input, service.service, served.taskDefinition)
  const pinned = withImages(definition, { [service.container]: exact })
  if (pinned.kind === 'no-container')
    throw new Error(`task definition ${served.taskDefinition} has no container ${pinned.container}`)
  await assertLease(input)
  const copy = await registerTaskDefinition(pinned.definition, tags)
  const standing = await recordRestored(input, service.service, copy)
  if (standing !== copy) await deregisterTaskDefinition(copy)
  return standing
}
