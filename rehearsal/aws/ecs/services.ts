import { isDeepStrictEqual } from 'node:util'
import type {
  CreateServiceRequest,
  DescribeServicesRequest,
  ListServicesRequest,
  TagResourceRequest,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs'
import { ServiceField } from '@aws-sdk/client-ecs'
import type { Caller, Operations } from '../service.ts'
import { length, oneOf, range } from '../wire/constraints.ts'
import { announceAction } from './announcements.ts'
import { checkPercentages, checkStrategy } from './deployment-checks.ts'
import { tasksOf } from './health.ts'
import type { Cluster, EcsService, EcsWorld, ServiceSettings } from './model.ts'
import {
  activeTaskDefinition,
  clusterOf,
  ecsArn,
  findService,
  invalidParameter,
  notRehearsed,
  pageOf,
  refuse,
  serviceOf,
} from './names.ts'
import { deploy, newRevision } from './progress.ts'
import type { Scheduler } from './scheduler.ts'
import { checkCreation, checkFit, checkSettings } from './service-checks.ts'
import { describeService } from './service-view.ts'

/** A change of one of these starts a deployment. */
const DEPLOYED_SETTINGS = ['networkConfiguration', 'platformVersion', 'loadBalancers'] as const
const OTHER_SETTINGS = [
  'healthCheckGracePeriodSeconds',
  'enableExecuteCommand',
  'enableECSManagedTags',
  'propagateTags',
  'availabilityZoneRebalancing',
] as const

export function serviceOperations(world: EcsWorld, scheduler: Scheduler): Operations {
  return {
    CreateService: (input: CreateServiceRequest, caller: Caller) => createService(world, scheduler, input, caller),
    UpdateService: (input: UpdateServiceRequest) => updateService(world, scheduler, input),
    DescribeServices: (input: DescribeServicesRequest) => describeServices(world, input),
    ListServices: (input: ListServicesRequest) => listServices(world, input),
    TagResource: (input: TagResourceRequest) => tagResource(world, input),
  }
}

function createService(world: EcsWorld, scheduler: Scheduler, input: CreateServiceRequest, caller: Caller) {
  checkCreation(input)
  checkSettings(world, 'CreateService', input)
  const cluster = clusterOf(world, input.cluster)
  const name = input.serviceName ?? ''
  if (cluster.services.has(name)) throw invalidParameter('Creation of service was not idempotent.')
  const taskDefinition = activeTaskDefinition(world, input.taskDefinition ?? '')
  const settings = settingsOf(input)
  checkPercentages(settings.deploymentConfiguration)
  checkStrategy(settings)
  checkFit(taskDefinition, settings)
  const first = newRevision(world, { name, cluster, settings }, taskDefinition)
  const service: EcsService = {
    name,
    arn: ecsArn(`service/${cluster.name}/${name}`),
    cluster,
    createdAt: new Date(world.clock.now()),
    createdBy: caller.principal,
    settings,
    desiredCount: input.desiredCount ?? 0,
    primary: first,
    revisions: [],
    deployments: [],
    events: [],
    tags: input.tags ?? [],
    steady: false,
  }
  cluster.services.set(name, service)
  deploy(world, service, first, [])
  scheduler.lookSoon(service)
  return { service: describeService(service, true) }
}

function settingsOf(input: CreateServiceRequest): ServiceSettings {
  return {
    launchType: input.launchType ?? 'FARGATE',
    platformVersion: input.platformVersion ?? 'LATEST',
    loadBalancers: input.loadBalancers ?? [],
    networkConfiguration: input.networkConfiguration,
    ...(input.loadBalancers?.length && { healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? 0 }),
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? 'ENABLED',
    deploymentConfiguration: {
      deploymentCircuitBreaker: { enable: false, rollback: false },
      maximumPercent: 200,
      minimumHealthyPercent: 100,
      strategy: 'ROLLING',
      bakeTimeInMinutes: 0,
      ...given(input.deploymentConfiguration ?? {}),
    },
  }
}

function updateService(world: EcsWorld, scheduler: Scheduler, input: UpdateServiceRequest) {
  checkSettings(world, 'UpdateService', input)
  const service = serviceOf(clusterOf(world, input.cluster), input.service ?? '')
  const settings: ServiceSettings = {
    ...service.settings,
    ...given(only(input, [...DEPLOYED_SETTINGS, ...OTHER_SETTINGS])),
    // What is not named keeps its value; what is named replaces the whole member.
    deploymentConfiguration: {
      ...service.settings.deploymentConfiguration,
      ...given(input.deploymentConfiguration ?? {}),
    },
  }
  checkPercentages(settings.deploymentConfiguration)
  checkStrategy(settings)
  const current = service.primary.taskDefinition
  const taskDefinition = input.taskDefinition ? activeTaskDefinition(world, input.taskDefinition) : current
  checkFit(taskDefinition, settings)
  const changed = DEPLOYED_SETTINGS.some(member => !isDeepStrictEqual(settings[member], service.settings[member]))
  const deploys = input.forceNewDeployment || taskDefinition !== current || changed
  const target = deploys && newRevision(world, { ...service, settings }, taskDefinition)
  service.settings = settings
  if (input.desiredCount !== undefined && input.desiredCount !== service.desiredCount) {
    service.desiredCount = input.desiredCount
    announceAction(world, service, 'SERVICE_DESIRED_COUNT_UPDATED')
  }
  if (target) deploy(world, service, target, sourcesOf(service))
  scheduler.lookSoon(service)
  return { service: describeService(service, true) }
}

function sourcesOf(service: EcsService) {
  const running = new Set(tasksOf(service).map(task => task.revision))
  const { lastSuccessful, serving } = service
  return service.revisions.filter(
    revision => running.has(revision) || revision === lastSuccessful || revision === serving,
  )
}

function describeServices(world: EcsWorld, input: DescribeServicesRequest) {
  for (const [at, field] of (input.include ?? []).entries()) oneOf(`include.${at + 1}.member`, field, ServiceField)
  const asked = input.services ?? []
  if (asked.length === 0) throw invalidParameter('Services cannot be empty.')
  if (asked.length > 10) throw invalidParameter('Services cannot have more than 10 elements.')
  const cluster = clusterOf(world, input.cluster)
  const found = asked.map(name => ({ name, service: findService(cluster, name) }))
  const withTags = input.include?.includes('TAGS') ?? false
  return {
    services: found.flatMap(({ service }) => (service ? [describeService(service, withTags)] : [])),
    failures: found.flatMap(({ name, service }) => (service ? [] : [missing(cluster, name)])),
  }
}

function listServices(world: EcsWorld, input: ListServicesRequest) {
  refuse('ListServices', input, ['launchType', 'schedulingStrategy', 'resourceManagementType'])
  range('maxResults', input.maxResults, 1, 100)
  const arns = [...clusterOf(world, input.cluster).services.values()].map(({ arn }) => arn)
  const { page, ...next } = pageOf(arns, input.nextToken, input.maxResults ?? 10)
  return { serviceArns: page, ...next }
}

const MOST_TAGS = 50

/** Adds to the tags that are there; of one key there is one value. */
function tagResource(world: EcsWorld, { resourceArn = '', tags = [] }: TagResourceRequest) {
  const [, cluster, name] = resourceArn.split('/')
  if (!resourceArn.includes(':service/')) throw notRehearsed(`TagResource on ${resourceArn}`)
  if (name === undefined) throw invalidParameter('Long arn format must be used for tagging operations')
  const service = serviceOf(clusterOf(world, cluster), resourceArn)
  for (const { key = '', value = '' } of tags) {
    length('tags.member.key', key, 1, 128)
    length('tags.member.value', value, 0, 256)
  }
  const kept = service.tags.filter(({ key }) => !tags.some(tag => tag.key === key))
  if (kept.length + tags.length > MOST_TAGS) throw invalidParameter('The maximum number of tags is 50.')
  service.tags = [...kept, ...tags]
  return {}
}

function missing(cluster: Cluster, name: string) {
  return { arn: name.startsWith('arn:') ? name : ecsArn(`service/${cluster.name}/${name}`), reason: 'MISSING' }
}

function only<T extends object, K extends keyof T>(from: T, members: readonly K[]): Partial<Pick<T, K>> {
  return Object.fromEntries(members.map(member => [member, from[member]])) as Partial<Pick<T, K>>
}

/** Without the members that were not given. */
function given<T extends object>(from: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const kept = Object.entries(from).filter(([, value]) => value !== undefined)
  return Object.fromEntries(kept) as { [K in keyof T]: Exclude<T[K], undefined> }
}
