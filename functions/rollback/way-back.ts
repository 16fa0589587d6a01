import type { HeldStage } from '../../domain/identity.ts'
import type { Served } from '../../domain/stage-history.ts'
import { deploymentsSince, openDeployments, type TargetedDeployment } from '../aws/deployments.ts'
import { readBefore, readRevision } from '../aws/ledger.ts'
import { readCopy, readRestored, readRollback } from '../aws/stage-ledger.ts'
import { executionNameIn } from '../aws/waits.ts'
import { CLOCK_SKEW_MS } from '../deploying/new-version.ts'

/** What a rollback goes back to: what a person chose, or what the stage served before the release. */
export interface WayBackOf {
  /** No deployment that began earlier (ms) belongs to what is taken back, or to the way back. */
  since: number
  services: Record<string, Target>
}

export interface Target {
  served: Served
  /** What the service had when a person's rollback took the stage: that is taken back, whoever deployed it. */
  from?: string
  /** A deployment (ARN) that is no part of it, nor is any before it. */
  seen?: string
}

/** Undefined: the release had not looked at the stage yet, so nothing was changed. */
export async function readWayBack(held: HeldStage): Promise<WayBackOf | undefined> {
  const entry = await readRollback(held.app, held.stage, executionNameIn(held.lease.holder))
  if (entry?.chosen) {
    const { at, target, from, seen } = entry.chosen
    return { since: at - CLOCK_SKEW_MS, services: targets(target, from, seen) }
  }
  const before = await readBefore(held)
  return before && { since: before.at - CLOCK_SKEW_MS, services: targets(before.services, {}, {}) }
}

type ByService = Record<string, string>

function targets(services: Record<string, Served>, from: ByService, seen: ByService): WayBackOf['services'] {
  return Object.fromEntries(
    Object.entries(services).map(([service, served]) => {
      const [had, last] = [from[service], seen[service]]
      return [service, { served, ...(had !== undefined && { from: had }), ...(last !== undefined && { seen: last }) }]
    }),
  )
}

/**
 * The service's deployments that may belong to what is taken back, or to the way back; the newest first. One that still waits
 * at a pause may be older than all of it.
 */
export async function deploymentsOn(back: WayBackOf, cluster: string, service: string): Promise<TargetedDeployment[]> {
  const found = await deploymentsSince(cluster, service, back.since)
  const seen = found.findIndex(({ arn }) => arn === back.services[service]?.seen)
  if (seen >= 0) return found.slice(0, seen)
  const open = await openDeployments(cluster, service)
  return [...found, ...open.filter(({ arn }) => !found.some(one => one.arn === arn))]
}

/** Of the target's definition and the copy that may have been made of it, the one that this service has or gets. */
export async function standingFor(held: HeldStage, service: string, { served }: Target, has: string): Promise<string> {
  const original = served.taskDefinition
  return has === (await readCopy(held, service, original)) ? has : ((await readRestored(held, service)) ?? original)
}

/** What the release registered for this service, where that is taken back: a person may also go back to it. */
export async function takenBack(held: HeldStage, service: string, target?: Target): Promise<string | undefined> {
  const revision = await readRevision(held, service)
  return revision === target?.served.taskDefinition ? undefined : revision
}

/** `untouched`: somebody else's, who came before the release; so there is nothing of it to take back. */
export type Whose = { kind: 'back' } | { kind: 'ours'; revision: string } | { kind: 'foreign' } | { kind: 'untouched' }

/** Whether a service's definition is what it goes back to, what is taken back, or something that somebody else gave it. */
export async function whoseIs(held: HeldStage, service: string, target: Target, has: string): Promise<Whose> {
  if (has === target.served.taskDefinition || has === (await standingFor(held, service, target, has)))
    return { kind: 'back' }
  const revision = await readRevision(held, service)
  const isOurs = has === target.from || has === revision || has === (await servedUntil(held, service))
  if (isOurs) return { kind: 'ours', revision: has }
  return { kind: target.from === undefined && revision === undefined ? 'untouched' : 'foreign' }
}

/** What the service had before the release, and has again where ECS has taken that back: a person may go back further. */
async function servedUntil(held: HeldStage, service: string): Promise<string | undefined> {
  return (await readBefore(held))?.services[service]?.taskDefinition
}
