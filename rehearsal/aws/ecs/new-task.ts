import type { Container, NetworkConfiguration, Tag, TaskOverride } from '@aws-sdk/client-ecs'
import type { Cluster, EcsService, EcsTask, EcsWorld, RegisteredTaskDefinition, Revision } from './model.ts'
import { ecsArn, shortName, taskId } from './names.ts'

/** Who wants a task, and what it is to be. */
export interface TaskOrder {
  cluster: Cluster
  taskDefinition: RegisteredTaskDefinition
  group: string
  startedBy?: string
  networkConfiguration?: NetworkConfiguration | undefined
  enableExecuteCommand?: boolean | undefined
  overrides?: TaskOverride
  tags: Tag[]
  /** Of whose service it is, if of any. */
  of?: { service: EcsService; revision: Revision }
}

/** A task of a service in its first state. */
export function newServiceTask(world: EcsWorld, service: EcsService, revision: Revision): EcsTask {
  return newTask(world, {
    cluster: service.cluster,
    taskDefinition: revision.taskDefinition,
    group: `service:${service.name}`,
    startedBy: revision.rolloutId,
    networkConfiguration: revision.settings.networkConfiguration,
    enableExecuteCommand: revision.settings.enableExecuteCommand,
    tags: tagsOf(service, revision),
    of: { service, revision },
  })
}

/** A task in its first state. */
export function newTask(world: EcsWorld, order: TaskOrder): EcsTask {
  const { cluster, taskDefinition, overrides = {} } = order
  const id = taskId()
  const arn = ecsArn(`task/${cluster.name}/${id}`)
  const { definition, containers } = taskDefinition
  const now = new Date(world.clock.now())
  const attachment = crypto.randomUUID()
  const address = privateAddress(id)
  const subnet = order.networkConfiguration?.awsvpcConfiguration?.subnets?.[0]
  const details = [
    ...(subnet ? [{ name: 'subnetId', value: subnet }] : []),
    { name: 'privateIPv4Address', value: address },
  ]
  return {
    arn,
    id,
    cluster,
    ...order.of,
    taskDefinition,
    overrides: overrides.containerOverrides ?? [],
    containers: [],
    targets: [],
    checks: [],
    wasHealthy: false,
    told: {
      attachments: [{ id: attachment, type: 'ElasticNetworkInterface', status: 'PRECREATED', details }],
      availabilityZone: 'eu-west-1a',
      clusterArn: cluster.arn,
      containers: containers.map(container => ({
        containerArn: ecsArn(`container/${cluster.name}/${id}/${crypto.randomUUID()}`),
        taskArn: arn,
        name: container.name,
        image: container.image,
        lastStatus: 'PENDING',
        networkBindings: [],
        networkInterfaces: [{ attachmentId: attachment, privateIpv4Address: address }],
        healthStatus: 'UNKNOWN',
        cpu: String(container.cpu ?? 0),
      })),
      ...(definition.cpu && { cpu: definition.cpu }),
      ...(definition.memory && { memory: definition.memory }),
      createdAt: now,
      desiredStatus: 'RUNNING',
      enableExecuteCommand: order.enableExecuteCommand ?? false,
      group: order.group,
      healthStatus: 'UNKNOWN',
      lastStatus: 'PROVISIONING',
      launchType: 'FARGATE',
      overrides: {
        containerOverrides: containers.map(({ name }) => ({
          name,
          ...overrides.containerOverrides?.find(override => override.name === name),
        })),
      },
      platformVersion: '1.4.0',
      platformFamily: 'Linux',
      ...(order.startedBy !== undefined && { startedBy: order.startedBy }),
      tags: order.tags,
      taskArn: arn,
      taskDefinitionArn: definition.taskDefinitionArn,
      version: 0,
    },
  }
}

function tagsOf(service: EcsService, revision: Revision) {
  const propagated = revision.settings.propagateTags
  if (propagated === 'SERVICE') return service.tags
  return propagated === 'TASK_DEFINITION' ? revision.taskDefinition.tags : []
}

function privateAddress(id: string): string {
  const [one = 0, two = 0, three = 0] = Buffer.from(id, 'hex')
  return `10.${one}.${two}.${(three % 250) + 4}`
}

export function addressOf(task: EcsTask): string {
  return task.told.containers[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? ''
}

/** `repository:tag` with the digest that was resolved for it. */
export function byDigest(image: string, digest: string): string {
  return `${image.replace(/@.*$/, '').replace(/:[^:/]*$/, '')}@${digest}`
}

export function containerTold(task: EcsTask, name: string): Container | undefined {
  return task.told.containers.find(container => container.name === name)
}

export function taskShort(task: EcsTask): string {
  return `(task ${shortName(task.arn)})`
}
