import type { Service } from '../domain/application.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { deploy } from './aws/deployments.ts'
import { assertLease } from './aws/lock.ts'
import { deployPaused } from './blue-green/configuration.ts'
import { followGreen } from './blue-green/follow.ts'
import { type Failed, failed } from './failure.ts'
import { arnsOf, type NewVersion, ourDeployment, readNewVersion, servedBefore } from './new-version.ts'
import { answersTasks, type Needs, writesTable } from './permissions.ts'
import { revisionFor } from './revision.ts'
import { deploysAndFollows, type Followed, followRolling } from './rolling-deployment.ts'
import { called, imagesFor } from './stage-plan.ts'
import { done } from './step.ts'
import { type Moment, type Waiting, waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [writesTable(site), ...deploysAndFollows(site), answersTasks([site.releaseMachine])],
}

/**
 * After it: every green waits to be tested, before any user sees it, and every rolling service's deployment has ended, which
 * ECS calls successful. Greens go first, all at once; only when all of them wait do users see anything new.
 */
export const handler = waitingStep({
  name: 'DeployNewVersion',
  input: heldStage,
  begin: async of => {
    const version = await readNewVersion(of)
    for (const service of version.greens.flat()) {
      const ours = await ourDeployment(of, version, service)
      if (ours.kind === 'ours' && !ours.deployment) await startGreen(of, version, service)
    }
    return arnsOf(version, [...version.greens, ...version.rolling])
  },
  check: async (of, moment) => {
    await assertLease(of)
    const version = await readNewVersion(of)
    const greens = await raise(of, version, moment)
    if (greens) return greens
    const rolling = await roll(of, version, moment)
    return rolling ?? done({ services: version.stage.services.length })
  },
})

/** Undefined once every green waits to be tested. */
async function raise(of: HeldStage, version: NewVersion, moment: Moment): Promise<Failed | Waiting | undefined> {
  const open: string[] = []
  for (const service of version.greens.flat()) {
    const ours = await ourDeployment(of, version, service)
    if (ours.kind === 'failed') return ours
    const followed = await followGreen(of, version, service, ours.deployment, moment)
    if (followed.kind === 'failed') return lost(version, service, followed)
    if (followed.kind === 'open') open.push(service.service)
  }
  return open.length > 0 ? waiting(`the green of ${open.join(', ')}`) : undefined
}

/** Undefined once every rolling service is up: those of one group at once, the next group when all of it is. */
async function roll(of: HeldStage, version: NewVersion, moment: Moment): Promise<Failed | Waiting | undefined> {
  // What ECS does not show yet began after all that it shows.
  let entered = moment.entered
  for (const group of version.rolling) {
    const open: string[] = []
    for (const service of group) {
      const ours = await ourDeployment(of, version, service)
      if (ours.kind === 'failed') return ours
      const { revision, deployment } = ours
      if (!deployment) await startRolling(of, version, service)
      const isNew = revision === undefined
      const followed: Followed = isNew
        ? { kind: 'open' }
        : await followRolling(of, version.stage, service.service, deployment, { ...moment, entered })
      if (followed.kind === 'failed') return lost(version, service, followed)
      if (followed.kind === 'open') open.push(service.service)
      entered = Math.max(entered, deployment?.createdAt ?? 0)
    }
    if (open.length > 0) return waiting(`the deployment of ${open.join(', ')}`)
  }
  return undefined
}

async function startGreen(of: HeldStage, version: NewVersion, service: Service): Promise<void> {
  await deployPaused(of, version.stage, service.service, await revisionOf(of, version, service))
}

async function startRolling(of: HeldStage, version: NewVersion, service: Service): Promise<void> {
  const taskDefinition = await revisionOf(of, version, service)
  await assertLease(of)
  await deploy(version.stage.cluster, service.service, taskDefinition)
}

function revisionOf(of: HeldStage, { plan, before }: NewVersion, service: Service): Promise<string> {
  const { service: name } = service
  return revisionFor(of, { key: name, service: name }, servedBefore(before, name).base, imagesFor(plan, service))
}

function lost({ stage }: NewVersion, service: Service, { because }: { because: string }): Failed {
  return failed('DeploymentFailed', `${called(stage, service)}: the new version ${because}`)
}
