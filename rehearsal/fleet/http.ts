import http from 'node:http'
import type { Answer, Endpoint, Exchange } from './container.ts'

/** Headers that belong to one connection and are never passed on. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'proxy-connection', 'upgrade']

export function httpEndpoint(port: number, agent: http.Agent): Endpoint {
  return (request, signal) =>
    new Promise((resolve, reject) => {
      const headers = { ...passedOn(request.headers), 'content-length': request.body.length }
      const { method, path } = request
      const outgoing = http.request({ host: '127.0.0.1', port, agent, method, path, headers, signal }, incoming => {
        whole(incoming).then(
          body => resolve({ status: incoming.statusCode ?? 0, headers: passedOn(incoming.headers), body }),
          reject,
        )
      })
      outgoing.once('error', reject)
      outgoing.end(request.body)
    })
}

export async function exchangeOf(request: http.IncomingMessage): Promise<Exchange> {
  return {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: request.headers,
    body: await whole(request),
  }
}

export function writeAnswer(answer: Answer, response: http.ServerResponse): void {
  response.writeHead(answer.status, { ...passedOn(answer.headers), 'content-length': answer.body.length })
  response.end(answer.body)
}

/** The exchange as a module's `fetch` takes it. */
export function asRequest(exchange: Exchange): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(exchange.headers))
    for (const one of value === undefined ? [] : [value].flat()) headers.append(name, one)
  const url = new URL(exchange.path, `http://${headers.get('host') ?? 'localhost'}`)
  const body = exchange.body.length > 0 ? { body: new Uint8Array(exchange.body) } : {}
  return new Request(url, { method: exchange.method, headers, ...body })
}

export async function asExchange(request: Request): Promise<Exchange> {
  const url = new URL(request.url)
  const headers = { ...Object.fromEntries(request.headers), host: url.host }
  const body = request.body ? Buffer.from(await request.arrayBuffer()) : Buffer.alloc(0)
  return { method: request.method, path: url.pathname + url.search, headers, body }
}

export async function answerOf(response: Response): Promise<Answer> {
  const body = response.body ? Buffer.from(await response.arrayBuffer()) : Buffer.alloc(0)
  return { status: response.status, headers: Object.fromEntries(response.headers), body }
}

export function plainAnswer(status: number, text: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: Buffer.from(text) }
}

async function whole(stream: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function passedOn(headers: Exchange['headers']): Exchange['headers'] {
  const kept = { ...headers }
  for (const name of HOP_BY_HOP) delete kept[name]
  return kept
}
