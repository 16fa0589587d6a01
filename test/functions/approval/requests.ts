import type { World } from '../world.ts'

/** What a page answered. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface Request {
  method?: string
  headers?: Record<string, string>
  /** Bytes of the body. */
  body?: string | Uint8Array
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** A form that was sent by one of the page's buttons. */
export function posting(fields: Record<string, string>): Request {
  return { method: 'POST', headers: FORM, body: new URLSearchParams(fields).toString() }
}

export const posted = (body: string | Uint8Array): Request => ({ method: 'POST', headers: FORM, body })

/** Calls the pages as API Gateway does, with payload format 2.0. */
export async function asking(world: World): Promise<(url: string, request?: Request) => Promise<Answer>> {
  const { handler } = await import('../../../functions/pages.ts')
  return async (url, request = {}) => {
    const answer = (await world.invoke(handler as never, eventOf(new URL(url), request))) as {
      statusCode: number
      headers: Record<string, string>
      body: string
    }
    return { status: answer.statusCode, headers: answer.headers, body: answer.body }
  }
}

function eventOf(url: URL, { method = 'GET', headers = {}, body }: Request): object {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { host: url.host, 'user-agent': 'a browser', ...headers },
    requestContext: {
      accountId: '111122223333',
      apiId: 'pages',
      domainName: url.host,
      domainPrefix: 'pages',
      http: { method, path: url.pathname, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'a browser' },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '20/Nov/2026:09:00:00 +0000',
      timeEpoch: Date.now(),
    },
    ...(body !== undefined && { body: Buffer.from(body).toString('base64') }),
    isBase64Encoded: body !== undefined,
  }
}
