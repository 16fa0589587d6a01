import type {
  ContinueServiceDeploymentRequest,
  DescribeServiceDeploymentsRequest,
  DescribeServiceRevisionsRequest,
  ListServiceDeploymentsRequest,
  StopServiceDeploymentRequest,
} from '@aws-sdk/client-ecs'
import {
  DeploymentLifecycleHookAction,
  ServiceDeploymentStatus,
  StopServiceDeploymentStopType,
} from '@aws-sdk/client-ecs'
import { AwsError, type Operations } from '../service.ts'
import { oneOf, range } from '../wire/constraints.ts'
import { closeHook, openHooksOf } from './hooks.ts'
import type { EcsService, EcsWorld } from './model.ts'
import { clusterOf, findService, invalidParameter, notRehearsed, pageOf, serviceOf } from './names.ts'
import { isOpen, update } from './progress.ts'
import type { Scheduler } from './scheduler.ts'
import { briefDeployment, describeDeployment, describeRevision } from './service-view.ts'

const MOST_ARNS = 20

export function deploymentOperations(world: EcsWorld, scheduler: Scheduler): Operations {
  return {
    ListServiceDeployments: (input: ListServiceDeploymentsRequest) => list(world, input),
    DescribeServiceDeployments: (input: DescribeServiceDeploymentsRequest) => describeDeployments(world, input),
    DescribeServiceRevisions: (input: DescribeServiceRevisionsRequest) => describeRevisions(world, input),
    StopServiceDeployment: (input: StopServiceDeploymentRequest) => stop(world, scheduler, input),
    ContinueServiceDeployment: (input: ContinueServiceDeploymentRequest) => proceed(world, scheduler, input),
  }
}

function list(world: EcsWorld, input: ListServiceDeploymentsRequest) {
  for (const [at, status] of (input.status ?? []).entries())
    oneOf(`status.${at + 1}.member`, status, ServiceDeploymentStatus)
  range('maxResults', input.maxResults, 1, 100)
  const service = serviceOf(clusterOf(world, input.cluster), input.service ?? '')
  const { after, before } = input.createdAt ?? {}
  const chosen = service.deployments
    .toReversed()
    .filter(({ status }) => !input.status?.length || input.status.includes(status))
    .filter(({ createdAt }) => (!after || createdAt >= after) && (!before || createdAt <= before))
  const { page, ...next } = pageOf(chosen, input.nextToken, input.maxResults ?? 20)
  return { serviceDeployments: page.map(deployment => briefDeployment(service, deployment)), ...next }
}

function describeDeployments(world: EcsWorld, { serviceDeploymentArns = [] }: DescribeServiceDeploymentsRequest) {
  const found = lookedUp(world, serviceDeploymentArns, 'service-deployment', (service, arn) => {
    const deployment = service.deployments.find(each => each.arn === arn)
    return deployment && describeDeployment(service, deployment)
  })
  return { serviceDeployments: found.items, failures: found.failures }
}

function describeRevisions(world: EcsWorld, { serviceRevisionArns = [] }: DescribeServiceRevisionsRequest) {
  const found = lookedUp(world, serviceRevisionArns, 'service-revision', (service, arn) => {
    const revision = service.revisions.find(each => each.arn === arn)
    return revision && describeRevision(service, revision)
  })
  return { serviceRevisions: found.items, failures: found.failures }
}

function lookedUp<T>(
  world: EcsWorld,
  arns: string[],
  kind: string,
  find: (service: EcsService, arn: string) => T | undefined,
) {
  if (arns.length === 0) throw invalidParameter(`${kind} ARNs cannot be empty.`)
  if (arns.length > MOST_ARNS) throw invalidParameter(`${kind} ARNs cannot have more than ${MOST_ARNS} elements.`)
  const found = arns.map(arn => {
    const service = serviceNamedIn(world, arn, kind)
    return { arn, item: service && find(service, arn) }
  })
  return {
    items: found.flatMap(({ item }) => (item === undefined ? [] : [item])),
    failures: found.flatMap(({ arn, item }) => (item === undefined ? [{ arn, reason: 'MISSING' }] : [])),
  }
}

/** `…:<kind>/<cluster>/<service>/<id>` names its service. */
function serviceNamedIn(world: EcsWorld, arn: string, kind: string): EcsService | undefined {
  const [, cluster = '', service = ''] =
    new RegExp(`^arn:aws:ecs:[^:]+:\\d+:${kind}/([^/]+)/([^/]+)/[^/]+$`).exec(arn) ?? []
  if (!cluster) throw invalidParameter(`Invalid ${kind} ARN: ${arn}`)
  const owner = world.clusters.get(cluster)
  return owner && findService(owner, service)
}

function stop(world: EcsWorld, scheduler: Scheduler, input: StopServiceDeploymentRequest) {
  const arn = input.serviceDeploymentArn ?? ''
  oneOf('stopType', input.stopType, StopServiceDeploymentStopType)
  if (input.stopType === 'ABORT') throw notRehearsed('StopServiceDeployment with stopType ABORT')
  const { service, deployment } = deploymentNamed(world, arn)
  if (!isOpen(deployment))
    throw new AwsError(
      'ConflictException',
      `Service deployment is in ${deployment.status} state and cannot be stopped.`,
    )
  if (!service.lastSuccessful)
    throw new AwsError(
      'ConflictException',
      'There is no service revision that the service deployment could roll back to.',
    )
  if (deployment.status === 'PENDING' || deployment.status === 'IN_PROGRESS') {
    update(world, deployment, 'ROLLBACK_REQUESTED', 'Rollback was requested by StopServiceDeployment.')
    scheduler.lookSoon(service)
  }
  return { serviceDeploymentArn: arn }
}

/** Answers one hook. */
function proceed(world: EcsWorld, scheduler: Scheduler, input: ContinueServiceDeploymentRequest) {
  const { serviceDeploymentArn: arn = '', hookId, action = 'CONTINUE' } = input
  oneOf('action', action, DeploymentLifecycleHookAction)
  const { service, deployment } = deploymentNamed(world, arn)
  const hook = openHooksOf(deployment).find(({ id }) => id === hookId)
  if (!hook) throw invalidParameter(`No hook ${hookId} of the service deployment awaits an action.`)
  if (action === 'CONTINUE') closeHook(world, service, deployment, hook, 'SUCCEEDED')
  else {
    if (!service.lastSuccessful)
      throw invalidParameter('There is no service revision that the service deployment could roll back to.')
    closeHook(world, service, deployment, hook, 'FAILED')
    deployment.unwanted = `Service deployment failed: the hook at ${hook.stage} was answered with ROLLBACK.`
    update(world, deployment, 'ROLLBACK_REQUESTED', deployment.unwanted)
  }
  scheduler.lookSoon(service)
  return { serviceDeploymentArn: arn }
}

function deploymentNamed(world: EcsWorld, arn: string) {
  const service = serviceNamedIn(world, arn, 'service-deployment')
  const deployment = service?.deployments.find(each => each.arn === arn)
  if (!service || !deployment) throw new AwsError('ServiceDeploymentNotFoundException', 'Service deployment not found.')
  return { service, deployment }
}
