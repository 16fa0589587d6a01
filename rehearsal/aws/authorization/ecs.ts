import type {
  ContinueServiceDeploymentRequest,
  CreateClusterRequest,
  CreateServiceRequest,
  DeleteServiceRequest,
  DescribeClustersRequest,
  DescribeServiceDeploymentsRequest,
  DescribeServiceRevisionsRequest,
  DescribeServicesRequest,
  DescribeTasksRequest,
  ListServiceDeploymentsRequest,
  ListServicesRequest,
  ListTasksRequest,
  RegisterTaskDefinitionRequest,
  RunTaskRequest,
  StopServiceDeploymentRequest,
  StopTaskRequest,
  Tag,
  TagResourceRequest,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs'
import type { EcsWorld } from '../ecs/model.ts'
import { ecsArn, findTaskDefinition, shortName } from '../ecs/names.ts'
import type { Access, Authorization } from '../service.ts'
import { anywhere, onAnything, passing } from './access.ts'

const TASKS = 'ecs-tasks.amazonaws.com'
const SERVICES = 'ecs.amazonaws.com'

export function ecsAuthorization(world: Pick<EcsWorld, 'families'>): Authorization {
  return {
    CreateCluster: ({ clusterName = 'default', tags }: CreateClusterRequest) => [
      { action: 'ecs:CreateCluster', resource: clusterArn(clusterName) },
      ...tagging('CreateCluster', clusterArn(clusterName), tags),
    ],
    DescribeClusters: ({ clusters = ['default'] }: DescribeClustersRequest) =>
      clusters.map(cluster => ({ action: 'ecs:DescribeClusters', resource: clusterArn(cluster) })),
    ListClusters: onAnything('ecs:ListClusters'),
    ListServices: ({ cluster }: ListServicesRequest) =>
      anywhere('ecs:ListServices', { 'ecs:cluster': clusterArn(cluster) }),
    CreateService(input: CreateServiceRequest) {
      const service = serviceArn(input.cluster, input.serviceName)
      return [
        onService('ecs:CreateService', service),
        ...passing(SERVICES, [input.role, ...rolesOf(input)]),
        ...tagging('CreateService', service, input.tags),
      ]
    },
    UpdateService: (input: UpdateServiceRequest) => [
      onService('ecs:UpdateService', serviceArn(input.cluster, input.service)),
      ...passing(SERVICES, rolesOf(input)),
    ],
    DeleteService: ({ cluster, service }: DeleteServiceRequest) => [
      onService('ecs:DeleteService', serviceArn(cluster, service)),
    ],
    DescribeServices: ({ cluster, services = [] }: DescribeServicesRequest) =>
      services.map(service => onService('ecs:DescribeServices', serviceArn(cluster, service))),
    TagResource: ({ resourceArn = '' }: TagResourceRequest) => [onService('ecs:TagResource', resourceArn)],
    ListServiceDeployments: ({ cluster, service }: ListServiceDeploymentsRequest) => [
      onService('ecs:ListServiceDeployments', serviceArn(cluster, service)),
    ],
    DescribeServiceDeployments: ({ serviceDeploymentArns = [] }: DescribeServiceDeploymentsRequest) =>
      serviceDeploymentArns.flatMap(arn => onKept('ecs:DescribeServiceDeployments', arn)),
    DescribeServiceRevisions: ({ serviceRevisionArns = [] }: DescribeServiceRevisionsRequest) =>
      serviceRevisionArns.flatMap(arn => onKept('ecs:DescribeServiceRevisions', arn)),
    StopServiceDeployment: ({ serviceDeploymentArn = '' }: StopServiceDeploymentRequest) =>
      onKept('ecs:StopServiceDeployment', serviceDeploymentArn),
    ContinueServiceDeployment: ({ serviceDeploymentArn = '' }: ContinueServiceDeploymentRequest) =>
      onKept('ecs:ContinueServiceDeployment', serviceDeploymentArn),
    RegisterTaskDefinition({ family = '', tags, taskRoleArn, executionRoleArn }: RegisterTaskDefinitionRequest) {
      // The revision has no number yet.
      const resource = ecsArn(`task-definition/${family}:*`)
      return [
        { action: 'ecs:RegisterTaskDefinition', resource },
        ...passing(TASKS, [taskRoleArn, executionRoleArn]),
        ...tagging('RegisterTaskDefinition', resource, tags),
      ]
    },
    DeregisterTaskDefinition: onAnything('ecs:DeregisterTaskDefinition'),
    DescribeTaskDefinition: onAnything('ecs:DescribeTaskDefinition'),
    ListTaskDefinitions: onAnything('ecs:ListTaskDefinitions'),
    RunTask({ cluster, taskDefinition = '', overrides, tags }: RunTaskRequest) {
      const definition = findTaskDefinition(world, taskDefinition)?.definition
      const named = taskDefinition.startsWith('arn:') ? taskDefinition : ecsArn(`task-definition/${taskDefinition}`)
      const context = { 'ecs:cluster': clusterArn(cluster) }
      const roles = [
        overrides?.taskRoleArn ?? definition?.taskRoleArn,
        overrides?.executionRoleArn ?? definition?.executionRoleArn,
      ]
      return [
        { action: 'ecs:RunTask', resource: definition?.taskDefinitionArn ?? named, context },
        ...passing(TASKS, roles),
        ...tagging('RunTask', taskArn(cluster, '*'), tags),
      ]
    },
    StopTask: ({ cluster, task }: StopTaskRequest) => [onTask('ecs:StopTask', cluster, task)],
    DescribeTasks: ({ cluster, tasks = [] }: DescribeTasksRequest) =>
      tasks.map(task => onTask('ecs:DescribeTasks', cluster, task)),
    // Its resource type is the container instance; a list that asks for none of them has only the cluster to go by.
    ListTasks: ({ cluster }: ListTasksRequest) => anywhere('ecs:ListTasks', { 'ecs:cluster': clusterArn(cluster) }),
  }
}

const clusterArn = (cluster = 'default') => (cluster.startsWith('arn:') ? cluster : ecsArn(`cluster/${cluster}`))

const serviceArn = (cluster = 'default', service = '') =>
  service.startsWith('arn:') ? service : ecsArn(`service/${shortName(cluster)}/${service}`)

const taskArn = (cluster = 'default', task = '') =>
  task.startsWith('arn:') ? task : ecsArn(`task/${shortName(cluster)}/${task}`)

/** The cluster that the ARN of a service, of what is kept of it, or of a task names. */
const clusterIn = (arn: string) => ecsArn(`cluster/${arn.split('/')[1] ?? ''}`)

const onService = (action: string, service: string): Access => ({
  action,
  resource: service,
  context: { 'ecs:cluster': clusterIn(service) },
})

/** A deployment or a revision: both it and its service have to be allowed. */
function onKept(action: string, arn: string): Access[] {
  const [, cluster = '', service = ''] = arn.split('/')
  const context = { 'ecs:cluster': clusterIn(arn) }
  const owner = serviceArn(cluster, service)
  return [
    { action, resource: owner, context },
    { action, resource: arn, context: { ...context, 'ecs:service': owner } },
  ]
}

const onTask = (action: string, cluster: string | undefined, task: string | undefined): Access => ({
  action,
  resource: taskArn(cluster, task),
  context: { 'ecs:cluster': clusterArn(cluster) },
})

/** What ECS is to act with for a service: to invoke the hooks' functions, and to change the rules of its load balancers. */
const rolesOf = ({ deploymentConfiguration, loadBalancers = [] }: Acting) => [
  ...(deploymentConfiguration?.lifecycleHooks ?? []).map(hook => hook.roleArn),
  ...loadBalancers.map(balancer => balancer.advancedConfiguration?.roleArn),
]
type Acting = Pick<UpdateServiceRequest, 'deploymentConfiguration' | 'loadBalancers'>

const tagging = (creating: string, resource: string, tags: Tag[] = []): Access[] =>
  tags.length > 0 ? [{ action: 'ecs:TagResource', resource, context: { 'ecs:CreateAction': creating } }] : []
