import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import {
  ContinueServiceDeploymentCommand,
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterAll, afterEach, expect, test } from 'vitest'
import { createUsers } from '../../../rehearsal/fleet/users.ts'
import { type RehearsedServices, startServices } from '../../../rehearsal/index.ts'
import { serviceOf, TARGET_GROUP, taskDefinitionOf } from '../fleet/inputs.ts'
import { IMAGES } from '../fleet/world.ts'
import { pauseAt, ROLE } from './blue-green-world.ts'

const REPOSITORY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/web'
const HOUR_MS = 3_600_000
const logDir = mkdtempSync(join(tmpdir(), 'logs-'))
let open: RehearsedServices | undefined

afterEach(async () => {
  await open?.stop()
  open = undefined
})

afterAll(() => rmSync(logDir, { recursive: true }))

/** A blue/green service `web` that runs the image `one`. */
async function blueGreenServices(drive: 'jump' | 'paced') {
  const services = await startServices({ drive, speed: 60, logDir })
  open = services
  const config = {
    endpoint: services.endpoint,
    region: 'eu-west-1',
    credentials: {
      accessKeyId: services.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: services.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  }
  const elb = new ElasticLoadBalancingV2Client(config)
  const ecs = new ECSClient(config)
  await new ECRClient(config).send(new CreateRepositoryCommand({ repositoryName: 'web' }))
  const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: 'shop', Subnets: ['a', 'b'] }))
  services.loadBalancers.hosts.set('shop.test', LoadBalancers?.[0]?.DNSName ?? '')
  const groups: string[] = []
  for (const Name of ['web', 'web-alternate']) {
    const { TargetGroups } = await elb.send(new CreateTargetGroupCommand({ ...TARGET_GROUP, Name }))
    const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? ''
    const Attributes = [{ Key: 'deregistration_delay.timeout_seconds', Value: '20' }]
    await elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes }))
    groups.push(TargetGroupArn)
  }
  const [primary = '', alternateTargetGroupArn] = groups
  const forward = [{ Type: 'forward' as const, TargetGroupArn: primary }]
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn
  const listener = { LoadBalancerArn, Port: 80, Protocol: 'HTTP' as const, DefaultActions: forward }
  const { Listeners } = await elb.send(new CreateListenerCommand(listener))
  const Conditions = [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }]
  const rule = { ListenerArn: Listeners?.[0]?.ListenerArn, Priority: 1, Conditions, Actions: forward }
  const { Rules } = await elb.send(new CreateRuleCommand(rule))
  const productionListenerRule = Rules?.[0]?.RuleArn
  const advancedConfiguration = { alternateTargetGroupArn, productionListenerRule, roleArn: ROLE }
  await ecs.send(new CreateClusterCommand({ clusterName: 'shop' }))

  const newest = async (): Promise<ServiceDeployment> => {
    const listed = await ecs.send(new ListServiceDeploymentsCommand({ cluster: 'shop', service: 'web' }))
    const serviceDeploymentArns = [listed.serviceDeployments?.[0]?.serviceDeploymentArn ?? '']
    const told = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }))
    return told.serviceDeployments?.[0] ?? {}
  }
  const until = async (holds: (deployment: ServiceDeployment) => boolean): Promise<ServiceDeployment> => {
    const deadline = services.clock.now() + HOUR_MS
    for (;;) {
      const deployment = await newest()
      if (holds(deployment)) return deployment
      if (services.clock.now() > deadline) throw new Error(`never: it is ${deployment.status}`)
      await services.clock.sleep(2000)
    }
  }
  const register = async (tag: string) => {
    await services.ecr.push({ repository: 'web', tag, folder: `${IMAGES}${tag}` })
    const [container] = taskDefinitionOf(tag).containerDefinitions ?? []
    const containerDefinitions = [{ ...container, image: `${REPOSITORY}:${tag}` }]
    await ecs.send(new RegisterTaskDefinitionCommand({ ...taskDefinitionOf(tag), containerDefinitions }))
  }
  await register('one')
  const loadBalancers = [{ targetGroupArn: primary, containerName: 'web', containerPort: 3000, advancedConfiguration }]
  const deploymentConfiguration = { strategy: 'BLUE_GREEN' as const, bakeTimeInMinutes: 0 }
  const service = { ...serviceOf(primary), taskDefinition: 'web', loadBalancers, deploymentConfiguration }
  await ecs.send(new CreateServiceCommand(service))
  expect((await until(({ finishedAt }) => finishedAt !== undefined)).status).toBe('SUCCESSFUL')
  const weights = async () => {
    const told = await elb.send(new DescribeRulesCommand({ RuleArns: [productionListenerRule ?? ''] }))
    return told.Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups?.map(({ Weight }) => Weight)
  }
  return { services, ecs, register, until, weights }
}

test.each(['jump', 'paced'] as const)(
  'with nothing but the SDK, in the %s drive, a deployment is paused, continued and taken back, and no user notices',
  async drive => {
    const { services, ecs, register, until, weights } = await blueGreenServices(drive)
    const { clock, loadBalancers } = services
    const users = createUsers({ clock, loadBalancers, url: 'http://shop.test/', perSecond: 1 })
    users.start()
    await register('two')
    const lifecycleHooks = [pauseAt('PRE_PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT')]
    const deploymentConfiguration = { lifecycleHooks }
    const update = { cluster: 'shop', service: 'web', taskDefinition: 'web', deploymentConfiguration }
    await ecs.send(new UpdateServiceCommand(update))
    const waits = ({ lifecycleHookDetails = [] }: ServiceDeployment) =>
      lifecycleHookDetails.some(({ status }) => status === 'AWAITING_ACTION')
    const first = await until(waits)
    expect(first).toMatchObject({
      lifecycleStage: 'PRE_PRODUCTION_TRAFFIC_SHIFT',
      lifecycleHookDetails: [{ targetType: 'PAUSE', expiresAt: expect.any(Date), timeoutAction: 'ROLLBACK' }],
      targetServiceRevision: { requestedProductionTrafficWeight: 0, requestedTestTrafficWeight: 0 },
    })
    expect(await weights()).toEqual([0, 100])
    const { serviceDeploymentArn } = first
    const hookId = first.lifecycleHookDetails?.[0]?.hookId
    await ecs.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId }))
    await until(waits)
    expect(await weights()).toEqual([100, 0])
    await ecs.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: 'ROLLBACK' }))
    expect((await until(({ finishedAt }) => finishedAt !== undefined)).status).toBe('ROLLBACK_SUCCESSFUL')
    expect(await weights()).toEqual([0, 100])
    await users.stop()
    expect(users.counts()).toMatchObject({ failed: 0 })
    const { services: told } = await ecs.send(new DescribeServicesCommand({ cluster: 'shop', services: ['web'] }))
    expect(told?.[0]?.loadBalancers?.[0]?.advancedConfiguration).toMatchObject({ roleArn: ROLE })
  },
)
