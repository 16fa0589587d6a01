import type {
  DescribeClustersResponse,
  DescribeServicesResponse,
  DescribeTaskDefinitionResponse,
  DescribeTasksResponse,
  ListServiceDeploymentsResponse,
  ListTaskDefinitionsResponse,
  ListTasksResponse,
} from '@aws-sdk/client-ecs'
import { afterEach, expect, test } from 'vitest'
import { serviceOf, taskDefinitionOf } from '../fleet/inputs.ts'
import { call, createWorld, type World } from '../fleet/world.ts'

let open: World | undefined
afterEach(async () => {
  await open?.close()
  open = undefined
})

async function settledWorld(): Promise<World> {
  const world = await createWorld()
  open = world
  await world.create('one')
  await world.settled()
  return world
}

const [CONTAINER = {}] = taskDefinitionOf('one').containerDefinitions ?? []
const definition = (more: object) => ({ ...taskDefinitionOf('one'), ...more })
const container = (more: object) => definition({ containerDefinitions: [{ ...CONTAINER, ...more }] })
const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:database-AbCdEf'
const secretive = (secrets: object[]) => ({
  ...container({ secrets }),
  executionRoleArn: 'arn:aws:iam::111122223333:role/execution',
})
const update = (more: object) => ({ cluster: 'shop', service: 'web', ...more })
const create = (more: object) => ({
  ...serviceOf(''),
  loadBalancers: [],
  taskDefinition: 'web',
  serviceName: 'api',
  ...more,
})
const configured = (deploymentConfiguration: object) => update({ deploymentConfiguration })
const ARN = 'arn:aws:ecs:eu-west-1:111122223333'
const many = (count: number) => Array.from({ length: count }, (_, at) => `name-${at}`)

test.each<[operation: string, input: object, error: string, message?: string]>([
  ['CreateCluster', { clusterName: 'a b' }, 'InvalidParameterException'],
  ['CreateCluster', { capacityProviders: ['FARGATE'] }, 'NotRehearsed'],
  ['RegisterTaskDefinition', definition({ family: 'a b' }), 'ClientException'],
  ['RegisterTaskDefinition', definition({ networkMode: 'carrier-pigeon' }), 'ValidationException'],
  ['RegisterTaskDefinition', definition({ networkMode: 'host' }), 'ClientException'],
  ['RegisterTaskDefinition', definition({ cpu: undefined }), 'ClientException'],
  [
    'RegisterTaskDefinition',
    definition({ containerDefinitions: [] }),
    'ClientException',
    'Container list cannot be empty.',
  ],
  ['RegisterTaskDefinition', definition({ containerDefinitions: [CONTAINER, CONTAINER] }), 'ClientException'],
  ['RegisterTaskDefinition', container({ image: undefined }), 'ClientException'],
  ['RegisterTaskDefinition', container({ essential: false }), 'ClientException'],
  ['RegisterTaskDefinition', container({ healthCheck: { command: ['CMD-SHELL', 'pgrep node'] } }), 'NotRehearsed'],
  [
    'RegisterTaskDefinition',
    container({ healthCheck: { command: ['CMD-SHELL', 'curl http://localhost'], interval: 1 } }),
    'ValidationException',
  ],
  [
    'RegisterTaskDefinition',
    container({ entryPoint: ['sh'] }),
    'NotRehearsed',
    'ecs: container web with entryPoint is not part of this rehearsal',
  ],
  [
    'RegisterTaskDefinition',
    container({ secrets: [{ name: 'A', valueFrom: SECRET }] }),
    'ClientException',
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  ],
  ['RegisterTaskDefinition', secretive([{ name: 'A', valueFrom: 'parameter' }]), 'NotRehearsed'],
  ['RegisterTaskDefinition', secretive([{ name: 'GREETING', valueFrom: SECRET }]), 'ClientException'],
  ['DeregisterTaskDefinition', { taskDefinition: 'web' }, 'InvalidParameterException'],
  ['DeregisterTaskDefinition', { taskDefinition: 'web:99' }, 'ClientException'],
  ['DescribeTaskDefinition', { taskDefinition: 'none' }, 'ClientException', 'Unable to describe task definition.'],
  ['DescribeTaskDefinition', { taskDefinition: 'web', include: ['ALL'] }, 'ValidationException'],
  ['ListTaskDefinitions', { status: 'GONE' }, 'ValidationException'],
  ['ListTaskDefinitions', { maxResults: 101 }, 'ValidationException'],
  ['DescribeClusters', { include: ['TAGS'] }, 'NotRehearsed'],
  ['TagResource', { resourceArn: 'arn:aws:ecs:eu-west-1:111122223333:task/demo/1', tags: [] }, 'NotRehearsed'],
  [
    'TagResource',
    { resourceArn: 'arn:aws:ecs:eu-west-1:111122223333:service/demo-api', tags: [] },
    'InvalidParameterException',
    'Long arn format must be used for tagging operations',
  ],
  ['CreateService', create({ cluster: 'none' }), 'ClusterNotFoundException', 'Cluster not found.'],
  [
    'CreateService',
    create({ serviceName: 'web' }),
    'InvalidParameterException',
    'Creation of service was not idempotent.',
  ],
  ['CreateService', create({ desiredCount: undefined }), 'InvalidParameterException'],
  ['CreateService', create({ taskDefinition: 'none' }), 'ClientException', 'TaskDefinition not found.'],
  ['CreateService', create({ networkConfiguration: undefined }), 'InvalidParameterException'],
  ['CreateService', create({ loadBalancers: [{ targetGroupArn: 'none' }] }), 'InvalidParameterException'],
  ['CreateService', create({ launchType: 'MOON' }), 'ValidationException'],
  ['CreateService', create({ schedulingStrategy: 'DAEMON' }), 'NotRehearsed'],
  ['UpdateService', update({ service: 'none' }), 'ServiceNotFoundException', 'Service not found.'],
  ['UpdateService', update({ cluster: 'none' }), 'ClusterNotFoundException'],
  ['UpdateService', update({ desiredCount: -1 }), 'InvalidParameterException'],
  ['UpdateService', update({ healthCheckGracePeriodSeconds: -1 }), 'ValidationException'],
  ['UpdateService', update({ serviceConnectConfiguration: { enabled: true } }), 'NotRehearsed'],
  ['UpdateService', configured({ maximumPercent: 100 }), 'InvalidParameterException'],
  ['UpdateService', configured({ minimumHealthyPercent: 101 }), 'InvalidParameterException'],
  [
    'UpdateService',
    configured({ strategy: 'CANARY' }),
    'NotRehearsed',
    'ecs: the deployment strategy CANARY is not part of this rehearsal',
  ],
  ['UpdateService', configured({ strategy: 'PURPLE' }), 'ValidationException'],
  ['DescribeServices', { cluster: 'shop', services: [] }, 'InvalidParameterException'],
  ['DescribeServices', { cluster: 'shop', services: many(11) }, 'InvalidParameterException'],
  ['ListTasks', { cluster: 'shop', desiredStatus: 'ASLEEP' }, 'ValidationException'],
  ['ListTasks', { cluster: 'shop', serviceName: 'none' }, 'ServiceNotFoundException'],
  ['DescribeTasks', { cluster: 'shop', tasks: many(101) }, 'InvalidParameterException'],
  ['StopTask', { cluster: 'shop', task: 'none' }, 'InvalidParameterException', 'The referenced task was not found.'],
  ['StopTask', { cluster: 'shop', task: 'none', reason: 'x'.repeat(1025) }, 'ValidationException'],
  ['ListServiceDeployments', { cluster: 'shop', service: 'web', status: ['FAILED'] }, 'ValidationException'],
  ['ListServiceDeployments', { cluster: 'shop', service: 'web', maxResults: 0 }, 'ValidationException'],
  ['DescribeServiceDeployments', { serviceDeploymentArns: many(21) }, 'InvalidParameterException'],
  ['DescribeServiceDeployments', { serviceDeploymentArns: ['nonsense'] }, 'InvalidParameterException'],
  ['DescribeServiceRevisions', { serviceRevisionArns: [] }, 'InvalidParameterException'],
  [
    'StopServiceDeployment',
    { serviceDeploymentArn: `${ARN}:service-deployment/shop/web/none` },
    'ServiceDeploymentNotFoundException',
  ],
  [
    'StopServiceDeployment',
    { serviceDeploymentArn: `${ARN}:service-deployment/shop/web/none`, stopType: 'PAUSE' },
    'ValidationException',
  ],
  [
    'StopServiceDeployment',
    { serviceDeploymentArn: `${ARN}:service-deployment/shop/web/none`, stopType: 'ABORT' },
    'NotRehearsed',
  ],
])('%s refuses %j', async (operation, input, error, message) => {
  const world = await settledWorld()
  const refusal = { name: error, ...(message && { message }) }
  await expect(call(world.ecs, operation, input)).rejects.toMatchObject(refusal)
})

test('a first deployment has nothing to be rolled back to', async () => {
  const world = await createWorld()
  open = world
  await world.create('broken')
  const { serviceDeploymentArn } = await world.deployment()
  const stop = call(world.ecs, 'StopServiceDeployment', { serviceDeploymentArn })
  await expect(stop).rejects.toMatchObject({ name: 'ConflictException' })
})

test('what is missing is told beside what is found', async () => {
  const world = await settledWorld()
  const services = await call<DescribeServicesResponse>(world.ecs, 'DescribeServices', {
    cluster: 'shop',
    services: ['web', 'none'],
  })
  expect(services.services).toHaveLength(1)
  expect(services.failures).toEqual([{ arn: `${ARN}:service/shop/none`, reason: 'MISSING' }])
  const tasks = await call<DescribeTasksResponse>(world.ecs, 'DescribeTasks', { cluster: 'shop', tasks: ['none'] })
  expect(tasks).toEqual({ tasks: [], failures: [{ arn: `${ARN}:task/shop/none`, reason: 'MISSING' }] })
})

test('a family stands for its latest active revision, and tags come only when asked for', async () => {
  const world = await settledWorld()
  const tags = [{ key: 'team', value: 'shop' }]
  const second = await world.register('two', { tags })
  const describe = (input: object) => call<DescribeTaskDefinitionResponse>(world.ecs, 'DescribeTaskDefinition', input)
  const latest = await describe({ taskDefinition: 'web', include: ['TAGS'] })
  expect(latest).toMatchObject({ taskDefinition: { taskDefinitionArn: second, revision: 2 }, tags })
  expect(second).toBe(`${ARN}:task-definition/web:2`)
  expect((await describe({ taskDefinition: 'web' })).tags).toBeUndefined()
  await call(world.ecs, 'DeregisterTaskDefinition', { taskDefinition: second })
  expect((await describe({ taskDefinition: 'web' })).taskDefinition?.revision).toBe(1)
  expect((await describe({ taskDefinition: 'web:2' })).taskDefinition?.status).toBe('INACTIVE')
  const list = (input: object) => call<ListTaskDefinitionsResponse>(world.ecs, 'ListTaskDefinitions', input)
  expect((await list({ familyPrefix: 'web', status: 'INACTIVE' })).taskDefinitionArns).toEqual([second])
  const third = await world.register('two')
  const newest = await list({ familyPrefix: 'web', sort: 'DESC', maxResults: 1 })
  expect(newest.taskDefinitionArns).toEqual([third])
  const oldest = await list({ familyPrefix: 'web', sort: 'DESC', maxResults: 1, nextToken: newest.nextToken })
  expect(oldest.taskDefinitionArns).toEqual([`${ARN}:task-definition/web:1`])
  await expect(world.update({ taskDefinition: second })).rejects.toMatchObject({
    message: 'TaskDefinition is inactive',
  })
})

test('StopTask drains the task and says who stopped it, and the service replaces it', async () => {
  const world = await settledWorld()
  const [task] = await world.tasks()
  await call(world.ecs, 'StopTask', { cluster: 'shop', task: task?.taskArn, reason: 'a drill' })
  const [stopping] = await world.tasks('STOPPED')
  expect(stopping).toMatchObject({ lastStatus: 'DEACTIVATING', stopCode: 'UserInitiated', stoppedReason: 'a drill' })
  await world.clock.sleep(180_000)
  expect((await world.service()).runningCount).toBe(2)
  expect((await world.tasks('STOPPED'))[0]).toMatchObject({ lastStatus: 'STOPPED' })
  await world.clock.sleep(3_700_000)
  expect(await world.tasks('STOPPED')).toEqual([])
})

test('a cluster is described, and one that there is not is a failure and no error', async () => {
  const world = await settledWorld()
  const described = await call<DescribeClustersResponse>(world.ecs, 'DescribeClusters', { clusters: ['shop', 'none'] })
  expect(described).toMatchObject({
    clusters: [{ clusterName: 'shop', status: 'ACTIVE', activeServicesCount: 1 }],
    failures: [{ arn: `${ARN}:cluster/none`, reason: 'MISSING' }],
  })
})

test('tags are added to those of a service, and each key has one value', async () => {
  const world = await settledWorld()
  const tag = (...tags: object[]) => call(world.ecs, 'TagResource', { resourceArn: `${ARN}:service/shop/web`, tags })
  await tag({ key: 'team', value: 'one' }, { key: 'cost', value: '7' })
  await tag({ key: 'team', value: 'two' })
  const tagsOf = async (include: string[]) => {
    const asked = { cluster: 'shop', services: ['web'], include }
    return (await call<DescribeServicesResponse>(world.ecs, 'DescribeServices', asked)).services?.[0]?.tags
  }
  expect(await tagsOf(['TAGS'])).toEqual([
    { key: 'cost', value: '7' },
    { key: 'team', value: 'two' },
  ])
  expect(await tagsOf([])).toBeUndefined()
})

test('tasks are listed by who started them, and deployments by status, time and page', async () => {
  const world = await settledWorld()
  const [rollout] = (await world.service()).deployments ?? []
  const started = await call<ListTasksResponse>(world.ecs, 'ListTasks', { cluster: 'shop', startedBy: rollout?.id })
  expect(started.taskArns).toHaveLength(2)
  await world.update({ forceNewDeployment: true })
  const list = (more: object) =>
    call<ListServiceDeploymentsResponse>(world.ecs, 'ListServiceDeployments', {
      cluster: 'shop',
      service: 'web',
      ...more,
    })
  expect((await list({ status: ['SUCCESSFUL'] })).serviceDeployments).toHaveLength(1)
  const newer = await list({ createdAt: { after: new Date(world.clock.now()) } })
  expect(newer.serviceDeployments).toMatchObject([{ status: 'PENDING' }])
  const page = await list({ maxResults: 1 })
  expect(page.serviceDeployments?.[0]?.serviceDeploymentArn).toMatch(/:service-deployment\/shop\/web\/[\w-]{21}$/)
  expect((await list({ maxResults: 1, nextToken: page.nextToken })).serviceDeployments).toMatchObject([
    { status: 'SUCCESSFUL' },
  ])
})
