import type { IncomingMessage } from 'node:http'
import { ACCOUNT } from '../service.ts'
import type { Found } from './routes.ts'

export interface Received {
  method: string
  rawPath: string
  rawQueryString: string
  headers: NodeJS.Dict<string[]>
  sourceIp: string
  protocol: string
  body: Buffer
}

export function receivedOf(request: IncomingMessage, body: Buffer): Received {
  const [rawPath = '/', ...query] = (request.url ?? '/').split('?')
  return {
    method: request.method ?? 'GET',
    rawPath,
    rawQueryString: query.join('?'),
    headers: request.headersDistinct,
    sourceIp: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    protocol: `HTTP/${request.httpVersion}`,
    body,
  }
}

/** The request as a function gets it, in API Gateway's payload format 2.0. */
export function requestEvent(
  received: Received,
  { route, parameters }: Found,
  { apiId, requestId, at }: { apiId: string; requestId: string; at: number },
): object {
  const { method, rawPath, rawQueryString, body, sourceIp, protocol } = received
  const { cookie = [], ...others } = received.headers
  const headers = Object.fromEntries(Object.entries(others).map(([name, values]) => [name, (values ?? []).join(',')]))
  const cookies = cookie.flatMap(line => line.split(/; */)).filter(Boolean)
  const isText = TEXT.test(headers['content-type'] ?? '')
  const domainName = headers.host ?? ''
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(rawQueryString !== '' && { queryStringParameters: joined(new URLSearchParams(rawQueryString)) }),
    requestContext: {
      accountId: ACCOUNT,
      apiId,
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: { method, path: rawPath, protocol, sourceIp, userAgent: headers['user-agent'] ?? '' },
      requestId,
      routeKey: route.key,
      stage: '$default',
      time: logTime(at),
      timeEpoch: Math.floor(at),
    },
    ...(parameters && { pathParameters: parameters }),
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}

const TEXT = /^(text\/[^;]+|application\/(json|xml|javascript))\s*(;|$)/i

function joined(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(query.keys())].map(name => [name, query.getAll(name).join(',')]))
}

/** As in an access log: `05/Jan/2026:08:00:00 +0000`. */
function logTime(at: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}
