import { AccessDenied } from '../iam/denied.ts'
import { AwsError, type Caller, GLOBAL_REGION, REGION, type Service } from '../service.ts'
import { ConstraintViolation } from './constraints.ts'
import { type Dialect, dialectOf } from './dialect.ts'
import { jsonWire } from './json.ts'
import { type ClientModel, clientModel } from './model.ts'
import type { Wire, WireRequest, WireResponse } from './protocol.ts'
import { queryWire } from './query.ts'
import { restJsonWire } from './rest-json.ts'
import { restXmlWire } from './rest-xml.ts'
import { demandRequired } from './shape.ts'

const WIRES: Record<string, (model: ClientModel) => Wire> = {
  'aws.protocols#awsJson1_0': jsonWire,
  'aws.protocols#awsJson1_1': jsonWire,
  'aws.protocols#restJson1': restJsonWire,
  'aws.protocols#restXml': restXmlWire,
  'aws.protocols#awsQuery': queryWire,
}

/** One service as it looks from the wire. */
export interface Endpoint {
  dialect: Dialect
  /** The regions that a request to it may be signed for. */
  regions: readonly string[]
  /** What the X-Amz-Target of its requests starts with, where its protocol has one. */
  target: string
  /** What the request asks for, for messages and faults. */
  operationName(request: WireRequest): string
  call(request: WireRequest, caller: Caller, requestId: string): Promise<WireResponse>
  refuse(error: unknown, requestId: string): WireResponse
}

/** Throws for a call that its caller may not make. */
export type Guard = (service: Service, operation: string, input: unknown, caller: Caller) => void

export interface EndpointOptions {
  guard: Guard
  /** Hears of every error that no service meant to send. */
  onSurprise: (error: unknown) => void
}

export function endpointOf(service: Service, { guard, onSurprise }: EndpointOptions): Endpoint {
  const model = clientModel(service.sdk)
  const wire = WIRES[model.protocol]?.(model)
  if (!wire) throw new Error(`${service.signingName}: the protocol ${model.protocol} is not part of this rehearsal`)
  const dialect = dialectOf(service.signingName, model)

  const worded = (error: unknown): AwsError => {
    if (error instanceof ConstraintViolation) return dialect.violation(error)
    if (error instanceof AccessDenied) return dialect.denied(error)
    if (error instanceof AwsError) {
      return error.name === 'SerializationException' ? new AwsError(dialect.illTyped, error.message) : error
    }
    onSurprise(error)
    return new AwsError('InternalFailure', `a bug of this rehearsal: ${error}`, 500)
  }

  return {
    dialect,
    target: model.target,
    regions: [REGION, ...(service.isGlobal ? [GLOBAL_REGION] : []), ...(service.elsewhere ?? [])],
    operationName(request) {
      const { model: known, named } = wire.operation(request)
      return known?.name ?? named
    },
    async call(request, caller, requestId) {
      const { model: known, named } = wire.operation(request)
      if (!known) throw dialect.unknownOperation(named)
      const operation = service.operations[known.name]
      if (!operation) throw notRehearsed(`${service.signingName}:${known.name}`)
      const input = wire.read(known, request)
      demandRequired(known.input, input)
      guard(service, known.name, input, caller)
      return wire.write(known, await operation(input, caller), requestId)
    },
    refuse: (error, requestId) => wire.writeError(worded(error), requestId),
  }
}

/** Nobody can take this for an answer of AWS. A client error, since the SDK retries every status from 500. */
export function notRehearsed(what: string): AwsError {
  return new AwsError('NotRehearsed', `${what} is not part of this rehearsal`)
}
