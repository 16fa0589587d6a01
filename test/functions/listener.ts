import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { useEnvironment } from '../../functions/environment.ts'

/** One request, as it came over the wire. */
export interface Heard {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

const SECRET = 'a secret of the tests'

/** A service on this machine that writes down what it hears. */
export async function listener(
  answer: string,
  status = 200,
  type = answer.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.0',
): Promise<Heard[]> {
  const heard: Heard[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    let body = ''
    for await (const chunk of request) body += chunk
    heard.push({ method, url, headers, body })
    response
      .writeHead(status, { connection: 'close', 'content-type': type })
      .end(method === 'HEAD' ? undefined : answer)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const variables = {
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_SESSION_TOKEN: 'a token of the tests',
  }
  useEnvironment(variables)
  onTestFinished(async () => {
    useEnvironment(Object.fromEntries(Object.keys(variables).map(name => [name, undefined])))
    await new Promise(resolve => server.close(resolve))
  })
  return heard
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** Checks the signature as AWS documents it, from what came over the wire. */
export function isSigned({ method, url, headers, body }: Heard, service: string): boolean {
  const [, scope = '', signed = '', signature] =
    /Credential=AKIDEXAMPLE\/(\S+), SignedHeaders=(\S+), Signature=(\w+)/.exec(headers.authorization ?? '') ?? []
  const [path, query = ''] = url.split('?')
  const canonical = [
    ...[method, path, query],
    ...signed.split(';').map(name => `${name}:${String(headers[name]).trim()}`),
    ...['', signed, headers['x-amz-content-sha256'] ?? sha256(body)],
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const [date = '', region = ''] = scope.split('/')
  const key = hmac(hmac(hmac(hmac(`AWS4${SECRET}`, date), region), service), 'aws4_request')
  return scope.endsWith(`/eu-west-1/${service}/aws4_request`) && hmac(key, toSign).toString('hex') === signature
}
