import type { DeploymentConfiguration, DeploymentLifecycleHook } from '@aws-sdk/client-ecs'
import {
  DeploymentLifecycleHookAction,
  DeploymentLifecycleHookStage,
  DeploymentLifecycleHookTargetType,
  DeploymentStrategy,
  ThresholdType,
} from '@aws-sdk/client-ecs'
import { oneOf, range } from '../wire/constraints.ts'
import type { ServiceSettings } from './model.ts'
import { invalidParameter, notRehearsed, refuse } from './names.ts'

const MOST_PAUSES = 10
const LONGEST_PAUSE_MINUTES = 20_160

/** What is wrong with a deployment configuration whatever the service has already. */
export function checkConfiguration(configuration: DeploymentConfiguration): void {
  oneOf('deploymentConfiguration.strategy', configuration.strategy, DeploymentStrategy)
  if (configuration.strategy === 'LINEAR' || configuration.strategy === 'CANARY')
    throw notRehearsed(`the deployment strategy ${configuration.strategy}`)
  const later = ['linearConfiguration', 'canaryConfiguration', 'earlySuccessCriteria']
  refuse('a deployment configuration', configuration, later)
  const { alarms, lifecycleHooks = [], bakeTimeInMinutes } = configuration
  if (alarms?.enable && !alarms.alarmNames?.length) throw invalidParameter('alarmNames cannot be empty.')
  range('deploymentConfiguration.bakeTimeInMinutes', bakeTimeInMinutes, 0, 1440)
  if (lifecycleHooks.length > MOST_PAUSES)
    throw invalidParameter(`lifecycleHooks cannot have more than ${MOST_PAUSES} hooks of type PAUSE.`)
  for (const hook of lifecycleHooks) checkHook(hook)
  const breaker = configuration.deploymentCircuitBreaker?.thresholdConfiguration
  oneOf('deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration.type', breaker?.type, ThresholdType)
  if (breaker && (breaker.value ?? 0) < 1) throw invalidParameter('The threshold value must be at least 1.')
}

function checkHook(hook: DeploymentLifecycleHook): void {
  const { targetType = 'AWS_LAMBDA', lifecycleStages = [], timeoutConfiguration } = hook
  oneOf('lifecycleHooks.targetType', targetType, DeploymentLifecycleHookTargetType)
  if (targetType !== 'PAUSE') throw notRehearsed(`a lifecycle hook of type ${targetType}`)
  if (hook.hookTargetArn || hook.roleArn || hook.hookDetails)
    throw invalidParameter('A lifecycle hook of type PAUSE has no hookTargetArn, roleArn or hookDetails.')
  if (lifecycleStages.length === 0) throw invalidParameter('lifecycleStages is required for a lifecycle hook.')
  for (const stage of lifecycleStages) {
    oneOf('lifecycleHooks.lifecycleStages', stage, DeploymentLifecycleHookStage)
    if (stage === 'TEST_TRAFFIC_SHIFT' || stage === 'PRODUCTION_TRAFFIC_SHIFT')
      throw invalidParameter(`A lifecycle hook of type PAUSE is not supported at ${stage}.`)
  }
  oneOf('lifecycleHooks.timeoutConfiguration.action', timeoutConfiguration?.action, DeploymentLifecycleHookAction)
  const minutes = timeoutConfiguration?.timeoutInMinutes
  range('lifecycleHooks.timeoutConfiguration.timeoutInMinutes', minutes, 1, LONGEST_PAUSE_MINUTES)
}

/** What fits together only after the merge: the strategy, its members and the load balancers. */
export function checkStrategy({ deploymentConfiguration, loadBalancers = [] }: ServiceSettings): void {
  const { strategy, bakeTimeInMinutes, lifecycleHooks = [] } = deploymentConfiguration
  if (strategy === 'BLUE_GREEN') {
    if (loadBalancers.some(({ advancedConfiguration }) => !advancedConfiguration))
      throw invalidParameter('advancedConfiguration is required for the deployment strategy BLUE_GREEN.')
    return
  }
  if (bakeTimeInMinutes) throw notRehearsed('a bake time of a rolling deployment')
  if (lifecycleHooks.length > 0) throw notRehearsed('a lifecycle hook of a rolling deployment')
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
