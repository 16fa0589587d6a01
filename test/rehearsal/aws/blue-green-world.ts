import type {
  CreateServiceRequest,
  DeploymentConfiguration,
  DeploymentLifecycleHook,
  DeploymentLifecycleHookDetail,
  DeploymentLifecycleHookStage,
  DescribeServiceRevisionsResponse,
  LoadBalancer,
  ServiceDeployment,
  ServiceRevision,
} from '@aws-sdk/client-ecs'
import type {
  CreateListenerOutput,
  CreateRuleOutput,
  CreateTargetGroupOutput,
  DescribeRulesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { TARGET_GROUP } from '../fleet/inputs.ts'
import { call, createWorld, type World, type WorldOptions } from '../fleet/world.ts'

export const ROLE = 'arn:aws:iam::111122223333:role/ecs-load-balancers'
export type Stage = DeploymentLifecycleHookStage
export const THREE_PAUSES: Stage[] = [
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
]

export function pauseAt(...lifecycleStages: Stage[]): DeploymentLifecycleHook {
  return { targetType: 'PAUSE', lifecycleStages }
}

/** The two target groups of a service, the rule that users come by at port 80, and a test rule at port 8080. */
export async function createBlueGreenWorld(options: WorldOptions = {}) {
  const world = await createWorld(options)
  const { elb, ecs, loadBalancers, targetGroupArn } = world
  const made = await call<CreateTargetGroupOutput>(elb, 'CreateTargetGroup', {
    ...TARGET_GROUP,
    ...options.group,
    Name: 'web-alternate',
  })
  const alternateTargetGroupArn = made.TargetGroups?.[0]?.TargetGroupArn ?? ''
  const Attributes = [
    { Key: 'deregistration_delay.timeout_seconds', Value: String(options.deregistrationDelaySeconds ?? 30) },
  ]
  await call(elb, 'ModifyTargetGroupAttributes', { TargetGroupArn: alternateTargetGroupArn, Attributes })
  const testListener = await listen(world, 8080)
  const [shop] = loadBalancers.all
  const productionListenerRule = await ruleTo(world, shop?.listeners[0]?.arn)
  const testListenerRule = await ruleTo(world, testListener)
  const wiring: LoadBalancer = {
    targetGroupArn,
    containerName: 'web',
    containerPort: 3000,
    advancedConfiguration: { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn: ROLE },
  }
  const names = new Map([
    [targetGroupArn, 'primary'],
    [alternateTargetGroupArn, 'alternate'],
  ])
  const weightsOf = async (RuleArns: string) => {
    const { Rules } = await call<DescribeRulesOutput>(elb, 'DescribeRules', { RuleArns: [RuleArns] })
    const groups = Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? []
    return Object.fromEntries(groups.map(({ TargetGroupArn = '', Weight }) => [names.get(TargetGroupArn), Weight]))
  }
  const ask = async (url: string) => (await loadBalancers.request('shop.test', new Request(url))).text()

  return {
    ...world,
    alternateTargetGroupArn,
    productionListenerRule,
    testListenerRule,
    wiring,
    /** A service of one image that is deployed blue/green from the start, and without pauses before the first update. */
    async created(more: Partial<CreateServiceRequest> = {}) {
      await world.create('one', { ...blueGreen(wiring), ...more })
      return world.settled()
    },
    /** Deploys an image and pauses where the hooks say. */
    async deploy(image: string, hooks = [pauseAt(...THREE_PAUSES)], more: DeploymentConfiguration = {}) {
      const taskDefinition = await world.register(image)
      const deploymentConfiguration = { strategy: 'BLUE_GREEN' as const, lifecycleHooks: hooks, ...more }
      return world.update({ taskDefinition, deploymentConfiguration })
    },
    /** Waits for the next pause, and says where it is. */
    async paused(stage: string): Promise<DeploymentLifecycleHookDetail> {
      await world.until(`a pause at ${stage}`, async () => {
        const deployment = await world.deployment()
        return deployment.lifecycleStage === stage && awaiting(deployment) !== undefined
      })
      return awaiting(await world.deployment()) ?? {}
    },
    /** Answers the pause at the stage once it is reached. */
    async answer(stage: string, action?: 'CONTINUE' | 'ROLLBACK') {
      const { hookId } = await this.paused(stage)
      const { serviceDeploymentArn } = await world.deployment()
      const input = { serviceDeploymentArn, hookId, ...(action && { action }) }
      await call(ecs, 'ContinueServiceDeployment', input)
    },
    async stop() {
      const { serviceDeploymentArn } = await world.deployment()
      await call(ecs, 'StopServiceDeployment', { serviceDeploymentArn, stopType: 'ROLLBACK' })
    },
    /** Production weights by target group. */
    production: () => weightsOf(productionListenerRule),
    test: () => weightsOf(testListenerRule),
    /** What users get. */
    asUser: () => ask('http://shop.test/'),
    asTester: () => ask('http://shop.test:8080/'),
    async revision(arn: string | undefined): Promise<ServiceRevision> {
      const told = await call<DescribeServiceRevisionsResponse>(ecs, 'DescribeServiceRevisions', {
        serviceRevisionArns: [arn],
      })
      return told.serviceRevisions?.[0] ?? {}
    },
    /** Every stage that the open deployment comes through until it ends. */
    async walked(): Promise<string[]> {
      const seen: string[] = []
      await world.until('the deployment ends', async () => {
        const { lifecycleStage = '', finishedAt } = await world.deployment()
        if (lifecycleStage && seen.at(-1) !== lifecycleStage) seen.push(lifecycleStage)
        return finishedAt !== undefined
      })
      return seen
    },
    /** How many tasks were ever started. */
    started: () => world.events.filter(({ detail }) => detail.group && detail.lastStatus === 'PROVISIONING').length,
    /** The service's deployment events, oldest first, each with its rollout. */
    announced: () =>
      world.events
        .filter(event => event['detail-type'] === 'ECS Deployment State Change')
        .map(({ detail }) => ({ happened: detail.eventName, rollout: detail.deploymentId, reason: detail.reason })),
    hookEvents: () => world.events.filter(event => event['detail-type'] === 'ECS Hook State Change'),
  }
}

export type BlueGreenWorld = Awaited<ReturnType<typeof createBlueGreenWorld>>

export function blueGreen(wiring: LoadBalancer): Partial<CreateServiceRequest> {
  return { loadBalancers: [wiring], deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 } }
}

function awaiting({ lifecycleHookDetails = [] }: ServiceDeployment): DeploymentLifecycleHookDetail | undefined {
  return lifecycleHookDetails.find(({ status }) => status === 'AWAITING_ACTION')
}

async function listen({ elb, loadBalancers, targetGroupArn }: World, Port: number): Promise<string | undefined> {
  const { Listeners } = await call<CreateListenerOutput>(elb, 'CreateListener', {
    LoadBalancerArn: loadBalancers.all[0]?.arn,
    Protocol: 'HTTP',
    Port,
    DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
  })
  return Listeners?.[0]?.ListenerArn
}

export async function ruleTo({ elb, targetGroupArn }: World, ListenerArn: string | undefined): Promise<string> {
  const { Rules } = await call<CreateRuleOutput>(elb, 'CreateRule', {
    ListenerArn,
    Priority: 10,
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }],
    Actions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
  })
  return Rules?.[0]?.RuleArn ?? ''
}
