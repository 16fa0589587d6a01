import { NormalizedSchema } from '@smithy/core/schema'
import { REGION } from '../service.ts'

export type SchemaRef = Parameters<typeof NormalizedSchema.of>[0]

export interface OperationModel {
  name: string
  input: NormalizedSchema
  output: NormalizedSchema
  /** Method, path and status of REST operations. */
  http?: [method: string, path: string, status: number]
}

/** What an SDK client knows of its service: the protocol it speaks, the operations and errors of the service's model. */
export interface ClientModel {
  /** The protocol's Smithy id, `aws.protocols#awsJson1_1`. */
  protocol: string
  xmlNamespace: string
  /** What X-Amz-Target starts with. */
  target: string
  version: string
  /** Spoke awsQuery once, and still sends that protocol's error codes in a header. */
  queryCompatible: boolean
  operations: Map<string, OperationModel>
  errors: Map<string, NormalizedSchema>
}

type StaticSchema = readonly [kind: number, namespace: string, name: string, traits: unknown, ...rest: unknown[]]

interface SdkClient {
  config: {
    protocol: { getShapeId(): string }
    protocolSettings: { xmlNamespace?: string; serviceTarget?: string; version?: string; awsQueryCompatible?: boolean }
  }
  destroy(): void
}

const OPERATION = 9
const ERROR = -3

const MODELS = new WeakMap<object, ClientModel>()

/** Reads the model out of an SDK module's namespace, once. */
export function clientModel(sdk: object): ClientModel {
  const model = MODELS.get(sdk) ?? read(sdk)
  MODELS.set(sdk, model)
  return model
}

function read(sdk: object): ClientModel {
  const exported: [string, unknown][] = Object.entries(sdk)
  const client = construct(exported)
  const { protocol, protocolSettings } = client.config
  const schemas = exported.map(([, value]) => value).filter(isStaticSchema)
  client.destroy()
  return {
    protocol: protocol.getShapeId(),
    xmlNamespace: protocolSettings.xmlNamespace ?? '',
    target: protocolSettings.serviceTarget ?? '',
    version: protocolSettings.version ?? '',
    queryCompatible: protocolSettings.awsQueryCompatible ?? false,
    operations: new Map(schemas.filter(([kind]) => kind === OPERATION).map(schema => [schema[2], operation(schema)])),
    errors: new Map(
      schemas.filter(([kind]) => kind === ERROR).map(schema => [schema[2], NormalizedSchema.of(schema as SchemaRef)]),
    ),
  }
}

function construct(exported: [string, unknown][]): SdkClient {
  const found = exported.find(
    ([name, value]) => /^[A-Z]\w*Client$/.test(name) && typeof value === 'function' && 'prototype' in value,
  )
  if (!found) throw new Error(`not an SDK client module: it exports ${exported.map(([name]) => name).slice(0, 5)}`)
  const Client = found[1] as new (config: object) => SdkClient
  return new Client({ region: REGION, credentials: { accessKeyId: 'none', secretAccessKey: 'none' } })
}

function operation(schema: StaticSchema): OperationModel {
  const [, , name, traits, input, output] = schema
  const http = typeof traits === 'object' && traits && 'http' in traits ? traits.http : undefined
  return {
    name,
    input: NormalizedSchema.of(input as SchemaRef),
    output: NormalizedSchema.of(output as SchemaRef),
    ...(http ? { http: http as [string, string, number] } : {}),
  }
}

function isStaticSchema(value: unknown): value is StaticSchema {
  return Array.isArray(value) && value.length >= 5 && typeof value[0] === 'number' && typeof value[2] === 'string'
}
