import type { Service, Stage } from '../../domain/application.ts'
import { isOpen } from '../../domain/deployment.ts'
import { groupsOf } from '../../domain/groups.ts'
import type { StageOf } from '../../domain/identity.ts'
import type { Plan } from '../../domain/plan.ts'
import type { Served } from '../../domain/stage-history.ts'
import { readOwn, recordOwn } from '../aws/deployment-ledger.ts'
import { deploymentsSince, type TargetedDeployment } from '../aws/deployments.ts'
import { type BeforeEntry, readBefore, readRevision } from '../aws/ledger.ts'
import { type Failed, failed } from '../failure.ts'
import { called, plannedDigests, readStagePlan } from '../stage-plan.ts'

/** ECS's clock and ours may differ; a deployment of a revision that only we know can be looked for a little earlier. */
export const CLOCK_SKEW_MS = 5 * 60_000

/** What a release deploys at one stage: the services that do not run it already, group by group. */
export interface NewVersion {
  plan: Plan
  stage: Stage
  before: BeforeEntry
  /** Those that shift traffic. */
  greens: Service[][]
  rolling: Service[][]
}

export async function readNewVersion(of: StageOf): Promise<NewVersion> {
  const { plan, stage } = await readStagePlan(of)
  const before = await readBefore(of)
  if (!before) throw new Error(`the ledger does not say what ${of.stage} served before release ${of.release}`)
  const changing = (strategy: Service['strategy']) =>
    groupsOf(stage)
      .map(group => group.filter(service => service.strategy === strategy && !isAlreadyThere(plan, service, before)))
      .filter(group => group.length > 0)
  return { plan, stage, before, greens: changing('blue-green'), rolling: changing('rolling') }
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

export interface Ours {
  kind: 'ours'
  /** Undefined: this release has registered none. */
  revision: string | undefined
  /** Undefined: ECS shows none. */
  deployment: TargetedDeployment | undefined
  /** ECS shows it, or has shown it. */
  isBegun: boolean
}

/**
 * This release's deployment of the service, in whatever status; or that somebody else's took over from it. The newest one of its
 * revision that ECS shows is written down; from then on it is the one.
 */
export async function ourDeployment(
  of: StageOf,
  { stage, before }: NewVersion,
  service: Service,
): Promise<Ours | Failed> {
  const revision = await readRevision(of, service.service)
  const found = await deploymentsSince(stage.cluster, service.service, before.at - CLOCK_SKEW_MS)
  const shown = found.find(({ taskDefinition }) => taskDefinition === revision)
  const own = (await readOwn(of, service.service)) ?? (shown && (await recordOwn(of, service.service, shown.arn)))
  const at = found.findIndex(({ arn }) => arn === own?.arn)
  const deployment = found[at] && { ...found[at], isLate: own?.isLate === true }
  const foreign = deployment && (deployment.status === 'STOPPED' || isOpen(deployment.status)) && found[at - 1]
  if (!foreign) return { kind: 'ours', revision, deployment, isBegun: own !== undefined }
  return failed(
    'ForeignDeployment',
    `${called(stage, service)}: deployment ${foreign.arn}, which is not ours, took over from it; look who started it`,
  )
}

/** Whether this release has begun it; of somebody who deploys its definition once more, it is not. */
export async function isOurDeployment(
  of: StageOf,
  service: string,
  { arn, taskDefinition }: Pick<TargetedDeployment, 'arn' | 'taskDefinition'>,
): Promise<boolean> {
  const own = await readOwn(of, service)
  return own ? arn === own.arn : taskDefinition === (await readRevision(of, service))
}

/** ARNs of the services whose events are waited for. */
export function arnsOf({ before }: NewVersion, groups: Service[][]): string[] {
  return groups.flat().map(({ service }) => servedBefore(before, service).serviceArn)
}
