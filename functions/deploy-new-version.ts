import type { Service } from '../domain/application.ts'
import { type HeldStage, heldStage } from '../domain/identity.ts'
import { deploy, type TargetedDeployment } from './aws/deployments.ts'
import { assertLease } from './aws/lock.ts'
import { deployPaused } from './blue-green/configuration.ts'
import { asFound } from './deploying/as-found.ts'
import { follow } from './deploying/follow.ts'
import { markService } from './deploying/mark.ts'
import { arnsOf, type NewVersion, ourDeployment, readNewVersion, servedBefore } from './deploying/new-version.ts'
import { deploysServices, marksServices, registersTaskDefinitions, stopsDeployments } from './deploying/permissions.ts'
import { type Failed, failed } from './failure.ts'
import { answersTasks, INSTALLED, type Needs, readsDeployments, readsTasks, usesTable } from './permissions.ts'
import { revisionFor } from './revision.ts'
import { called, imagesFor } from './stage-plan.ts'
import { done } from './step.ts'
import { waiting, waitingStep } from './waiting-step.ts'

export const needs: Needs = {
  timeoutSeconds: 45,
  permissions: site => [
    usesTable(site, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...readsDeployments(site),
    ...readsTasks(site),
    ...registersTaskDefinitions(site),
    ...deploysServices(site),
    marksServices(site),
    stopsDeployments(site),
    answersTasks([site.releaseMachine]),
  ],
  environment: INSTALLED,
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
    return arnsOf(version, [...version.greens, ...version.rolling])
  },
  check: async (of, moment) => {
    await assertLease(of)
    const version = await readNewVersion(of)
    // What ECS does not show yet began after all that it shows.
    let { entered } = moment
    for (const turn of [version.greens.flat(), ...version.rolling]) {
      const begun = await beginAll(of, version, turn)
      if (begun.kind === 'failed') return begun
      const open: string[] = []
      for (const { service, deployment, isNew } of begun.services) {
        const followed = isNew ? OPEN : await follow(of, version, service, deployment, { ...moment, entered })
        if (followed.kind === 'failed') return lost(version, service, followed)
        if (followed.kind === 'open') open.push(service.service)
      }
      if (open.length > 0) return waiting(`the new version of ${open.join(', ')}`)
      entered = Math.max(entered, ...begun.services.map(({ deployment }) => deployment?.createdAt ?? 0))
    }
    return done({ services: version.stage.services.length })
  },
})

/** It is followed from the next look on. */
const OPEN = { kind: 'open' } as const

interface Begun {
  service: Service
  /** Undefined: ECS does not show it yet. */
  deployment: TargetedDeployment | undefined
  /** This look began it. */
  isNew: boolean
}

/** After it each of them is begun, or none is: where somebody else has changed one that is not, no other is begun. */
async function beginAll(
  of: HeldStage,
  version: NewVersion,
  services: Service[],
): Promise<{ kind: 'begun'; services: Begun[] } | Failed> {
  const begun: Begun[] = []
  for (const service of services) {
    const ours = await ourDeployment(of, version, service)
    if (ours.kind === 'failed') return ours
    const found = ours.isBegun ? undefined : await asFound(of, version, service, ours.revision)
    if (found?.kind === 'failed') return found
    begun.push({ service, deployment: ours.deployment, isNew: found?.kind === 'free' })
  }
  const isToBegin = begun.filter(({ isNew }) => isNew)
  for (const { service } of isToBegin) {
    const marked = await markService(version.stage, service.service)
    if (marked.kind === 'failed') return marked
  }
  for (const each of isToBegin) {
    await start(of, version, each.service)
    const ours = await ourDeployment(of, version, each.service)
    if (ours.kind === 'failed') return ours
    each.deployment = ours.deployment
  }
  return { kind: 'begun', services: begun }
}

async function start(of: HeldStage, { plan, stage, before }: NewVersion, service: Service): Promise<void> {
  const { service: name, strategy } = service
  const taskDefinition = await revisionFor(
    of,
    { key: name, service: name },
    servedBefore(before, name).base,
    imagesFor(plan, service),
  )
  if (strategy === 'blue-green') return deployPaused(of, stage, name, taskDefinition)
  await assertLease(of)
  await deploy(stage.cluster, name, taskDefinition)
}

function lost({ stage }: NewVersion, service: Service, { because }: { because: string }): Failed {
  return failed('DeploymentFailed', `${called(stage, service)}: the new version ${because}`)
}
