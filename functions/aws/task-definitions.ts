import {
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  type Tag,
  type TaskDefinition,
} from '@aws-sdk/client-ecs'
import { isRefusal } from '../failure.ts'
import { ecs } from './ecs.ts'

/** What `RegisterTaskDefinition` takes of a definition that was read: the rest is ECS's own. */
export type Definition = Omit<
  TaskDefinition,
  | 'taskDefinitionArn'
  | 'revision'
  | 'status'
  | 'requiresAttributes'
  | 'compatibilities'
  | 'registeredAt'
  | 'registeredBy'
  | 'deregisteredAt'
  | 'deleteRequestedAt'
>

export interface ReadDefinition {
  arn: string
  status: string
  family: string
  definition: Definition
  tags: Tag[]
}

/** By ARN, or by family: its newest ACTIVE revision. */
export async function readTaskDefinition(taskDefinition: string): Promise<ReadDefinition> {
  const { taskDefinition: found, tags } = await ecs().send(
    new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }),
  )
  if (!found?.taskDefinitionArn || !found.family) throw new Error(`ECS described no task definition ${taskDefinition}`)
  const {
    taskDefinitionArn,
    revision: _1,
    status,
    requiresAttributes: _2,
    compatibilities: _3,
    registeredAt: _4,
    registeredBy: _5,
    deregisteredAt: _6,
    deleteRequestedAt: _7,
    ...definition
  } = found
  return { arn: taskDefinitionArn, status: status ?? '', family: found.family, definition, tags: tags ?? [] }
}

/** ACTIVE revisions of a family, the newest first, a page of them. */
export async function activeRevisions(familyPrefix: string): Promise<string[]> {
  const { taskDefinitionArns } = await ecs().send(
    new ListTaskDefinitionsCommand({ familyPrefix, status: 'ACTIVE', sort: 'DESC', maxResults: 100 }),
  )
  return taskDefinitionArns ?? []
}

/** Registers a new revision and returns its ARN. */
export async function registerTaskDefinition(definition: Definition, tags: Tag[]): Promise<string> {
  const { taskDefinition } = await ecs().send(
    new RegisterTaskDefinitionCommand({
      ...definition,
      family: definition.family,
      containerDefinitions: definition.containerDefinitions,
      ...(tags.length ? { tags } : {}),
    }),
  )
  if (!taskDefinition?.taskDefinitionArn) throw new Error(`ECS registered no revision of ${definition.family}`)
  return taskDefinition.taskDefinitionArn
}

type Deregistered = { kind: 'deregistered' } | { kind: 'refused'; because: string }

export async function deregisterTaskDefinition(taskDefinition: string): Promise<Deregistered> {
  try {
    await ecs().send(new DeregisterTaskDefinitionCommand({ taskDefinition }))
    return { kind: 'deregistered' }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { kind: 'refused', because: `${error.name}: ${error.message}` }
  }
}
