import {
  type DeploymentLifecycleHook,
  DescribeTaskDefinitionCommand,
  type ServiceDeployment,
} from '@aws-sdk/client-ecs'
import { hasEnded } from '../../ecs.ts'
import { until } from '../../patience.ts'
import { type Group, notAsked } from '../../question.ts'
import { targetGroup } from '../../read-only/target-group.ts'
import { DEPLOYMENT_MS, type Place } from '../place.ts'
import { makeService, type OwnService } from '../service.ts'
import { answeredPause } from './answered-pause.ts'
import { breakerKept } from './breaker-kept.ts'
import { makeFront, type Wiring } from './front.ts'
import { pauseShown } from './pause-shown.ts'
import { pauseWithoutTestListener } from './pause-without-test-listener.ts'
import { pausesKept } from './pauses-kept.ts'
import { successfulAfterCleanUp } from './successful-after-clean-up.ts'
import { type BlueGreen, CONFIGURATION, waitingHook } from './waiting.ts'
import { weightBeforeShift } from './weight-before-shift.ts'

/** Nothing waits for ever: the deployment goes on by itself. */
const PAUSE: DeploymentLifecycleHook = {
  targetType: 'PAUSE',
  lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'],
  timeoutConfiguration: { timeoutInMinutes: 30, action: 'CONTINUE' },
}

export function blueGreenService(place: Place, wiring: Wiring | undefined): Group<BlueGreen> {
  return {
    questions: [
      ...[targetGroup, pauseWithoutTestListener, pauseShown, weightBeforeShift],
      ...[pausesKept, answeredPause, successfulAfterCleanUp, breakerKept],
    ],
    async open() {
      if (!wiring) return notAsked('name a listener to add a rule to: --listener ARN --vpc ID --load-balancer-role ARN')
      const containerName = await containerAt(place, wiring.port)
      const front = await makeFront(place, wiring)
      const [targetGroupArn, alternateTargetGroupArn] = front.targetGroups
      const advancedConfiguration = {
        ...{ alternateTargetGroupArn, productionListenerRule: front.rule, roleArn: wiring.loadBalancerRole },
      }
      const own = await makeService(place, 'colours', {
        loadBalancers: [{ targetGroupArn, containerName, containerPort: wiring.port, advancedConfiguration }],
        deploymentConfiguration: CONFIGURATION,
      })
      return { ...own, front, deployment: await pausedDeployment(own) }
    },
  }
}

async function containerAt({ ecs, taskDefinition }: Place, port: number): Promise<string> {
  const { taskDefinition: found } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))
  const container = found?.containerDefinitions?.find(({ portMappings = [] }) =>
    portMappings.some(({ containerPort }) => containerPort === port),
  )
  if (!container?.name) throw new Error(`no container of ${taskDefinition} listens at port ${port}; write --port`)
  return container.name
}

async function pausedDeployment(service: OwnService): Promise<ServiceDeployment> {
  const { serviceDeploymentArn: earlier } = await service.newest()
  await service.update({
    forceNewDeployment: true,
    deploymentConfiguration: { ...CONFIGURATION, lifecycleHooks: [PAUSE] },
  })
  return until('a deployment comes to its pause', DEPLOYMENT_MS, service.pause, async () => {
    const deployment = await service.newest()
    if (deployment.serviceDeploymentArn === earlier) return undefined
    return waitingHook(deployment) || hasEnded(deployment) ? deployment : undefined
  })
}
