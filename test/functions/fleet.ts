import { fileURLToPath } from 'node:url'
import type {
  DescribeServiceDeploymentsResponse,
  DescribeServicesResponse,
  DescribeTaskDefinitionResponse,
  Service as EcsService,
  ListServiceDeploymentsResponse,
  ListTaskDefinitionsResponse,
  RegisterTaskDefinitionRequest,
  RegisterTaskDefinitionResponse,
  ServiceDeployment,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs'
import type { Application } from '../../domain/application.ts'
import type { RehearsedServices } from '../../rehearsal/index.ts'
import { createFront, type Front, PORT } from './front.ts'
import type { World } from './world.ts'

const IMAGES = fileURLToPath(new URL('../rehearsal/images/', import.meta.url))
export const REGISTRY = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'

/** What an image of the tests does: `one` and `two` serve, `broken` ends at its start with code 1, `sick` answers with 500, `migrating` serves and takes commands. */
export type Behaviour = 'one' | 'two' | 'broken' | 'sick' | 'migrating'

/** What the users of Sluice have: images, a cluster, and services that run `v1`. */
export interface Fleet {
  /** Pushes an image; its digest and that of its platform. */
  push(tag: string, content: Behaviour, repository?: string): { digest: string; child: string }
  register(more?: Partial<RegisterTaskDefinitionRequest>): Promise<string>
  update(change: Partial<UpdateServiceRequest>): Promise<void>
  describe(service?: string): Promise<EcsService>
  /** The newest first. */
  deployments(service?: string): Promise<ServiceDeployment[]>
  /** ARNs of the family's ACTIVE revisions, the newest first. */
  revisions(family?: string): Promise<string[]>
  definition(arn: string): Promise<DescribeTaskDefinitionResponse>
  /** Until no deployment of the service is open. */
  settled(service?: string): Promise<void>
  /** How a blue-green service is reached. */
  front(service?: string): Front
}

const ENDED = ['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED']

export async function setUpFleet({
  services,
  application,
  ask,
  until,
}: Pick<World, 'ask' | 'until'> & { services: RehearsedServices; application: Application }): Promise<Fleet> {
  const { ecr, ecs } = services
  const fronts = new Map<string, Front>()
  const clusterOf = (service: string) =>
    application.stages.find(stage => stage.services.some(each => each.service === service))?.cluster

  const fleet: Fleet = {
    push: (tag, content, repository = 'demo-api') => ecr.push({ repository, tag, folder: `${IMAGES}${content}` }),
    async register(more) {
      const input = { ...taskDefinition('demo-api', 'api', `${REGISTRY}/demo-api:v1`), ...more }
      const { taskDefinition: made } = await ask<RegisterTaskDefinitionResponse>(ecs, 'RegisterTaskDefinition', input)
      return made?.taskDefinitionArn ?? ''
    },
    async update(change) {
      await ask(ecs, 'UpdateService', { cluster: 'demo', service: 'demo-api', ...change })
    },
    async describe(service = 'demo-api') {
      const input = { cluster: clusterOf(service), services: [service] }
      const { services: [found] = [] } = await ask<DescribeServicesResponse>(ecs, 'DescribeServices', input)
      if (!found) throw new Error(`${service} is missing`)
      return found
    },
    async deployments(service = 'demo-api') {
      const input = { cluster: clusterOf(service), service }
      const listed = await ask<ListServiceDeploymentsResponse>(ecs, 'ListServiceDeployments', input)
      const arns = (listed.serviceDeployments ?? []).flatMap(brief => brief.serviceDeploymentArn ?? [])
      const described = await ask<DescribeServiceDeploymentsResponse>(ecs, 'DescribeServiceDeployments', {
        serviceDeploymentArns: arns,
      })
      return described.serviceDeployments ?? []
    },
    async revisions(familyPrefix = 'demo-api') {
      const input = { familyPrefix, status: 'ACTIVE', sort: 'DESC' }
      return (await ask<ListTaskDefinitionsResponse>(ecs, 'ListTaskDefinitions', input)).taskDefinitionArns ?? []
    },
    definition: arn =>
      ask<DescribeTaskDefinitionResponse>(ecs, 'DescribeTaskDefinition', { taskDefinition: arn, include: ['TAGS'] }),
    settled: service =>
      until('the deployment ends', async () => ENDED.includes((await fleet.deployments(service))[0]?.status ?? '')),
    front(service = 'demo-api') {
      const front = fronts.get(service)
      if (!front) throw new Error(`nothing is before ${service}`)
      return front
    },
  }

  for (const repository of Object.values(application.images)) {
    ecr.createRepository(repository)
    fleet.push('v1', 'one', repository)
  }
  for (const { cluster, services: inStage } of application.stages) {
    await ask(ecs, 'CreateCluster', { clusterName: cluster })
    for (const { service, container, image, strategy } of inStage) {
      const from = `${REGISTRY}/${application.images[image]}:v1`
      const made = await fleet.register(taskDefinition(service, container, from))
      const front = strategy === 'blue-green' && (await createFront(services, service))
      if (front) fronts.set(service, front)
      const how = front ? blueGreen(front, container) : ROLLING
      await ask(ecs, 'CreateService', { ...creation(cluster, service, made), ...how })
      await fleet.settled(service)
    }
  }
  return fleet
}

function taskDefinition(family: string, container: string, image: string): RegisterTaskDefinitionRequest {
  const options = { 'awslogs-group': '/demo/api', 'awslogs-stream-prefix': 'ecs' }
  return {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [
      {
        name: container,
        image,
        portMappings: [{ containerPort: PORT }],
        logConfiguration: { logDriver: 'awslogs', options },
      },
    ],
  }
}

function creation(cluster: string, serviceName: string, made: string): object {
  return {
    cluster,
    serviceName,
    desiredCount: 1,
    launchType: 'FARGATE',
    taskDefinition: made,
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
  }
}

const ROLLING = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } }

/** As its owners have it: a minute's bake time, and no pauses. */
function blueGreen({ targetGroups, productionRule, testRule }: Front, containerName: string): object {
  const [targetGroupArn, alternateTargetGroupArn] = targetGroups
  const roleArn = 'arn:aws:iam::111122223333:role/ecs-load-balancers'
  const advancedConfiguration = {
    alternateTargetGroupArn,
    productionListenerRule: productionRule,
    testListenerRule: testRule,
    roleArn,
  }
  return {
    loadBalancers: [{ targetGroupArn, containerName, containerPort: PORT, advancedConfiguration }],
    deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1 },
  }
}
