import type {
  DeregisterTaskDefinitionRequest,
  DescribeTaskDefinitionRequest,
  ListTaskDefinitionsRequest,
  RegisterTaskDefinitionRequest,
} from '@aws-sdk/client-ecs'
import { Compatibility, NetworkMode, SortOrder, TaskDefinitionField, TaskDefinitionStatus } from '@aws-sdk/client-ecs'
import type { Caller, Operations } from '../service.ts'
import { oneOf, range } from '../wire/constraints.ts'
import type { EcsWorld, RegisteredTaskDefinition } from './model.ts'
import { clientError, ecsArn, findTaskDefinition, invalidParameter, pageOf, refuse } from './names.ts'
import { probeOf } from './probe.ts'
import { checkSecrets } from './task-secrets.ts'

const NOT_REHEARSED = ['volumes', 'proxyConfiguration', 'inferenceAccelerators', 'placementConstraints']
const CONTAINER_NOT_REHEARSED = [
  'dependsOn',
  'entryPoint',
  'environmentFiles',
  'firelensConfiguration',
  'restartPolicy',
]

export function taskDefinitionOperations(world: EcsWorld): Operations {
  return {
    RegisterTaskDefinition: (input: RegisterTaskDefinitionRequest, caller: Caller) => register(world, input, caller),
    DeregisterTaskDefinition: (input: DeregisterTaskDefinitionRequest) => deregister(world, input),
    DescribeTaskDefinition: (input: DescribeTaskDefinitionRequest) => describe(world, input),
    ListTaskDefinitions: (input: ListTaskDefinitionsRequest) => list(world, input),
  }
}

function register(world: EcsWorld, input: RegisterTaskDefinitionRequest, caller: Caller) {
  const { family = '', tags = [], ...rest } = input
  check(input)
  const containers = (input.containerDefinitions ?? []).map(({ name = '', image = '', ...container }) => {
    const {
      cpu = 0,
      essential = true,
      environment = [],
      mountPoints = [],
      volumesFrom = [],
      portMappings = [],
    } = container
    const ports = portMappings.map(port => ({ protocol: 'tcp' as const, hostPort: port.containerPort, ...port }))
    return { ...container, name, image, cpu, essential, environment, mountPoints, volumesFrom, portMappings: ports }
  })
  const revisions = world.families.get(family) ?? []
  const revision = (revisions.at(-1)?.definition.revision ?? 0) + 1
  const registered: RegisteredTaskDefinition = {
    definition: {
      ...rest,
      containerDefinitions: containers,
      family,
      revision,
      taskDefinitionArn: ecsArn(`task-definition/${family}:${revision}`),
      status: 'ACTIVE',
      requiresAttributes: input.networkMode === 'awsvpc' ? [{ name: 'ecs.capability.task-eni' }] : [],
      volumes: [],
      placementConstraints: [],
      compatibilities: [...new Set([...(input.requiresCompatibilities ?? []), 'EC2' as const])],
      registeredAt: new Date(world.clock.now()),
      registeredBy: caller.principal,
    },
    containers,
    tags,
  }
  world.families.set(family, [...revisions, registered])
  return { taskDefinition: registered.definition, ...(tags.length > 0 && { tags }) }
}

function check(input: RegisterTaskDefinitionRequest): void {
  refuse('RegisterTaskDefinition', input, NOT_REHEARSED)
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(input.family ?? ''))
    throw clientError('Family contains invalid characters or is longer than 255 characters.')
  oneOf('networkMode', input.networkMode, NetworkMode)
  for (const [at, value] of (input.requiresCompatibilities ?? []).entries())
    oneOf(`requiresCompatibilities.${at + 1}.member`, value, Compatibility)
  const containers = input.containerDefinitions ?? []
  if (containers.length === 0) throw clientError('Container list cannot be empty.')
  if (containers.length > 10) throw clientError('Task definition can have at most 10 containers.')
  for (const container of containers) {
    refuse(`container ${container.name}`, container, CONTAINER_NOT_REHEARSED)
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(container.name ?? ''))
      throw clientError('Container.name contains invalid characters.')
    if (!container.image) throw clientError('Container.image should not be null or empty.')
    if (container.healthCheck) checkHealthCheck(container.healthCheck)
    if (container.stopTimeout !== undefined && (container.stopTimeout < 0 || container.stopTimeout > 120))
      throw clientError('Container.stopTimeout must be between 0 and 120 seconds.')
  }
  if (new Set(containers.map(({ name }) => name)).size < containers.length)
    throw clientError('Container.name must be unique within a task definition.')
  if (containers.every(({ essential }) => essential === false))
    throw clientError('A task definition must have at least one essential container.')
  checkSecrets(containers, input.executionRoleArn)
  if (input.requiresCompatibilities?.includes('FARGATE')) checkFargate(input)
  if ((input.tags?.length ?? 0) > 50) throw invalidParameter('The number of tags is greater than 50.')
}

function checkHealthCheck(
  healthCheck: NonNullable<RegisteredTaskDefinition['containers'][number]['healthCheck']>,
): void {
  range('healthCheck.interval', healthCheck.interval, 5, 300)
  range('healthCheck.timeout', healthCheck.timeout, 2, 120)
  range('healthCheck.retries', healthCheck.retries, 1, 10)
  range('healthCheck.startPeriod', healthCheck.startPeriod, 0, 300)
  probeOf(healthCheck)
}

function checkFargate(input: RegisterTaskDefinitionRequest): void {
  if (input.networkMode !== 'awsvpc') throw clientError('Fargate only supports network mode ‘awsvpc’.')
  if (!input.cpu || !input.memory)
    throw clientError('Fargate requires that ‘cpu’ and ‘memory’ be defined at the task level.')
}

function deregister(world: EcsWorld, { taskDefinition = '' }: DeregisterTaskDefinitionRequest) {
  const { definition } = exactly(world, taskDefinition)
  definition.status = 'INACTIVE'
  definition.deregisteredAt ??= new Date(world.clock.now())
  return { taskDefinition: definition }
}

function exactly(world: EcsWorld, reference: string): RegisteredTaskDefinition {
  if (!/:\d+$/.test(reference)) throw invalidParameter(`Invalid revision number. Number: ${reference}`)
  const found = findTaskDefinition(world, reference)
  if (!found) throw clientError('The specified task definition does not exist.')
  return found
}

function describe(world: EcsWorld, { taskDefinition = '', include = [] }: DescribeTaskDefinitionRequest) {
  for (const [at, field] of include.entries()) oneOf(`include.${at + 1}.member`, field, TaskDefinitionField)
  const found = findTaskDefinition(world, taskDefinition)
  if (!found) throw clientError('Unable to describe task definition.')
  return { taskDefinition: found.definition, ...(include.includes('TAGS') && { tags: found.tags }) }
}

function list(world: EcsWorld, input: ListTaskDefinitionsRequest) {
  oneOf('status', input.status, TaskDefinitionStatus)
  oneOf('sort', input.sort, SortOrder)
  range('maxResults', input.maxResults, 1, 100)
  const families = [...world.families.keys()].sort()
  const arns = families
    .filter(family => !input.familyPrefix || family === input.familyPrefix)
    .flatMap(family => world.families.get(family) ?? [])
    .filter(({ definition }) => definition.status === (input.status ?? 'ACTIVE'))
    .map(({ definition }) => definition.taskDefinitionArn)
  const { page, ...next } = pageOf(
    input.sort === 'DESC' ? arns.reverse() : arns,
    input.nextToken,
    input.maxResults ?? 100,
  )
  return { taskDefinitionArns: page, ...next }
}
