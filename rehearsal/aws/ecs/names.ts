import { randomBytes } from 'node:crypto'
import { AwsError, arn } from '../service.ts'
import type { Cluster, EcsService, EcsWorld, RegisteredTaskDefinition } from './model.ts'

export const ecsArn = (resource: string) => arn('ecs', resource)

/** 32 hexadecimal digits, as tasks have. */
export const taskId = () => randomBytes(16).toString('hex')
/** As service deployments have: 21 characters of base64url. */
export const deploymentId = () => randomBytes(16).toString('base64url').slice(0, 21)
/** 19 decimal digits, as rollouts and revisions have. */
export const numberId = () =>
  String((randomBytes(8).readBigUInt64BE() % 9_000_000_000_000_000_000n) + 1_000_000_000_000_000_000n)

export const invalidParameter = (message: string) => new AwsError('InvalidParameterException', message)
export const clientError = (message: string) => new AwsError('ClientException', message)
export const notRehearsed = (what: string) => new AwsError('NotRehearsed', `ecs: ${what} is not part of this rehearsal`)

/** Refuses by name what is given but not rehearsed; empty lists ask for nothing. */
export function refuse(operation: string, input: object, members: readonly string[]): void {
  for (const [member, value] of Object.entries(input)) {
    const asksNothing = value === undefined || (Array.isArray(value) && value.length === 0)
    if (members.includes(member) && !asksNothing) throw notRehearsed(`${operation} with ${member}`)
  }
}

/** The last part of an ARN, or the name itself. */
export function shortName(nameOrArn: string): string {
  return nameOrArn.split('/').at(-1) ?? nameOrArn
}

export function clusterOf(world: EcsWorld, nameOrArn = 'default'): Cluster {
  const cluster = world.clusters.get(shortName(nameOrArn))
  if (!cluster || (nameOrArn.startsWith('arn:') && nameOrArn !== cluster.arn))
    throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
  return cluster
}

export function findService(cluster: Cluster, nameOrArn: string): EcsService | undefined {
  const service = cluster.services.get(shortName(nameOrArn))
  return service && (!nameOrArn.startsWith('arn:') || nameOrArn === service.arn) ? service : undefined
}

export function serviceOf(cluster: Cluster, nameOrArn: string): EcsService {
  const service = findService(cluster, nameOrArn)
  if (!service) throw new AwsError('ServiceNotFoundException', 'Service not found.')
  return service
}

/** `family` (its latest active revision), `family:revision` or the whole ARN. */
export function findTaskDefinition(
  world: Pick<EcsWorld, 'families'>,
  reference: string,
): RegisteredTaskDefinition | undefined {
  const name = reference.startsWith('arn:') ? reference.split(':task-definition/')[1] : reference
  const [family = '', revision] = (name ?? '').split(':')
  const revisions = world.families.get(family) ?? []
  if (revision === undefined) return revisions.findLast(({ definition }) => definition.status === 'ACTIVE')
  const found = revisions.find(({ definition }) => String(definition.revision) === revision)
  return found && (!reference.startsWith('arn:') || found.definition.taskDefinitionArn === reference)
    ? found
    : undefined
}

/** What a new task may be made from. */
export function activeTaskDefinition(world: EcsWorld, reference: string): RegisteredTaskDefinition {
  const found = findTaskDefinition(world, reference)
  if (!found) throw clientError('TaskDefinition not found.')
  if (found.definition.status !== 'ACTIVE') throw clientError('TaskDefinition is inactive')
  return found
}

/** A page of a list whose `nextToken` is the place of the next one. */
export function pageOf<T>(all: T[], nextToken: string | undefined, maxResults: number) {
  const from = nextToken === undefined ? 0 : Number(nextToken)
  if (!Number.isInteger(from) || from < 0 || from > all.length) throw invalidParameter('Invalid token')
  const to = from + maxResults
  return { page: all.slice(from, to), ...(to < all.length && { nextToken: String(to) }) }
}
