import { XmlShapeDeserializer, XmlShapeSerializer } from '@aws-sdk/core/protocols'
import type { NormalizedSchema } from '@smithy/core/schema'
import { AwsError } from '../service.ts'
import type { ClientModel, OperationModel } from './model.ts'
import type { Wire, WireRequest } from './protocol.ts'
import { escapeXml } from './query.ts'
import { restJsonWire } from './rest-json.ts'

type Schema = Parameters<XmlShapeDeserializer['read']>[0]

const TIMES = { useTrait: true, default: 5 } as const
const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>'

/** restXml, and what is peculiar to S3 at an address without a name: the bucket is the first part of the path, and errors are bare. */
export function restXmlWire(model: ClientModel): Wire {
  const inPaths = new Map([...model.operations].map(([name, operation]) => [name, inPath(operation)]))
  const rest = restJsonWire({ ...model, operations: isS3(model) ? inPaths : model.operations })
  return {
    operation: request => rest.operation(bare(request)),
    read(operation, request) {
      const input = rest.read(operation, bare(request))
      for (const [name, member] of operation.input.structIterator()) {
        const { httpPayload, httpPrefixHeaders } = member.getMergedTraits()
        if (httpPayload && member.isStructSchema() && input[name]) input[name] = document(member, input[name] as Buffer)
        if (!httpPrefixHeaders) continue
        const prefixed = Object.entries(request.headers).filter(([header]) => header.startsWith(httpPrefixHeaders))
        if (prefixed.length > 0) input[name] = Object.fromEntries(prefixed)
      }
      return input
    },
    write(operation, output) {
      const headers: Record<string, string> = {}
      let body = ''
      for (const [name, value] of Object.entries(output)) {
        const member = operation.output.getMemberSchema(name)
        const { httpHeader, httpPayload } = member.getMergedTraits()
        if (httpHeader) headers[httpHeader.toLowerCase()] = value instanceof Date ? value.toUTCString() : String(value)
        else if (httpPayload && member.isStructSchema()) body = `${PROLOGUE}${xml(member, value, model.xmlNamespace)}`
        else throw new Error(`${operation.name}: ${name} travels in a way that is not written here`)
      }
      if (body) headers['content-type'] = 'text/xml'
      return { status: Number(operation.http?.[2] ?? 200), headers, body }
    },
    writeError(error, requestId) {
      const { name, message } = error
      const { httpError } = (model.errors.get(name)?.getMergedTraits() ?? {}) as { httpError?: number }
      const status = httpError ?? error.statusCode
      const parts = `<Code>${escapeXml(name)}</Code><Message>${escapeXml(message)}</Message>`
      const request = `<RequestId>${requestId}</RequestId>`
      const wrapped = `<Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>${parts}</Error>${request}`
      const body = isS3(model)
        ? `<Error>${parts}${request}</Error>`
        : `<ErrorResponse xmlns="${model.xmlNamespace}">${wrapped}</ErrorResponse>`
      return { status, headers: { 'content-type': 'application/xml' }, body: `${PROLOGUE}${body}` }
    },
  }
}

function isS3({ xmlNamespace }: ClientModel): boolean {
  return xmlNamespace.startsWith('http://s3.')
}

function inPath(operation: OperationModel): OperationModel {
  if (!operation.http) return operation
  const [method, path, status] = operation.http
  return { ...operation, http: [method, `/{Bucket}${path === '/' ? '' : path.replace(/^\/(?=\?)/, '')}`, status] }
}

/** A bucket's own path may end with a slash. */
function bare(request: WireRequest): WireRequest {
  const url = new URL(request.url)
  url.pathname = url.pathname.replace(/^(\/[^/]+)\/$/, '$1')
  return { ...request, url }
}

function document(schema: NormalizedSchema, body: Buffer): unknown {
  try {
    const settings = { timestampFormat: TIMES, xmlNamespace: '', serviceNamespace: '' }
    return new XmlShapeDeserializer(settings).read(schema as unknown as Schema, body.toString())
  } catch {
    throw new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate.')
  }
}

function xml(schema: NormalizedSchema, value: unknown, xmlNamespace: string): string {
  const serializer = new XmlShapeSerializer({ timestampFormat: TIMES, serviceNamespace: '', xmlNamespace })
  serializer.write(schema as unknown as Schema, value)
  return String(serializer.flush())
}
