import type { CreateClusterRequest, DescribeClustersRequest, ListClustersRequest } from '@aws-sdk/client-ecs'
import type { Operations } from '../service.ts'
import { range } from '../wire/constraints.ts'
import type { Cluster, EcsWorld } from './model.ts'
import { ecsArn, invalidParameter, notRehearsed, pageOf, refuse, shortName } from './names.ts'

export function clusterOperations(world: EcsWorld): Operations {
  return {
    CreateCluster: (input: CreateClusterRequest) => createCluster(world, input),
    DescribeClusters: (input: DescribeClustersRequest) => describeClusters(world, input),
    ListClusters: (input: ListClustersRequest) => listClusters(world, input),
  }
}

function createCluster(world: EcsWorld, input: CreateClusterRequest) {
  refuse('CreateCluster', input, ['capacityProviders', 'defaultCapacityProviderStrategy', 'serviceConnectDefaults'])
  const name = input.clusterName ?? 'default'
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name))
    throw invalidParameter(
      'Invalid cluster name. The name may contain up to 255 letters, numbers, underscores and hyphens.',
    )
  const existing = world.clusters.get(name)
  const created = existing ?? {
    name,
    arn: ecsArn(`cluster/${name}`),
    tags: input.tags ?? [],
    services: new Map(),
    tasks: new Map(),
  }
  world.clusters.set(name, created)
  return { cluster: { ...clusterView(created), tags: created.tags, settings: input.settings ?? [] } }
}

function describeClusters(world: EcsWorld, { clusters = ['default'], include = [] }: DescribeClustersRequest) {
  if (include.length > 0) throw notRehearsed(`DescribeClusters with include ${include.join(', ')}`)
  if (clusters.length > 100) throw invalidParameter('Clusters cannot have more than 100 elements.')
  const asked = clusters.map(nameOrArn => ({ nameOrArn, found: world.clusters.get(shortName(nameOrArn)) }))
  return {
    clusters: asked.flatMap(({ found }) => (found ? [clusterView(found)] : [])),
    failures: asked.flatMap(({ nameOrArn, found }) =>
      found ? [] : [{ arn: ecsArn(`cluster/${shortName(nameOrArn)}`), reason: 'MISSING' }],
    ),
  }
}

function listClusters(world: EcsWorld, { nextToken, maxResults }: ListClustersRequest) {
  range('maxResults', maxResults, 1, 100)
  const arns = [...world.clusters.values()].map(({ arn }) => arn)
  const { page, ...next } = pageOf(arns, nextToken, maxResults ?? 100)
  return { clusterArns: page, ...next }
}

function clusterView({ arn, name, tasks, services }: Cluster) {
  const counted = (status: string) => [...tasks.values()].filter(({ told }) => told.lastStatus === status).length
  return {
    clusterArn: arn,
    clusterName: name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: counted('RUNNING'),
    pendingTasksCount: counted('PENDING'),
    activeServicesCount: services.size,
  }
}
