import { once } from 'node:events'
import http, { createServer } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compileRoute, findRoute } from '../../../rehearsal/aws/http-api/routes.ts'
import { createHttpApis, type HttpApi, type HttpApis } from '../../../rehearsal/aws/http-api.ts'
import type { Source } from '../../../rehearsal/aws/lambda/policy.ts'
import { AwsError, type Invocation } from '../../../rehearsal/aws/service.ts'
import { type Clock, createClock } from '../../../rehearsal/clock.ts'

const START = Date.UTC(2026, 0, 5, 8)
const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:pages'

let clock: Clock
let apis: HttpApis
let api: HttpApi
let heard: { arn: string; event: Record<string, unknown>; source: Source | undefined; inFlight: string[] }[]
let respond: () => Invocation | Promise<Invocation>
let surprises: unknown[]

beforeEach(async () => {
  heard = []
  surprises = []
  respond = () => ({ payload: { statusCode: 200, body: 'ok' } })
  clock = createClock({ drive: 'jump', start: START })
  apis = createApis()
  api = await apis.create('pages')
  apis.addStage(api.id)
})

afterEach(async () => {
  await apis.close()
  clock.stop()
  expect(surprises).toEqual([])
})

function createApis(port?: number): HttpApis {
  const invoke = async (arn: string, event: unknown, source?: Source) => {
    heard.push({ arn, event: event as Record<string, unknown>, source, inFlight: clock.inFlight() })
    return { executedVersion: '1', ...(await respond()) }
  }
  const onSurprise = (error: unknown) => surprises.push(error)
  return createHttpApis({ clock, functions: { invoke }, onSurprise, ...(port !== undefined && { port }) })
}

function route(key: string, timeoutMs?: number): void {
  const integration = { functionArn: FUNCTION, ...(timeoutMs !== undefined && { timeoutMs }) }
  apis.addRoute(api.id, { key, integrationId: apis.addIntegration(api.id, integration) })
}

const ask = (path: string, init?: RequestInit) => fetch(`${api.url}${path}`, init)
const answering = (payload: unknown) => {
  respond = () => ({ payload })
}

/** Writes these bytes and returns all that comes back. */
async function raw(text: string): Promise<string> {
  const socket = net.connect(Number(new URL(api.url).port), '127.0.0.1')
  socket.write(text)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('a request', () => {
  test('comes to the function as an event of payload format 2.0, and holds the clock meanwhile', async () => {
    route('GET /releases/{id}')
    const host = new URL(api.url).host
    await raw(
      [
        'GET /releases/shop%201?tab=a&tab=b&x=%26 HTTP/1.1',
        `Host: ${host}`,
        'User-Agent: Browser/1',
        'X-One: 1',
        'x-one: 2',
        'Cookie: a=1; b=2',
        'Connection: close',
        '\r\n',
      ].join('\r\n'),
    )
    expect(heard).toEqual([
      {
        arn: FUNCTION,
        source: {
          service: 'apigateway.amazonaws.com',
          arns: [`arn:aws:execute-api:eu-west-1:111122223333:${api.id}/$default/GET/releases/{id}`],
        },
        inFlight: ['GET /releases/shop%201?tab=a&tab=b&x=%26'],
        event: {
          version: '2.0',
          routeKey: 'GET /releases/{id}',
          rawPath: '/releases/shop%201',
          rawQueryString: 'tab=a&tab=b&x=%26',
          cookies: ['a=1', 'b=2'],
          headers: { host, 'user-agent': 'Browser/1', 'x-one': '1,2', connection: 'close' },
          queryStringParameters: { tab: 'a,b', x: '&' },
          pathParameters: { id: 'shop 1' },
          requestContext: {
            accountId: '111122223333',
            apiId: api.id,
            domainName: host,
            domainPrefix: '127',
            http: {
              method: 'GET',
              path: '/releases/shop%201',
              protocol: 'HTTP/1.1',
              sourceIp: '127.0.0.1',
              userAgent: 'Browser/1',
            },
            requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            routeKey: 'GET /releases/{id}',
            stage: '$default',
            time: '05/Jan/2026:08:00:00 +0000',
            timeEpoch: START,
          },
          isBase64Encoded: false,
        },
      },
    ])
  })

  test('without query, cookies and body has no fields for them', async () => {
    route('$default')
    await ask('/')
    const { event } = heard[0] ?? {}
    expect(Object.keys(event ?? {}).sort()).toEqual(
      ['headers', 'isBase64Encoded', 'rawPath', 'rawQueryString', 'requestContext', 'routeKey', 'version'].sort(),
    )
    expect(heard[0]?.source?.arns).toEqual([`arn:aws:execute-api:eu-west-1:111122223333:${api.id}/$default/$default`])
  })

  test.each([
    ['text/plain; charset=utf-8', false],
    ['application/json', false],
    ['application/xml', false],
    ['application/javascript', false],
    ['application/x-www-form-urlencoded', true],
    ['application/octet-stream', true],
  ])('with a body of the type %s has it in base64: %s', async (type, isBase64Encoded) => {
    route('POST /hook')
    await ask('/hook', { method: 'POST', body: 'é=1', headers: { 'content-type': type } })
    const body = isBase64Encoded ? Buffer.from('é=1').toString('base64') : 'é=1'
    expect(heard[0]?.event).toMatchObject({ body, isBase64Encoded })
  })

  test('with more than 10 MB is refused, and the function hears nothing', async () => {
    route('POST /hook')
    const most = 10 * 1024 * 1024
    expect((await ask('/hook', { method: 'POST', body: Buffer.alloc(most) })).status).toBe(200)
    const refused = await ask('/hook', { method: 'POST', body: Buffer.alloc(most + 1) })
    expect([refused.status, await refused.json()]).toEqual([413, { message: 'Request Entity Too Large' }])
    expect(heard).toHaveLength(1)
  })

  test('that breaks off in its body hurts nobody', async () => {
    route('POST /hook')
    const request = http.request(`${api.url}/hook`, { method: 'POST', headers: { 'content-length': 10 } })
    request.on('error', () => {})
    request.write('12345')
    await once(request, 'socket')
    request.destroy()
    expect((await ask('/hook', { method: 'POST' })).status).toBe(200)
    expect(heard).toHaveLength(1)
  })
})

describe('the function’s answer', () => {
  beforeEach(() => route('GET /'))

  test('becomes an HTTP answer, each cookie a header of its own', async () => {
    const cookies = ['a=1; HttpOnly', 'b=2']
    answering({ statusCode: 302, headers: { Location: '/next', 'X-Count': 3 }, cookies })
    const response = await ask('/', { redirect: 'manual' })
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('/next')
    expect(response.headers.get('x-count')).toBe('3')
    expect(response.headers.getSetCookie()).toEqual(cookies)
    expect(response.headers.get('content-type')).toBe('text/plain;charset=UTF-8')
    expect(response.headers.get('apigw-requestid')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('may be base64', async () => {
    const body = Buffer.from([0, 255]).toString('base64')
    answering({ statusCode: 200, headers: { 'content-type': 'image/png' }, body, isBase64Encoded: true })
    expect(Buffer.from(await (await ask('/')).arrayBuffer())).toEqual(Buffer.from([0, 255]))
  })

  test.each<[unknown, string]>([
    [{ message: 'hi' }, '{"message":"hi"}'],
    ['hi', 'hi'],
    [[1], '[1]'],
  ])('%j without a status is the body of a 200', async (payload, text) => {
    answering(payload)
    const response = await ask('/')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await response.text()).toBe(text)
  })

  test.each<[string, Invocation | AwsError]>([
    ['an error', { payload: { errorMessage: 'secret' }, functionError: 'Unhandled' }],
    ['a status that is none', { payload: { statusCode: 'fine' } }],
    ['a body that is no text', { payload: { statusCode: 200, body: { a: 1 } } }],
    ['a header that cannot be sent', { payload: { statusCode: 200, headers: { 'x-a': 'a\nb' } } }],
    ['nothing, since it may not be invoked', new AwsError('AccessDeniedException', 'not authorized', 403)],
  ])('that is %s is a 500 that tells nothing', async (_, answer) => {
    respond = () => {
      if (answer instanceof Error) throw answer
      return answer
    }
    const response = await ask('/')
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }])
  })

  test('that comes too late is a 503', async () => {
    const work = Promise.withResolvers<Invocation>()
    respond = () => work.promise
    route('GET /slow', 50)
    const response = await ask('/slow')
    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }])
    work.resolve({ payload: null })
  })
})

test('what no route takes, and an API without a stage, answer 404', async () => {
  route('GET /a')
  for (const [path, method] of [
    ['/b', 'GET'],
    ['/a/', 'GET'],
    ['/a', 'POST'],
  ] as const) {
    const response = await ask(path, { method })
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }])
  }
  api = await apis.create('unstaged')
  route('$default')
  expect((await ask('/')).status).toBe(404)
})

describe('of several routes', () => {
  const keys = [
    'ANY /{proxy+}',
    'GET /pets/{proxy+}',
    'GET /pets/dog/{id}',
    'ANY /pets/dog/1',
    'GET /pets/dog/1',
    'GET /pets/{kind}/{id}',
    '$default',
  ]
  const routes = keys.map(key => compileRoute(key, 'i'))

  test.each<[string, string, string, Record<string, string> | undefined]>([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', undefined],
    ['PUT', '/pets/dog/1', 'ANY /pets/dog/1', undefined],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/2', 'GET /pets/{kind}/{id}', { kind: 'cat', id: '2' }],
    ['GET', '/pets/cat/2/a%20b', 'GET /pets/{proxy+}', { proxy: 'cat/2/a b' }],
    ['POST', '/pets/cat/%ff', 'ANY /{proxy+}', { proxy: 'pets/cat/%ff' }],
    ['GET', '/', '$default', undefined],
  ])('%s %s is for %s', (method, path, key, parameters) => {
    const found = findRoute(routes, method, path)
    expect([found?.route.key, found?.parameters]).toEqual([key, parameters])
  })

  test.each(['/a', 'FETCH /a', 'GET a', 'GET /{a+}/b', 'GET /a{b}'])('%s is none and is refused', key => {
    expect(() => compileRoute(key, 'i')).toThrow('not formatted properly')
  })
})

test('a route twice, an integration that is not there, and too long a time limit are refused', () => {
  route('GET /a')
  expect(() => route('GET /a')).toThrow('already exists')
  expect(() => apis.addRoute(api.id, { key: 'GET /b', integrationId: 'x' })).toThrow('Invalid Integration identifier')
  expect(() => apis.addIntegration(api.id, { functionArn: FUNCTION, timeoutMs: 30_001 })).toThrow('30000')
  expect(() => apis.addStage('x')).toThrow('Invalid API identifier')
})

test('an API answers on the port that is asked for, and on another where that is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const others = createApis(port)
  const elsewhere = await others.create('pages')
  expect(elsewhere.url).not.toBe(`http://127.0.0.1:${port}`)
  server.close()
  await once(server, 'close')
  const there = await others.create('more')
  expect(there.url).toBe(`http://127.0.0.1:${port}`)
  expect(others.list()).toEqual([elsewhere, there])
  await others.close()
})
