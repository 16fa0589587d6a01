import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { z } from 'zod'
import type { CloudWatch } from '../aws/cloudwatch.ts'
import type { Events } from '../aws/events.ts'
import type { HttpApis } from '../aws/http-api.ts'
import type { Iam } from '../aws/iam/iam.ts'
import type { EventSources } from '../aws/lambda/event-sources.ts'
import type { AccessKey } from '../aws/lambda/functions.ts'
import type { Lambda } from '../aws/lambda/lambda.ts'
import type { Secrets } from '../aws/secrets-manager.ts'
import type { Sns } from '../aws/sns.ts'
import type { Sqs } from '../aws/sqs.ts'
import type { States } from '../aws/states.ts'
import { changesOf } from './change.ts'
import type { Created } from './intrinsics.ts'

/** Where the resources of a stack are created. */
export interface Services {
  lambda: Pick<
    Lambda,
    | ('createFunction' | 'isChanged' | 'updateFunction' | 'deleteFunction' | 'publishVersion' | 'deleteVersion')
    | ('addPermission' | 'removePermission' | 'putEventInvokeConfig')
  >
  dynamodb: { createTable(input: CreateTableCommandInput): Promise<void> }
  states: Pick<States, 'createStateMachine' | 'updateStateMachine' | 'publishVersion' | 'deleteVersion'>
  events: Pick<Events, 'putRule' | 'deleteRule'>
  sns: Pick<Sns, 'createTopic' | 'subscribe' | 'unsubscribe'>
  sqs: Pick<Sqs, 'createQueue' | 'updateQueue' | 'putQueuePolicy'>
  eventSources: EventSources
  httpApis: Pick<HttpApis, 'create' | 'addStage' | 'addIntegration' | 'addRoute'>
  secrets: Pick<Secrets, 'createSecret'>
  iam: Pick<Iam, 'putRole'>
  cloudWatch: Pick<CloudWatch, 'putAlarm' | 'deleteAlarm'>
  /** Makes the key known: whoever signs with it is `principal`. */
  addPrincipal(key: AccessKey, principal: string): void
}

export interface Role {
  arn: string
  name: string
  trust: unknown
  /** Policy documents: its own, and those of managed policies that are attached to it. */
  policies: unknown[]
  attached: unknown[]
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

/** A resource as it is, to those who change it or take it away. */
export interface Before<P> {
  properties: P
  created: Created
}

/** What becomes of a resource when a template is deployed over the one that made it. Absent members are refused by name. */
export interface Lifecycle<P> {
  /** The properties that are changed in place, beside the indifferent ones. */
  inPlace?: readonly (keyof P & string)[] | 'all'
  /** Makes such a change. Absent: what creates it puts it in the place of what was. */
  update?: (properties: P, making: Making, before: Before<P>) => Created | Promise<Created>
  /** Whether a change of any other property makes a new one, after which the old one is removed. */
  isReplaced?: true
  /** Takes it away. */
  remove?: (before: Before<P>, making: Making) => void
  /** What would be lost with it: a change that replaces or removes it is refused. */
  irreplaceable?: string
}

export interface ResourceType {
  /** Creates the resource; throws when a property is not known here. */
  create(properties: Record<string, unknown>, making: Making): Promise<Created>
  /** Why these properties cannot change; undefined: they can. */
  refusal(changed: readonly string[]): string | undefined
  /** Whether a change of these properties makes a new one. */
  isReplacedBy(changed: readonly string[]): boolean
  /** Changes it in place. */
  update(properties: Record<string, unknown>, making: Making, before: Before<Record<string, unknown>>): Promise<Created>
  remove: ((before: Before<Record<string, unknown>>, making: Making) => void) | undefined
  irreplaceable: string | undefined
}

/** A resource type whose schema names every property that is known: what it does not name is refused. */
export function resource<S extends z.ZodObject>(
  schema: S,
  create: (properties: z.output<S>, making: Making) => Created | Promise<Created>,
  lifecycle: Lifecycle<z.output<S>> = {},
): ResourceType {
  const { inPlace = [], update = create, isReplaced = false, remove, irreplaceable } = lifecycle
  const makesNoDifference = (name: string) => schema.shape[name] === indifferent
  const others = (changed: readonly string[]) =>
    inPlace === 'all' ? [] : changed.filter(name => !inPlace.includes(name) && !makesNoDifference(name))
  return {
    irreplaceable,
    create: async (properties, making) => create(schema.parse(properties), making),
    isReplacedBy: changed => others(changed).length > 0,
    refusal(changed) {
      const names = others(changed).join(', ')
      if (!names || isReplaced) return undefined
      if (irreplaceable) return `a change of ${names} would replace it, which must not be: ${irreplaceable}`
      return `a change of ${names} is not part of this rehearsal`
    },
    async update(properties, making, { properties: former, created }) {
      const after = schema.parse(properties)
      const isFelt = changesOf(former, properties).some(name => !makesNoDifference(name))
      return isFelt ? update(after, making, { properties: schema.parse(former), created }) : created
    },
    remove:
      remove &&
      (({ properties, created }, making) => remove({ properties: schema.parse(properties), created }, making)),
  }
}

export const text = z.string()
export const whole = z.coerce.number().int()
/** CloudFormation takes a boolean's text for the boolean. */
export const truth = z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })])
/** Makes no difference in a rehearsal. */
export const indifferent = z.unknown().optional()
