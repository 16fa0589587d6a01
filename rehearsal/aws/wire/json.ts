import { JsonCodec2 } from '@smithy/core/protocols'
import type { NormalizedSchema } from '@smithy/core/schema'
import type { AwsError } from '../service.ts'
import type { ClientModel } from './model.ts'
import type { Wire, WireRequest } from './protocol.ts'
import { illTyped, readShape } from './shape.ts'

const EPOCH_SECONDS = 7
const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: EPOCH_SECONDS }, jsonName: true })

/** awsJson1_0 and awsJson1_1: the operation in X-Amz-Target, everything else in one document. */
export function jsonWire(model: ClientModel): Wire {
  const type = `application/x-amz-json-${model.protocol.endsWith('1_0') ? '1.0' : '1.1'}`
  return {
    operation({ headers }) {
      const [target, name = ''] = String(headers['x-amz-target'] ?? '').split('.')
      const found = target === model.target ? model.operations.get(name) : undefined
      return { named: name, ...(found ? { model: found } : {}) }
    },
    read: (operation, request) => readShape(operation.input, parseJson(request)) as Record<string, unknown>,
    write: (operation, output) => ({
      status: 200,
      headers: { 'content-type': type },
      body: operation.output.isUnitSchema() ? '{}' : toJson(operation.output, output),
    }),
    writeError(error) {
      const { status, members } = jsonError(model, error)
      const body = JSON.stringify({ __type: error.name, ...members })
      const headers = { 'content-type': type, 'x-amzn-errortype': error.name, ...queryError(model, error, status) }
      return { status, headers, body }
    },
  }
}

export function parseJson({ body }: Pick<WireRequest, 'body'>): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString())
  } catch {
    // AWS answers a broken document without saying where it is broken.
    throw illTyped('')
  }
}

export function toJson(schema: NormalizedSchema, value: object): string {
  const serializer = codec.createSerializer()
  serializer.write(schema, value)
  const written = serializer.flush()
  return typeof written === 'string' ? written : new TextDecoder().decode(written)
}

/** An error's members as its shape names them; one that is not in the model carries only its message. */
export function jsonError(model: ClientModel, error: AwsError): { status: number; members: Record<string, unknown> } {
  const shape = model.errors.get(error.name)
  if (!shape) return { status: error.statusCode, members: messageOf('message', error) }
  const names = [...shape.structIterator()].map(([name]) => name)
  const message = messageOf(names.includes('Message') ? 'Message' : 'message', error)
  const modeled = JSON.parse(toJson(shape, error.members)) as Record<string, unknown>
  const { httpError } = shape.getMergedTraits() as { httpError?: number }
  return { status: httpError ?? error.statusCode, members: { ...modeled, ...message } }
}

function queryError(model: ClientModel, error: AwsError, status: number): Record<string, string> {
  if (!model.queryCompatible) return {}
  const { awsQueryError: [code] = [error.name] } = (model.errors.get(error.name)?.getMergedTraits() ?? {}) as {
    awsQueryError?: [string, number]
  }
  return { 'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}` }
}

function messageOf(name: string, error: AwsError): Record<string, string> {
  return error.message ? { [name]: error.message } : {}
}
