import { XmlShapeDeserializer } from '@aws-sdk/core/protocols'
import type { NormalizedSchema } from '@smithy/core/schema'
import { AwsError } from '../service.ts'
import type { ClientModel, OperationModel } from './model.ts'
import type { Wire, WireRequest } from './protocol.ts'
import { escapeXml } from './query.ts'
import { restJsonWire } from './rest-json.ts'

type Schema = Parameters<XmlShapeDeserializer['read']>[0]

/** restXml as S3 speaks it to an address without a name: the bucket is the first part of the path, and no answer has a document. */
export function restXmlWire(model: ClientModel): Wire {
  const operations = new Map([...model.operations].map(([name, operation]) => [name, inPath(operation)]))
  const rest = restJsonWire({ ...model, operations })
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
      const headers = Object.entries(output).flatMap(([name, value]) => {
        const { httpHeader } = operation.output.getMemberSchema(name).getMergedTraits()
        if (!httpHeader) throw new Error(`${operation.name}: ${name} travels in a document, which is not written here`)
        return [[httpHeader.toLowerCase(), value instanceof Date ? value.toUTCString() : String(value)]]
      })
      return { status: Number(operation.http?.[2] ?? 200), headers: Object.fromEntries(headers), body: '' }
    },
    writeError({ name, message, statusCode }, requestId) {
      const parts = `<Code>${escapeXml(name)}</Code><Message>${escapeXml(message)}</Message>`
      const body = `<?xml version="1.0" encoding="UTF-8"?><Error>${parts}<RequestId>${requestId}</RequestId></Error>`
      return { status: statusCode, headers: { 'content-type': 'application/xml' }, body }
    },
  }
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
    const settings = {
      timestampFormat: { useTrait: true, default: 5 },
      xmlNamespace: '',
      serviceNamespace: '',
    } as const
    return new XmlShapeDeserializer(settings).read(schema as unknown as Schema, body.toString())
  } catch {
    throw new AwsError('MalformedXML', 'The XML you provided was not well-formed or did not validate.')
  }
}
