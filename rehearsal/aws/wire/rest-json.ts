import type { NormalizedSchema } from '@smithy/core/schema'
import { jsonError, parseJson, toJson } from './json.ts'
import type { ClientModel, OperationModel } from './model.ts'
import type { Wire, WireRequest } from './protocol.ts'
import { illTyped, readShape } from './shape.ts'

/** restJson1: the operation in method and path; members in labels, query, headers and body. */
export function restJsonWire(model: ClientModel): Wire {
  const routes = [...model.operations.values()].filter(operation => operation.http).map(route)
  const routeOf = new Map(routes.map(each => [each.operation, each]))
  return {
    operation({ method, url }) {
      const fits = routes.filter(each => each.method === method && each.path.test(url.pathname) && each.fits(url))
      const found = fits.sort((a, b) => b.literals - a.literals)[0]
      return { named: `${method} ${url.pathname}`, ...(found ? { model: found.operation } : {}) }
    },
    read(operation, request) {
      const labels = routeOf.get(operation)?.path.exec(request.url.pathname)?.groups ?? {}
      const payload = [...operation.input.structIterator()].find(([, member]) => member.getMergedTraits().httpPayload)
      const document = payload ? {} : parseJson(request)
      const body = readShape(operation.input, document) as Record<string, unknown>
      for (const [name, member] of operation.input.structIterator()) {
        const bound = boundMember(name, member, labels, request)
        if (bound === 'body') continue
        delete body[name]
        if (bound !== undefined) body[name] = bound
      }
      return body
    },
    write(operation, output) {
      const members = [...operation.output.structIterator()]
      const traits = (name: string) => operation.output.getMemberSchema(name).getMergedTraits()
      const given = Object.entries(output).filter(([name]) => members.some(([known]) => known === name))
      const inBody = given.filter(([name]) => !traits(name).httpHeader && !traits(name).httpResponseCode)
      const payload = given.find(([name]) => traits(name).httpPayload)
      const status = given.find(([name]) => traits(name).httpResponseCode)
      const headers = given.flatMap(([name, value]) => {
        const header = traits(name).httpHeader
        return header && value !== undefined ? [[header, String(value)]] : []
      })
      return {
        status: Number(status?.[1] ?? operation.http?.[2] ?? 200),
        headers: { 'content-type': 'application/json', ...Object.fromEntries(headers) },
        body: payload
          ? (payload[1] as Uint8Array)
          : members.some(([name]) => traits(name).httpPayload)
            ? ''
            : toJson(operation.output, Object.fromEntries(inBody)),
      }
    },
    writeError(error) {
      const { status, members } = jsonError(model, error)
      const retryAfter = error.members.retryAfterSeconds
      const headers = {
        'content-type': 'application/json',
        'x-amzn-errortype': error.name,
        ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      }
      return { status, headers, body: JSON.stringify(members) }
    },
  }
}

interface Route {
  operation: OperationModel
  method: string
  path: RegExp
  literals: number
  fits(url: URL): boolean
}

function route(operation: OperationModel): Route {
  const [method, template] = operation.http ?? ['', '', 0]
  const [path = '', query = ''] = template.split('?')
  const segments = path.split('/').map(segment => /^\{(\w+)(\+?)\}$/.exec(segment) ?? segment)
  const source = segments
    .map(segment => (typeof segment === 'string' ? segment : `(?<${segment[1]}>${segment[2] ? '.+' : '[^/]+'})`))
    .join('/')
  const fixed = [...new URLSearchParams(query)]
  return {
    operation,
    method,
    path: new RegExp(`^${source}$`),
    literals: segments.filter(segment => typeof segment === 'string').length + fixed.length,
    fits: url => fixed.every(([name, value]) => url.searchParams.get(name) === value),
  }
}

/** A member's value from where the model binds it, or `body` when it is part of the document. */
function boundMember(
  name: string,
  member: NormalizedSchema,
  labels: Record<string, string>,
  request: WireRequest,
): unknown {
  const { httpLabel, httpQuery, httpHeader, httpPayload } = member.getMergedTraits()
  if (httpPayload) return request.body.length === 0 ? undefined : request.body
  if (httpLabel) return text(member, decoded(labels[name] ?? ''))
  if (httpQuery && member.isListSchema()) {
    const values = request.url.searchParams.getAll(httpQuery)
    return values.length === 0 ? undefined : values.map(value => text(member.getValueSchema(), value))
  }
  if (httpQuery) return text(member, request.url.searchParams.get(httpQuery))
  if (httpHeader) return text(member, request.headers[httpHeader.toLowerCase()])
  return 'body'
}

function decoded(label: string): string {
  try {
    return decodeURIComponent(label)
  } catch {
    throw illTyped('the path is not percent-encoded UTF-8')
  }
}

/** A scalar that travels as text. */
export function text(schema: NormalizedSchema, value: unknown): unknown {
  if (value === undefined || value === null) return undefined
  const given = String(value)
  if (schema.isNumericSchema()) return numeric(given)
  if (schema.isBooleanSchema()) return given === 'true' ? true : given === 'false' ? false : readShape(schema, given)
  return readShape(schema, given)
}

function numeric(given: string): number {
  const value = given.trim() === '' ? Number.NaN : Number(given)
  if (Number.isNaN(value)) throw illTyped('STRING_VALUE can not be converted to a Number')
  return value
}
