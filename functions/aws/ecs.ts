import {
  DeregisterTaskDefinitionCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  type DesiredStatus,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Service,
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

/** Undefined when the cluster has no such service, or a deleted one. */
export async function findService(cluster: string, service: string): Promise<Service | undefined> {
  const { services } = await client().send(new DescribeServicesCommand({ cluster, services: [service] }))
  return services?.find(found => found.status === 'ACTIVE')
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
      (revision.containerImages ?? []).map(image => ({ name: image.containerName, imageDigest: image.imageDigest })),
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
export async function deploymentsSince(cluster: string, service: string, since: number): Promise<TargetedDeployment[]> {
  const { serviceDeployments } = await client().send(
    new ListServiceDeploymentsCommand({ cluster, service, createdAt: { after: new Date(since) }, maxResults: 20 }),
  )
  const arns = (serviceDeployments ?? []).flatMap(brief => brief.serviceDeploymentArn ?? [])
  if (arns.length === 0) return []
  const described = await client().send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: arns }))
  const found = described.serviceDeployments ?? []
  const revisions = await readRevisions([...new Set(found.flatMap(one => one.targetServiceRevision?.arn ?? []))])
  return found
    .sort((a, b) => Number(b.createdAt ?? 0) - Number(a.createdAt ?? 0))
    .map(one => ({
      arn: one.serviceDeploymentArn ?? '',
      status: one.status ?? '',
      ...(one.statusReason ? { reason: one.statusReason } : {}),
      taskDefinition: revisions.find(revision => revision.arn === one.targetServiceRevision?.arn)?.taskDefinition ?? '',
    }))
}

/** Takes a running deployment back. The one stop type that AWS documents as valid. */
export async function stopDeployment(serviceDeploymentArn: string): Promise<void> {
  await client().send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }))
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
