import {
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  type Service,
  type ServiceDeployment,
  type ServiceRevision,
} from '@aws-sdk/client-ecs'

/** One service, as questions ask for it. */
export interface Asking {
  ecs: ECSClient
  cluster: string
  service: string
}

export async function describeService({ ecs, cluster, service }: Asking): Promise<Service> {
  const { services: [found] = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [service] }))
  if (found?.status !== 'ACTIVE') throw new Error(`cluster ${cluster} has no active service ${service}`)
  return found
}

/** ARNs, the newest first. */
export async function listDeployments({ ecs, cluster, service }: Asking): Promise<string[]> {
  const { serviceDeployments = [] } = await ecs.send(new ListServiceDeploymentsCommand({ cluster, service }))
  return serviceDeployments
    .toSorted((a, b) => Number(b.createdAt) - Number(a.createdAt))
    .flatMap(({ serviceDeploymentArn }) => serviceDeploymentArn ?? [])
}

export async function describeDeployment({ ecs }: Pick<Asking, 'ecs'>, arn: string): Promise<ServiceDeployment> {
  const { serviceDeployments: [found] = [] } = await ecs.send(
    new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }),
  )
  if (!found) throw new Error(`ECS does not describe ${arn}`)
  return found
}

export async function describeRevisions({ ecs }: Pick<Asking, 'ecs'>, arns: string[]): Promise<ServiceRevision[]> {
  if (arns.length === 0) return []
  const { serviceRevisions = [] } = await ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns }))
  return serviceRevisions
}

/** Those of the service's own task definition. */
export async function currentRevisions(asking: Asking): Promise<ServiceRevision[]> {
  const { currentServiceRevisions = [], taskDefinition } = await describeService(asking)
  const found = await describeRevisions(
    asking,
    currentServiceRevisions.flatMap(({ arn }) => arn ?? []),
  )
  return found.filter(revision => revision.taskDefinition === taskDefinition)
}

const ENDED = ['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED']

export const hasEnded = ({ status }: ServiceDeployment): boolean => ENDED.includes(`${status}`)

export const shortArn = (arn = ''): string => arn.slice(arn.lastIndexOf('/') + 1)
