import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  RegisterTaskDefinitionCommand,
  StopServiceDeploymentCommand,
} from '@aws-sdk/client-ecs'
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterAll, afterEach, expect, test } from 'vitest'
import { type RehearsedServices, startServices } from '../../../rehearsal/index.ts'
import { serviceOf, TARGET_GROUP, taskDefinitionOf } from '../fleet/inputs.ts'
import { IMAGES } from '../fleet/world.ts'

const REPOSITORY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/web'
const logDir = mkdtempSync(join(tmpdir(), 'logs-'))
let open: RehearsedServices | undefined

afterEach(async () => {
  await open?.stop()
  open = undefined
})

afterAll(() => rmSync(logDir, { recursive: true }))

async function services() {
  const started = await startServices({ drive: 'jump', logDir })
  open = started
  const config = {
    endpoint: started.endpoint,
    region: 'eu-west-1',
    credentials: {
      accessKeyId: started.env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: started.env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  }
  const elb = new ElasticLoadBalancingV2Client(config)
  return { started, ecs: new ECSClient(config), ecr: new ECRClient(config), elb }
}

test('a service is created, deployed and described with nothing but the SDK', async () => {
  const { started, ecs, ecr, elb } = await services()
  await ecr.send(new CreateRepositoryCommand({ repositoryName: 'web' }))
  const image = await started.ecr.push({ repository: 'web', tag: 'one', folder: `${IMAGES}one` })
  const { LoadBalancers } = await elb.send(new CreateLoadBalancerCommand({ Name: 'shop', Subnets: ['a', 'b'] }))
  const { TargetGroups } = await elb.send(new CreateTargetGroupCommand(TARGET_GROUP))
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? ''
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }]
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn
  await elb.send(new CreateListenerCommand({ LoadBalancerArn, Port: 80, Protocol: 'HTTP', DefaultActions }))
  await ecs.send(new CreateClusterCommand({ clusterName: 'shop' }))
  const [container] = taskDefinitionOf('one').containerDefinitions ?? []
  const containerDefinitions = [{ ...container, image: `${REPOSITORY}:one` }]
  await ecs.send(new RegisterTaskDefinitionCommand({ ...taskDefinitionOf('one'), containerDefinitions }))
  await ecs.send(new CreateServiceCommand({ ...serviceOf(TargetGroupArn), taskDefinition: 'web' }))

  const listed = await ecs.send(new ListServiceDeploymentsCommand({ cluster: 'shop', service: 'web' }))
  const serviceDeploymentArns = listed.serviceDeployments?.map(({ serviceDeploymentArn }) => serviceDeploymentArn ?? '')
  const look = async () => {
    const told = await ecs.send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns }))
    return told.serviceDeployments?.[0]
  }
  let deployment = await look()
  while (!deployment?.finishedAt) {
    await started.clock.sleep(5000)
    deployment = await look()
  }
  expect(deployment.status).toBe('SUCCESSFUL')
  const serviceRevisionArns = [deployment.targetServiceRevision?.arn ?? '']
  const { serviceRevisions } = await ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns }))
  expect(serviceRevisions?.[0]?.containerImages?.[0]?.imageDigest).toBe(image.digest)
  const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))
  expect(TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth?.State)).toEqual(['healthy', 'healthy'])
})

test('refusals have the names that the SDK knows', async () => {
  const { ecs, elb } = await services()
  const describe = (clusterName: string) =>
    ecs.send(new DescribeServicesCommand({ cluster: clusterName, services: ['web'] }))
  await expect(describe('none')).rejects.toMatchObject({
    name: 'ClusterNotFoundException',
    message: 'Cluster not found.',
  })
  const stop = new StopServiceDeploymentCommand({ serviceDeploymentArn: 'x', stopType: 'PAUSE' as 'ABORT' })
  await expect(ecs.send(stop)).rejects.toMatchObject({ name: 'InvalidParameterException' })
  const health = new DescribeTargetHealthCommand({ TargetGroupArn: 'none' })
  await expect(elb.send(health)).rejects.toMatchObject({ name: 'TargetGroupNotFoundException' })
  await elb.send(new CreateLoadBalancerCommand({ Name: 'shop', Subnets: ['a', 'b'] }))
  const again = elb.send(new CreateLoadBalancerCommand({ Name: 'shop', Subnets: ['a', 'b'] }))
  await expect(again).rejects.toMatchObject({ name: 'DuplicateLoadBalancerNameException' })
})
