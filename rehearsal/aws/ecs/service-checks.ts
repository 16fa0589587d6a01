import type { CreateServiceRequest, DeploymentConfiguration, UpdateServiceRequest } from '@aws-sdk/client-ecs'
import {
  AvailabilityZoneRebalancing,
  DeploymentControllerType,
  DeploymentStrategy,
  LaunchType,
  PropagateTags,
  SchedulingStrategy,
  ThresholdType,
} from '@aws-sdk/client-ecs'
import { length, oneOf, range } from '../wire/constraints.ts'
import type { EcsWorld, RegisteredTaskDefinition } from './model.ts'
import { invalidParameter, notRehearsed, refuse } from './names.ts'

const NOT_REHEARSED = [
  'capacityProviderStrategy',
  'gatewayConnectors',
  'monitoring',
  'placementConstraints',
  'placementStrategy',
  'serviceConnectConfiguration',
  'serviceRegistries',
  'volumeConfigurations',
  'vpcLatticeConfigurations',
]

/** What either operation checks of the settings that they share. */
export function checkSettings(
  world: EcsWorld,
  operation: string,
  input: CreateServiceRequest | UpdateServiceRequest,
): void {
  refuse(operation, input, NOT_REHEARSED)
  oneOf('deploymentController.type', input.deploymentController?.type, DeploymentControllerType)
  if ((input.deploymentController?.type ?? 'ECS') !== 'ECS')
    throw notRehearsed(`the deployment controller ${input.deploymentController?.type}`)
  oneOf('propagateTags', input.propagateTags, PropagateTags)
  oneOf('availabilityZoneRebalancing', input.availabilityZoneRebalancing, AvailabilityZoneRebalancing)
  if ((input.desiredCount ?? 0) < 0) throw invalidParameter('desiredCount cannot be negative.')
  range('healthCheckGracePeriodSeconds', input.healthCheckGracePeriodSeconds, 0, 2_147_483_647)
  if (input.deploymentConfiguration) checkConfiguration(input.deploymentConfiguration)
  for (const balancer of input.loadBalancers ?? []) {
    refuse(`a load balancer of ${operation}`, balancer, ['advancedConfiguration', 'loadBalancerName'])
    const group = world.targets.groups.get(balancer.targetGroupArn ?? '')
    if (!group) throw invalidParameter(`The specified target group does not exist: ${balancer.targetGroupArn}`)
    if (!group.inUse)
      throw invalidParameter(
        `The target group with targetGroupArn ${group.arn} does not have an associated load balancer.`,
      )
  }
}

export function checkCreation(input: CreateServiceRequest): void {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(input.serviceName ?? ''))
    throw invalidParameter(
      'Invalid service name. The name may contain up to 255 letters, numbers, underscores and hyphens.',
    )
  oneOf('schedulingStrategy', input.schedulingStrategy, SchedulingStrategy)
  if (input.schedulingStrategy === 'DAEMON') throw notRehearsed('the scheduling strategy DAEMON')
  oneOf('launchType', input.launchType, LaunchType)
  length('clientToken', input.clientToken, 0, 36)
  if (!input.taskDefinition) throw invalidParameter('TaskDefinition can not be blank.')
  if (input.desiredCount === undefined) throw invalidParameter('desiredCount is required for REPLICA services.')
}

function checkConfiguration(configuration: DeploymentConfiguration): void {
  oneOf('deploymentConfiguration.strategy', configuration.strategy, DeploymentStrategy)
  if (configuration.strategy && configuration.strategy !== 'ROLLING')
    throw notRehearsed(`the deployment strategy ${configuration.strategy}`)
  const later = ['lifecycleHooks', 'linearConfiguration', 'canaryConfiguration', 'earlySuccessCriteria']
  refuse('a deployment configuration', configuration, later)
  if (configuration.alarms && (configuration.alarms.enable || configuration.alarms.alarmNames?.length))
    throw notRehearsed('a deployment configuration with alarms')
  range('deploymentConfiguration.bakeTimeInMinutes', configuration.bakeTimeInMinutes, 0, 1440)
  if (configuration.bakeTimeInMinutes) throw notRehearsed('a bake time of a rolling deployment')
  const breaker = configuration.deploymentCircuitBreaker?.thresholdConfiguration
  oneOf('deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.type', breaker?.type, ThresholdType)
  if (breaker && (breaker.value ?? 0) < 1) throw invalidParameter('The threshold value must be at least 1.')
}

/** The percentages make sense only together, so they are checked after the merge. */
export function checkPercentages({ minimumHealthyPercent = 100, maximumPercent = 200 }: DeploymentConfiguration): void {
  if (minimumHealthyPercent < 0 || minimumHealthyPercent > 100)
    throw invalidParameter('minimumHealthyPercent must be between 0 and 100.')
  if (maximumPercent < 100 || maximumPercent > 200)
    throw invalidParameter('maximumPercent must be between 100 and 200.')
  if (minimumHealthyPercent >= 100 && maximumPercent <= 100)
    throw invalidParameter(
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    )
}

/** What the task definition must have for the service. */
export function checkFit(
  taskDefinition: RegisteredTaskDefinition,
  settings: Pick<CreateServiceRequest, 'loadBalancers' | 'networkConfiguration' | 'healthCheckGracePeriodSeconds'>,
): void {
  const awsvpc = taskDefinition.definition.networkMode === 'awsvpc'
  if (awsvpc && !settings.networkConfiguration?.awsvpcConfiguration?.subnets?.length)
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
  if (settings.healthCheckGracePeriodSeconds && !settings.loadBalancers?.length)
    throw invalidParameter('Health check grace period is only valid for services configured to use load balancers')
  for (const { containerName, containerPort } of settings.loadBalancers ?? []) {
    const container = taskDefinition.containers.find(({ name }) => name === containerName)
    if (!container) throw invalidParameter(`The container ${containerName} does not exist in the task definition.`)
    if (!container.portMappings?.some(mapping => mapping.containerPort === containerPort))
      throw invalidParameter(`The container ${containerName} did not have a container port ${containerPort} defined.`)
  }
}
