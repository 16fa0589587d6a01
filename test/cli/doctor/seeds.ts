import type {
  ContainerDefinition,
  DescribeClustersResponse,
  DescribeServicesResponse,
  DescribeTaskDefinitionResponse,
  Service as EcsService,
} from '@aws-sdk/client-ecs'
import { AwsError, type Service } from '../../../rehearsal/aws/service.ts'
import { type Account, answers } from './account.ts'

/** Asks a service directly, as an operator. */
export async function ask<T>({ operations, signingName }: Service, operation: string, input: object): Promise<T> {
  const run = operations[operation]
  if (!run) throw new Error(`${signingName}:${operation} is not rehearsed`)
  return (await run(input, { principal: 'arn:aws:iam::111122223333:user/operator' })) as T
}

/** Seeds one defect; what it returns undoes that. */
export type Seed = (account: Account) => Undo | Promise<Undo>
export type Undo = () => void | Promise<void>

/** What ECS tells of one service is otherwise. */
export const service =
  (cluster: string, name: string, change: (found: EcsService) => EcsService | undefined): Seed =>
  ({ rehearsal }) =>
    answers<DescribeServicesResponse>(rehearsal.ecs, 'DescribeServices', told => ({
      ...told,
      services: told.services?.flatMap(found =>
        found.serviceName === name && found.clusterArn?.endsWith(`/${cluster}`) ? (change(found) ?? []) : found,
      ),
    }))

/** Of the service that the tests look at most: blue-green, with smoke tests. */
export const production = (change: Parameters<typeof service>[2]) => service('demo-production', 'demo-api', change)

export const configured = (more: object) =>
  production(found => ({ ...found, deploymentConfiguration: { ...found.deploymentConfiguration, ...more } }))

/** Its load balancer, by what ECS shifts its traffic. */
export const wired = (more: object) =>
  production(found => ({
    ...found,
    loadBalancers: found.loadBalancers?.map(balancer => ({
      ...balancer,
      advancedConfiguration: { ...(balancer.advancedConfiguration as object), ...more } as never,
    })),
  }))

export const cluster =
  (name: string, change: (told: DescribeClustersResponse) => DescribeClustersResponse): Seed =>
  ({ rehearsal }) =>
    answers<DescribeClustersResponse>(
      rehearsal.ecs,
      'DescribeClusters',
      (told, { clusters }: { clusters: string[] }) => (clusters.includes(name) ? change(told) : told),
    )

/** What ECS tells of every revision of a family. */
export const definition =
  (family: string, more: object, container: Partial<ContainerDefinition> = {}): Seed =>
  ({ rehearsal }) =>
    answers<DescribeTaskDefinitionResponse>(rehearsal.ecs, 'DescribeTaskDefinition', told => {
      const { taskDefinition } = told
      if (taskDefinition?.family !== family) return told
      const containerDefinitions = taskDefinition.containerDefinitions?.map(each => ({ ...each, ...container }))
      return { ...told, taskDefinition: { ...taskDefinition, containerDefinitions, ...more } }
    })

type Choice = (rehearsal: Account['rehearsal']) => Service

/** What a service tells is otherwise. */
export const told =
  <T>(of: Choice, operation: string, change: (told: T, input: never) => unknown): Seed =>
  ({ rehearsal }) =>
    answers(of(rehearsal), operation, change)

/** A call is refused, where its input holds these words. */
export const refused =
  (of: Choice, operation: string, error: AwsError, about = ''): Seed =>
  ({ rehearsal }) => {
    const { operations } = of(rehearsal)
    const { [operation]: run } = operations
    operations[operation] = (input, caller) => {
      if (JSON.stringify(input).includes(about)) throw error
      return run?.(input, caller) ?? {}
    }
    return () => {
      if (run) operations[operation] = run
    }
  }

export const denied = (action: string) =>
  new AwsError('AccessDeniedException', `User: somebody is not authorized to perform: ${action}`, 403)

/** A secret has another value. */
export const secret =
  (SecretId: string, value: string): Seed =>
  async ({ rehearsal: { secrets } }) => {
    const put = (SecretString: string) =>
      ask(secrets, 'PutSecretValue', { SecretId, SecretString, ClientRequestToken: crypto.randomUUID() })
    const was = await ask<{ SecretString: string }>(secrets, 'GetSecretValue', { SecretId })
    await put(value)
    return async () => void (await put(was.SecretString))
  }

/** One thing that is wrong, and what the doctor is to say of it. */
export interface Defect {
  defect: string
  seed: Seed
  /** The one finding; of `found` as much as is told here. */
  finds: { check: string; stage?: string; service?: string; found: string }
  /** A part of what mends it. */
  remedy: string
}
