import {
  ClusterNotFoundException,
  type ContainerImage,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type DesiredStatus,
  ECSClient,
  ListTasksCommand,
  type Service,
  type Tag,
  TagResourceCommand,
  type Task,
} from '@aws-sdk/client-ecs'
import type { ContainerDigests, RunningTask, ServingFacts } from '../../domain/serving.ts'
import { pinnedTo } from '../../domain/task-definition.ts'
import { once } from '../environment.ts'

export const ecs = once(() => new ECSClient({}))

/** With its tags. Undefined when there is no such cluster, or no such service in it, or a deleted one. */
export async function findService(cluster: string, service: string): Promise<Service | undefined> {
  const found = await describeService(cluster, service)
  return found?.status === 'ACTIVE' ? found : undefined
}

/** The same, also of one that is being deleted, or was a while ago. */
export async function describeService(cluster: string, service: string): Promise<Service | undefined> {
  try {
    const { services } = await ecs().send(
      new DescribeServicesCommand({ cluster, services: [service], include: ['TAGS'] }),
    )
    return services?.[0]
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

/** Adds a tag, or changes its value; the others stay. */
export async function tagService({ serviceArn }: Service, tag: Tag): Promise<void> {
  await ecs().send(new TagResourceCommand({ resourceArn: serviceArn, tags: [tag] }))
}

export interface Revision {
  arn: string
  taskDefinition: string
  digests: ContainerDigests
  /** Container → image by digest: the digest that it was deployed by, else the one that was pulled. */
  images: Record<string, string>
  /** ms, by ECS's clock. */
  createdAt: number
  /** ARNs of the target groups that its tasks are in: of a blue-green service one of two, which change places. */
  targetGroups: string[]
}

export async function readRevisions(arns: string[]): Promise<Revision[]> {
  if (arns.length === 0) return []
  const { serviceRevisions } = await ecs().send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns }))
  return (serviceRevisions ?? []).map(revision => ({
    arn: revision.serviceRevisionArn ?? '',
    taskDefinition: revision.taskDefinition ?? '',
    digests: digestsOf(
      (revision.containerImages ?? []).map(({ containerName, imageDigest, image }) => ({
        name: containerName,
        imageDigest: imageDigest ?? image?.split('@')[1],
      })),
    ),
    images: imagesIn(revision.containerImages ?? []),
    createdAt: Number(revision.createdAt ?? 0),
    targetGroups: (revision.resolvedConfiguration?.loadBalancers ?? []).flatMap(
      ({ targetGroupArn }) => targetGroupArn ?? [],
    ),
  }))
}

function imagesIn(containers: ContainerImage[]): Revision['images'] {
  return Object.fromEntries(
    containers.flatMap(({ containerName, image = '', imageDigest }) => {
      const digest = image.split('@')[1] ?? imageDigest
      return containerName && digest ? [[containerName, pinnedTo(image, digest)]] : []
    }),
  )
}

/**
 * The revision that the service's own task definition belongs to, by ECS's record: the newest one, where the same definition
 * was deployed again. Undefined while ECS has none. While a green waits, this is green, though blue still serves.
 */
export async function servingRevision(service: Service): Promise<Revision | undefined> {
  return (await servingRevisions(service))[0]
}

/** Those of the service's own task definition, the newest first: several, while it is deployed once more. */
export async function servingRevisions(service: Service): Promise<Revision[]> {
  const arns = (service.currentServiceRevisions ?? []).flatMap(revision => revision.arn ?? [])
  const found = (await readRevisions(arns)).filter(({ taskDefinition }) => taskDefinition === service.taskDefinition)
  return found.sort((a, b) => b.createdAt - a.createdAt)
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
    const page = await ecs().send(new ListTasksCommand({ cluster, serviceName, desiredStatus, nextToken }))
    if (page.taskArns?.length) {
      const described = await ecs().send(new DescribeTasksCommand({ cluster, tasks: page.taskArns }))
      tasks.push(...(described.tasks ?? []))
    }
    nextToken = page.nextToken
  } while (nextToken)
  return tasks
}
