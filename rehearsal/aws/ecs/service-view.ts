import type {
  Deployment,
  ServiceDeployment as DeploymentTold,
  Service,
  ServiceDeploymentLifecycleStage,
  ServiceRevision,
} from '@aws-sdk/client-ecs'
import { describeAlarms } from './alarm-watch.ts'
import { isBlueGreen, wantedTasks } from './blue-green.ts'
import { tasksOf } from './health.ts'
import { describeHook } from './hooks.ts'
import type { EcsService, Revision, ServiceDeployment } from './model.ts'
import { isOpen } from './progress.ts'
import { breakerThreshold } from './rolling.ts'

const PENDING = ['PROVISIONING', 'PENDING', 'ACTIVATING']

function countsOf(service: EcsService, revision?: Revision) {
  const tasks = tasksOf(service).filter(task => !revision || task.revision === revision)
  return {
    runningCount: tasks.filter(({ told }) => told.lastStatus === 'RUNNING').length,
    pendingCount: tasks.filter(({ told }) => PENDING.includes(told.lastStatus)).length,
  }
}

export function describeService(service: EcsService, withTags: boolean): Service {
  const { settings, primary } = service
  const shown = service.revisions.filter(
    revision => revision === primary || tasksOf(service).some(task => task.revision === revision),
  )
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    serviceRegistries: [],
    status: 'ACTIVE',
    desiredCount: service.desiredCount,
    ...countsOf(service),
    ...settings,
    platformFamily: 'Linux',
    taskDefinition: primary.taskDefinition.definition.taskDefinitionArn,
    deployments: [primary, ...shown.filter(revision => revision !== primary).reverse()].map(revision =>
      deploymentEntry(service, revision),
    ),
    events: service.events,
    createdAt: service.createdAt,
    createdBy: service.createdBy,
    ...(service.currentDeployment && { currentServiceDeployment: service.currentDeployment.arn }),
    currentServiceRevisions: shown.map(revision => summary(service, revision)),
    placementConstraints: [],
    placementStrategy: [],
    schedulingStrategy: 'REPLICA',
    deploymentController: { type: 'ECS' },
    ...(withTags && { tags: service.tags }),
  }
}

function deploymentEntry(service: EcsService, revision: Revision): Deployment {
  const { settings } = revision
  return {
    id: revision.rolloutId,
    status: revision === service.primary ? 'PRIMARY' : 'ACTIVE',
    taskDefinition: revision.taskDefinition.definition.taskDefinitionArn,
    desiredCount: wantedTasks(service).get(revision) ?? 0,
    ...countsOf(service, revision),
    failedTasks: revision.failedTasks,
    createdAt: revision.createdAt,
    updatedAt: revision.updatedAt,
    launchType: settings.launchType,
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    networkConfiguration: settings.networkConfiguration,
    rolloutState: revision.rolloutState,
    rolloutStateReason: revision.rolloutStateReason,
  }
}

function summary(service: EcsService, revision: Revision) {
  const { runningCount, pendingCount } = countsOf(service, revision)
  return {
    arn: revision.arn,
    requestedTaskCount: wantedTasks(service).get(revision) ?? 0,
    runningTaskCount: runningCount,
    pendingTaskCount: pendingCount,
  }
}

/** Of a blue/green deployment; what a deployment tells of its past ones is how things stand now. */
function weightedSummary(service: EcsService, deployment: ServiceDeployment, revision: Revision) {
  if (!isBlueGreen(deployment)) return summary(service, revision)
  return {
    ...summary(service, revision),
    requestedProductionTrafficWeight: revision === service.serving ? 100 : 0,
    requestedTestTrafficWeight: revision === service.tested ? 100 : 0,
  }
}

export function describeDeployment(service: EcsService, deployment: ServiceDeployment): DeploymentTold {
  const { breaker, configuration, startedAt, finishedAt, stoppedAt, statusReason, rollback, lifecycle } = deployment
  const enabled = configuration.deploymentCircuitBreaker?.enable === true && !isBlueGreen(deployment)
  const monitoring = breaker.over ? 'MONITORING_COMPLETE' : 'MONITORING'
  return {
    serviceDeploymentArn: deployment.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    createdAt: deployment.createdAt,
    updatedAt: deployment.updatedAt,
    ...(startedAt && { startedAt }),
    ...(finishedAt && { finishedAt }),
    ...(stoppedAt && { stoppedAt }),
    sourceServiceRevisions: deployment.sources.map(revision => weightedSummary(service, deployment, revision)),
    targetServiceRevision: weightedSummary(service, deployment, deployment.target),
    status: deployment.status,
    ...(statusReason && { statusReason }),
    ...(lifecycle && { lifecycleStage: lifecycle.stage as ServiceDeploymentLifecycleStage }),
    ...(lifecycle && { lifecycleHookDetails: lifecycle.hooks.map(describeHook) }),
    deploymentConfiguration: configuration,
    ...(rollback && { rollback }),
    deploymentCircuitBreaker: {
      status: !enabled ? 'DISABLED' : breaker.tripped ? 'TRIGGERED' : monitoring,
      failureCount: breaker.failures,
      threshold: breakerThreshold(service.desiredCount, configuration),
    },
    alarms: describeAlarms(deployment),
  }
}

export function describeRevision(service: EcsService, revision: Revision): ServiceRevision {
  const { settings } = revision
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    taskDefinition: revision.taskDefinition.definition.taskDefinitionArn,
    launchType: settings.launchType,
    platformVersion: '1.4.0',
    platformFamily: 'Linux',
    loadBalancers: settings.loadBalancers,
    networkConfiguration: settings.networkConfiguration,
    containerImages: revision.images,
    guardDutyEnabled: false,
    createdAt: revision.createdAt,
    resolvedConfiguration: {
      loadBalancers: settings.loadBalancers?.map(({ advancedConfiguration }, at) => ({
        targetGroupArn: revision.targetGroups[at],
        ...(advancedConfiguration && { productionListenerRule: advancedConfiguration.productionListenerRule }),
      })),
    },
  }
}

export function briefDeployment(service: EcsService, deployment: ServiceDeployment) {
  const { startedAt, finishedAt, createdAt, status, statusReason } = deployment
  return {
    serviceDeploymentArn: deployment.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    targetServiceRevisionArn: deployment.target.arn,
    createdAt,
    status,
    ...(statusReason && { statusReason }),
    ...(startedAt && { startedAt }),
    ...(!isOpen(deployment) && finishedAt && { finishedAt }),
  }
}
