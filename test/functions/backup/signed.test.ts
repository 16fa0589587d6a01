import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DescribeDBSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds'
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { snapshotsOf } from '../../../functions/aws/rds.ts'
import { lookAtObject } from '../../../functions/aws/s3.ts'
import { useEnvironment } from '../../../functions/environment.ts'

interface Heard {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

const SECRET = 'a secret of the tests'
const ANSWER = '<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult/></DescribeDBSnapshotsResponse>'

/** A service on this machine that writes down what it hears. */
async function listener(status = 200, answer = ANSWER): Promise<Heard[]> {
  const heard: Heard[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    let body = ''
    for await (const chunk of request) body += chunk
    heard.push({ method, url, headers, body })
    response.writeHead(status, { connection: 'close' }).end(method === 'HEAD' ? undefined : answer)
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
function isSigned({ method, url, headers, body }: Heard, service: string): boolean {
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

describe('a question to RDS', () => {
  test('is the one that the SDK asks, signed', async () => {
    const heard = await listener()
    await snapshotsOf('rds-instance', 'demo-db')
    await new RDSClient({}).send(
      new DescribeDBSnapshotsCommand({ DBInstanceIdentifier: 'demo-db', SnapshotType: 'manual' }),
    )
    const [ours, theirs] = heard as [Heard, Heard]
    const form = ({ body }: Heard) => Object.fromEntries(new URLSearchParams(body))
    expect(form(ours)).toEqual(form(theirs))
    expect(ours).toMatchObject({ method: theirs.method, url: theirs.url })
    expect(ours.headers['content-type']).toBe(theirs.headers['content-type'])
    expect(heard.map(each => isSigned(each, 'rds'))).toEqual([true, true])
    expect(isSigned({ ...ours, headers: { ...ours.headers, 'x-amz-security-token': 'another' } }, 'rds')).toBe(false)
  })

  test('that is answered by something else than RDS is worth another try where its status says so', async () => {
    await listener(503, '<html>the gateway is out</html>')
    await expect(snapshotsOf('rds-instance', 'demo-db')).rejects.toMatchObject({
      ...{ name: 'Unreadable', message: '<html>the gateway is out</html>', $metadata: { httpStatusCode: 503 } },
    })
  })

  test('that nobody answers is worth another try', async () => {
    await listener()
    useEnvironment({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })
    await expect(snapshotsOf('rds-instance', 'demo-db')).rejects.toMatchObject({ name: 'Transient' })
  })
})

describe('a look at an object in S3', () => {
  test.each([
    'one.dump',
    'a folder/one (2).dump',
    "it's+all/né!*.dump",
    '/one.dump',
    'a//b/',
    '%2e%2e/%2E/one',
    'a?b=c&d#e',
    '..one/two..',
    'a\\b\t|^`{}[]~=:@$,;<>"日本',
  ])('%s is the one of the SDK, signed', async key => {
    const heard = await listener()
    expect(await lookAtObject('back.ups', key)).toMatchObject({ kind: 'found', bytes: 0 })
    await new S3Client({ forcePathStyle: true }).send(new HeadObjectCommand({ Bucket: 'back.ups', Key: key }))
    const [ours, theirs] = heard as [Heard, Heard]
    expect(ours).toMatchObject({ method: 'HEAD', url: theirs.url.split('?')[0] })
    expect(heard.map(each => isSigned(each, 's3'))).toEqual([true, true])
  })

  test.each(['../payroll/one.dump', 'a/./b', '..'])(
    '%s is not sent at all, since another would be looked at',
    async key => {
      const heard = await listener()
      await expect(lookAtObject('backups', key)).rejects.toThrow('would be sent as')
      expect(heard).toEqual([])
    },
  )

  test.each([
    [404, { kind: 'missing' }],
    [403, { kind: 'hidden', status: 403 }],
    [301, { kind: 'hidden', status: 301 }],
  ])('that is answered with %i is %o', async (status, found) => {
    await listener(status)
    expect(await lookAtObject('backups', 'one.dump')).toEqual(found)
  })

  test('that S3 is too busy for is worth another try', async () => {
    await listener(503)
    await expect(lookAtObject('backups', 'one.dump')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } })
  })
})
