import {
  ClusterNotFoundException,
  ConflictException,
  DeregisterTaskDefinitionCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type DesiredStatus,
  ECSClient,
  ListServiceDeploymentsCommand,
  type ListServiceDeploymentsRequest,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  ServiceDeploymentNotFoundException,
  StopServiceDeploymentCommand,
  type Tag,
  type Task,
  type TaskDefinition,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import type { ServiceDeployment } from '../../domain/deployment.ts'
import type { ContainerDigests, RunningTask, ServingFacts } from '../../domain/serving.ts'
import { once } from '../environment.ts'

const client = once(() => new ECSClient({}))

/** Undefined when there is no such cluster, or no such service in it, or a deleted one. */
export async function findService(cluster: string, service: string): Promise<Service | undefined> {
  try {
    const { services } = await client().send(new DescribeServicesCommand({ cluster, services: [service] }))
    return services?.find(found => found.status === 'ACTIVE')
  } catch (error) {
    if (error instanceof ClusterNotFoundException) return undefined
    throw error
  }
}

/** Throws when the cluster has no such service. */
export async function readService(cluster: string, service: string): Promise<Service> {
  const found = await findService(cluster, service)
  if (!found) throw new Error(`cluster ${cluster} has no active service ${service}`)
  return found
}

export interface Revision {
  arn: string
  taskDefinition: string
  digests: ContainerDigests
}

export async function readRevisions(arns: string[]): Promise<Revision[]> {
  if (arns.length === 0) return []
  const { serviceRevisions } = await client().send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns }))
  return (serviceRevisions ?? []).map(revision => ({
    arn: revision.serviceRevisionArn ?? '',
    taskDefinition: revision.taskDefinition ?? '',
    digests: digestsOf(
      (revision.containerImages ?? []).map(({ containerName, imageDigest, image }) => ({
        name: containerName,
        imageDigest: imageDigest ?? image?.split('@')[1],
      })),
    ),
  }))
}

/** The revision that the service's own task definition belongs to, by ECS's record; undefined while ECS has none. */
export async function servingRevision(service: Service): Promise<Revision | undefined> {
  const arns = (service.currentServiceRevisions ?? []).flatMap(revision => revision.arn ?? [])
  return (await readRevisions(arns)).find(revision => revision.taskDefinition === service.taskDefinition)
}

/** What the service serves with, for a comparison with what it should. */
export async function readServing(cluster: string, name: string): Promise<ServingFacts> {
  const service = await readService(cluster, name)
  const revision = await servingRevision(service)
  const tasks = await listTasks(cluster, name, 'RUNNING')
  return {
    revision: {
      taskDefinition: revision?.taskDefinition ?? service.taskDefinition ?? '',
      digests: revision?.digests ?? {},
    },
    desired: service.desiredCount ?? 0,
    running: tasks.filter(task => task.lastStatus === 'RUNNING').map(running),
  }
}

function running(task: Task): RunningTask {
  return {
    arn: task.taskArn ?? '',
    taskDefinition: task.taskDefinitionArn ?? '',
    digests: digestsOf(task.containers ?? []),
  }
}

function digestsOf(containers: { name?: string | undefined; imageDigest?: string | undefined }[]): ContainerDigests {
  return Object.fromEntries(
    containers.flatMap(({ name, imageDigest }) => (name && imageDigest ? [[name, imageDigest]] : [])),
  )
}

/** The service's tasks that ECS wants in this state; stopped ones stay visible for an hour. */
export async function listTasks(cluster: string, serviceName: string, desiredStatus: DesiredStatus): Promise<Task[]> {
  const tasks: Task[] = []
  let nextToken: string | undefined
  do {
    const page = await client().send(new ListTasksCommand({ cluster, serviceName, desiredStatus, nextToken }))
    if (page.taskArns?.length) {
      const described = await client().send(new DescribeTasksCommand({ cluster, tasks: page.taskArns }))
      tasks.push(...(described.tasks ?? []))
    }
    nextToken = page.nextToken
  } while (nextToken)
  return tasks
}

export interface TargetedDeployment extends ServiceDeployment {
  /** Task definition of the revision that it deploys. */
  taskDefinition: string
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

/** DescribeServiceDeployments and DescribeServiceRevisions take 20 at once, so that is a page. */
async function listDeployments(filter: ListServiceDeploymentsRequest): Promise<TargetedDeployment[]> {
  const found: { deployment: TargetedDeployment; createdAt: number }[] = []
  let nextToken: string | undefined
  do {
    const page = await client().send(new ListServiceDeploymentsCommand({ ...filter, maxResults: 20, nextToken }))
    const arns = (page.serviceDeployments ?? []).flatMap(brief => brief.serviceDeploymentArn ?? [])
    found.push(...(arns.length > 0 ? await describeDeployments(arns) : []))
    nextToken = page.nextToken
  } while (nextToken)
  return found.sort((a, b) => b.createdAt - a.createdAt).map(({ deployment }) => deployment)
}

async function describeDeployments(serviceDeploymentArns: string[]) {
  const { serviceDeployments } = await client().send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }))
  const found = serviceDeployments ?? []
  const revisions = await readRevisions([...new Set(found.flatMap(one => one.targetServiceRevision?.arn ?? []))])
  return found.map(one => ({
    createdAt: Number(one.createdAt ?? 0),
    deployment: {
      arn: one.serviceDeploymentArn ?? '',
      status: one.status ?? '',
      ...(one.statusReason ? { reason: one.statusReason } : {}),
      taskDefinition: revisions.find(({ arn }) => arn === one.targetServiceRevision?.arn)?.taskDefinition ?? '',
    },
  }))
}

/**
 * Takes a running deployment back, by the one stop type that AWS documents as valid. One that ended meanwhile is a fact that
 * the next look finds, not an error.
 */
export async function stopDeployment(serviceDeploymentArn: string): Promise<void> {
  try {
    await client().send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }))
  } catch (error) {
    const ended = error instanceof ConflictException || error instanceof ServiceDeploymentNotFoundException
    if (!ended) throw error
  }
}

export async function deploy(cluster: string, service: string, taskDefinition: string): Promise<void> {
  await client().send(new UpdateServiceCommand({ cluster, service, taskDefinition }))
}

/** What `RegisterTaskDefinition` takes of a definition that was read: the rest is ECS's own. */
export type Definition = Omit<
  TaskDefinition,
  | 'taskDefinitionArn'
  | 'revision'
  | 'status'
  | 'requiresAttributes'
  | 'compatibilities'
  | 'registeredAt'
  | 'registeredBy'
  | 'deregisteredAt'
  | 'deleteRequestedAt'
>

export interface ReadDefinition {
  arn: string
  status: string
  family: string
  definition: Definition
  tags: Tag[]
}

/** By ARN, or by family: its newest ACTIVE revision. */
export async function readTaskDefinition(taskDefinition: string): Promise<ReadDefinition> {
  const { taskDefinition: found, tags } = await client().send(
    new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }),
  )
  if (!found?.taskDefinitionArn || !found.family) throw new Error(`ECS described no task definition ${taskDefinition}`)
  const {
    taskDefinitionArn,
    revision: _1,
    status,
    requiresAttributes: _2,
    compatibilities: _3,
    registeredAt: _4,
    registeredBy: _5,
    deregisteredAt: _6,
    deleteRequestedAt: _7,
    ...definition
  } = found
  return { arn: taskDefinitionArn, status: status ?? '', family: found.family, definition, tags: tags ?? [] }
}

/** ACTIVE revisions of a family, the newest first, a page of them. */
export async function activeRevisions(familyPrefix: string): Promise<string[]> {
  const { taskDefinitionArns } = await client().send(
    new ListTaskDefinitionsCommand({ familyPrefix, status: 'ACTIVE', sort: 'DESC', maxResults: 100 }),
  )
  return taskDefinitionArns ?? []
}

/** Registers a new revision and returns its ARN. */
export async function registerTaskDefinition(definition: Definition, tags: Tag[]): Promise<string> {
  const { taskDefinition } = await client().send(
    new RegisterTaskDefinitionCommand({
      ...definition,
      family: definition.family,
      containerDefinitions: definition.containerDefinitions,
      ...(tags.length ? { tags } : {}),
    }),
  )
  if (!taskDefinition?.taskDefinitionArn) throw new Error(`ECS registered no revision of ${definition.family}`)
  return taskDefinition.taskDefinitionArn
}

export async function deregisterTaskDefinition(taskDefinition: string): Promise<void> {
  await client().send(new DeregisterTaskDefinitionCommand({ taskDefinition }))
}
