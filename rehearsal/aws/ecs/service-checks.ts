import type { CreateServiceRequest, LoadBalancer, UpdateServiceRequest } from '@aws-sdk/client-ecs'
import {
  AvailabilityZoneRebalancing,
  DeploymentControllerType,
  LaunchType,
  PropagateTags,
  SchedulingStrategy,
} from '@aws-sdk/client-ecs'
import { length, oneOf, range } from '../wire/constraints.ts'
import { checkConfiguration } from './deployment-checks.ts'
import type { EcsWorld, RegisteredTaskDefinition } from './model.ts'
import { invalidParameter, notRehearsed, refuse } from './names.ts'
import { findRule } from './traffic.ts'

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
    refuse(`a load balancer of ${operation}`, balancer, ['loadBalancerName'])
    const group = world.targets.groups.get(balancer.targetGroupArn ?? '')
    if (!group) throw invalidParameter(`The specified target group does not exist: ${balancer.targetGroupArn}`)
    if (!group.inUse)
      throw invalidParameter(
        `The target group with targetGroupArn ${group.arn} does not have an associated load balancer.`,
      )
    checkWiring(world, balancer)
  }
}

/** What ECS must know of a load balancer to shift its traffic. */
function checkWiring({ targets }: EcsWorld, { targetGroupArn, advancedConfiguration: wiring }: LoadBalancer): void {
  if (!wiring) return
  const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } = wiring
  if (!alternateTargetGroupArn || !targets.groups.has(alternateTargetGroupArn))
    throw invalidParameter(`The specified target group does not exist: ${alternateTargetGroupArn}`)
  if (alternateTargetGroupArn === targetGroupArn)
    throw invalidParameter('alternateTargetGroupArn must be another target group than targetGroupArn.')
  if (!productionListenerRule) throw invalidParameter('productionListenerRule is required in advancedConfiguration.')
  for (const [member, arn] of Object.entries({ productionListenerRule, testListenerRule })) {
    if (arn === undefined) continue
    if (!arn.includes(':listener-rule/app/'))
      throw invalidParameter(`${member} has an invalid ARN format. Must be RuleArn for ALB. Got: ${arn}`)
    if (!findRule(targets, arn)) throw invalidParameter(`The ${member} does not exist: ${arn}`)
  }
  if (productionListenerRule === testListenerRule)
    throw invalidParameter(`productionListenerRule and testListenerRule cannot be the same rule: ${testListenerRule}`)
  if (!roleArn) throw invalidParameter('roleArn is required in advancedConfiguration.')
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
  const { strategy, bakeTimeInMinutes } = input.deploymentConfiguration ?? {}
  if (strategy === 'BLUE_GREEN' && bakeTimeInMinutes === undefined)
    throw invalidParameter('bakeTimeInMinutes is required for the deployment strategy BLUE_GREEN.')
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
