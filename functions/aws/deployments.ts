import {
  ConflictException,
  ContinueServiceDeploymentCommand,
  type DeploymentConfiguration,
  DescribeServiceDeploymentsCommand,
  InvalidParameterException,
  ListServiceDeploymentsCommand,
  type ListServiceDeploymentsRequest,
  type Service,
  ServiceDeploymentNotFoundException,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import type { GreenDeployment } from '../../domain/blue-green.ts'
import { StepFailure } from '../failure.ts'
import { ecs, readRevisions } from './ecs.ts'

export interface TargetedDeployment extends GreenDeployment {
  /** ms, by ECS's clock. */
  createdAt: number
  /** When ECS began to take it back, ms; absent where it has not. */
  takenBackAt?: number
  /** Ids of the hooks that it has come to, answered or not. */
  met: string[]
  /** ARN of the revision that it deploys. */
  revision: string
  /** Task definition of the revision that it deploys. */
  taskDefinition: string
}

/** Names of the alarms by which ECS itself watches the service's deployments. */
export function alarmsOf({ deploymentConfiguration }: Pick<Service, 'deploymentConfiguration'>): string[] {
  const { enable, alarmNames = [] } = deploymentConfiguration?.alarms ?? {}
  return enable ? alarmNames : []
}

/** Deployments of the service that began since `since` (ms), the newest first. */
export function deploymentsSince(cluster: string, service: string, since: number): Promise<TargetedDeployment[]> {
  return listDeployments({ cluster, service, createdAt: { after: new Date(since) } })
}

/** Deployments of the service that have not ended, the newest first. */
export function openDeployments(cluster: string, service: string): Promise<TargetedDeployment[]> {
  return listDeployments({
    cluster,
    service,
    status: ['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED', 'ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'],
  })
}

/** Undefined: ECS does not show it. */
export async function findDeployment(arn: string): Promise<TargetedDeployment | undefined> {
  return (await describeDeployments([arn]))[0]
}

/** DescribeServiceDeployments and DescribeServiceRevisions take 20 at once, so that is a page. */
async function listDeployments(filter: ListServiceDeploymentsRequest): Promise<TargetedDeployment[]> {
  const found: TargetedDeployment[] = []
  let nextToken: string | undefined
  do {
    const page = await ecs().send(new ListServiceDeploymentsCommand({ ...filter, maxResults: 20, nextToken }))
    const arns = (page.serviceDeployments ?? []).flatMap(brief => brief.serviceDeploymentArn ?? [])
    found.push(...(arns.length > 0 ? await describeDeployments(arns) : []))
    nextToken = page.nextToken
  } while (nextToken)
  return found.sort((a, b) => b.createdAt - a.createdAt)
}

async function describeDeployments(serviceDeploymentArns: string[]): Promise<TargetedDeployment[]> {
  const { serviceDeployments } = await ecs().send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }))
  const found = serviceDeployments ?? []
  const revisions = await readRevisions([...new Set(found.flatMap(one => one.targetServiceRevision?.arn ?? []))])
  return found.map(one => ({
    arn: one.serviceDeploymentArn ?? '',
    status: one.status ?? '',
    ...(one.statusReason ? { reason: one.statusReason } : {}),
    createdAt: Number(one.createdAt ?? 0),
    ...(one.rollback?.startedAt && { takenBackAt: Number(one.rollback.startedAt) }),
    revision: one.targetServiceRevision?.arn ?? '',
    taskDefinition: revisions.find(({ arn }) => arn === one.targetServiceRevision?.arn)?.taskDefinition ?? '',
    ...(one.lifecycleStage && { lifecycleStage: one.lifecycleStage }),
    share: one.targetServiceRevision?.requestedProductionTrafficWeight ?? 0,
    met: (one.lifecycleHookDetails ?? []).flatMap(({ hookId }) => hookId ?? []),
    awaiting: (one.lifecycleHookDetails ?? []).flatMap(({ targetType, status, hookId }) =>
      targetType === 'PAUSE' && status === 'AWAITING_ACTION' ? (hookId ?? []) : [],
    ),
  }))
}

/**
 * Takes a running deployment back, by the one stop type that AWS documents as valid. `refused`: it has ended meanwhile, or ECS
 * cannot take it back any more, which the next look finds.
 */
export async function stopDeployment(serviceDeploymentArn: string): Promise<'stopping' | 'refused'> {
  try {
    await ecs().send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }))
    return 'stopping'
  } catch (error) {
    const isRefused = error instanceof ConflictException || error instanceof ServiceDeploymentNotFoundException
    if (!isRefused) throw error
    return 'refused'
  }
}

/** `refused`: in ECS's words; the pause is over all the same, whoever ended it. */
export type Continued = { kind: 'continued' } | { kind: 'refused'; because: string }

/** Lets a deployment that is paused go on. Throws `Transient` where ECS refuses that and the pause still waits. */
export async function continueDeployment(serviceDeploymentArn: string, hookId: string): Promise<Continued> {
  try {
    await ecs().send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId, action: 'CONTINUE' }))
    return { kind: 'continued' }
  } catch (error) {
    const isRefused = error instanceof InvalidParameterException || error instanceof ServiceDeploymentNotFoundException
    if (!isRefused) throw error
    const because = `ECS refused to continue ${serviceDeploymentArn}: ${error.name}: ${error.message}`
    const [now] = await describeDeployments([serviceDeploymentArn])
    if (now?.awaiting.includes(hookId)) throw new StepFailure('Transient', `${because}; it still waits`)
    return { kind: 'refused', because }
  }
}

/** `configuration`: the service's whole, where it changes with the deployment. */
export async function deploy(
  cluster: string,
  service: string,
  taskDefinition: string,
  configuration?: DeploymentConfiguration,
): Promise<void> {
  const deploymentConfiguration = configuration && { deploymentConfiguration: configuration }
  await ecs().send(new UpdateServiceCommand({ cluster, service, taskDefinition, ...deploymentConfiguration }))
}

/** Changes how the service is deployed from now on; alone, it starts no deployment. */
export async function configure(
  cluster: string,
  service: string,
  deploymentConfiguration: DeploymentConfiguration,
): Promise<void> {
  await ecs().send(new UpdateServiceCommand({ cluster, service, deploymentConfiguration }))
}
