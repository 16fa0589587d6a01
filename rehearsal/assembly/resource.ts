import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import type { CloudWatch } from '../aws/cloudwatch.ts'
import type { Events } from '../aws/events.ts'
import type { HttpApis } from '../aws/http-api.ts'
import type { EventSources } from '../aws/lambda/event-sources.ts'
import type { AccessKey } from '../aws/lambda/functions.ts'
import type { Lambda } from '../aws/lambda/lambda.ts'
import type { Secrets } from '../aws/secrets-manager.ts'
import type { Sns } from '../aws/sns.ts'
import type { Sqs } from '../aws/sqs.ts'
import type { Created } from './intrinsics.ts'

/** Where the resources of a stack are created. */
export interface Services {
  lambda: Pick<Lambda, 'createFunction' | 'publishVersion' | 'addPermission' | 'putEventInvokeConfig'>
  dynamodb: { createTable(input: CreateTableCommandInput): Promise<void> }
  states: {
    createStateMachine(machine: { name: string; definition: string; roleArn: string }): { stateMachineArn: string }
    publishVersion(stateMachineArn: string): string
  }
  events: Pick<Events, 'putRule'>
  sns: Pick<Sns, 'createTopic' | 'subscribe'>
  sqs: Pick<Sqs, 'createQueue' | 'putQueuePolicy'>
  eventSources: EventSources
  httpApis: Pick<HttpApis, 'create' | 'addStage' | 'addIntegration' | 'addRoute'>
  secrets: Pick<Secrets, 'createSecret'>
  cloudWatch: Pick<CloudWatch, 'putAlarm'>
  /** Makes the key known: whoever signs with it is `principal`. */
  addPrincipal(key: AccessKey, principal: string): void
}

export interface Role {
  arn: string
  name: string
  trust: unknown
  /** Policy documents, inline and attached. */
  policies: unknown[]
  managedPolicyArns: string[]
}

/** What a resource is made of, beside its properties. */
export interface Making {
  services: Services
  roles: Map<string, Role>
  stackName: string
  /** The given physical name, or one as CloudFormation makes it. */
  name(given: string | undefined, longest: number): string
  /** The file or folder of an asset. */
  asset(objectKey: string): string
}

export interface ResourceType {
  /** Creates the resource; throws when a property is not known here. */
  create(properties: Record<string, unknown>, making: Making): Promise<Created>
}

/** A resource type whose schema names every property that is known: what it does not name is refused. */
export function resource<S extends z.ZodType>(
  schema: S,
  create: (properties: z.output<S>, making: Making) => Created | Promise<Created>,
): ResourceType {
  return { create: async (properties, making) => create(schema.parse(properties), making) }
}

export const text = z.string()
export const whole = z.coerce.number().int()
/** CloudFormation takes a boolean's text for the boolean. */
export const truth = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })])
/** Makes no difference in a rehearsal. */
export const indifferent = z.unknown().optional()
