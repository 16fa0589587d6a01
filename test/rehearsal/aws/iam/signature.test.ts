import * as ecs from '@aws-sdk/client-ecs'
import * as elb from '@aws-sdk/client-elastic-load-balancing-v2'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import * as sfn from '@aws-sdk/client-sfn'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { flawIn } from '../../../../rehearsal/aws/iam/signature.ts'
import { scopeOf } from '../../../../rehearsal/aws/wire/caller.ts'
import { ROLE_KEY, START, sendRaw, signed, type World, worldWith } from '../wire-world.ts'

let world: World

beforeEach(async () => {
  const answers = (...names: string[]) => Object.fromEntries(names.map(name => [name, () => ({})]))
  world = await worldWith(() => [
    { signingName: 'ecs', sdk: ecs, operations: answers('ListClusters'), authorization: {} },
    { signingName: 'elasticloadbalancing', sdk: elb, operations: answers('DescribeListeners'), authorization: {} },
    { signingName: 'lambda', sdk: lambda, operations: answers('Invoke'), authorization: {} },
    { signingName: 's3', sdk: s3, operations: answers('HeadBucket', 'ListBuckets'), authorization: {} },
    { signingName: 'states', sdk: sfn, operations: answers('ListStateMachines'), authorization: {} },
  ])
})

afterEach(async () => {
  expect(world.surprises).toEqual([])
  await world.close()
})

const JSON_1_1 = 'application/x-amz-json-1.1'
const LIST = { 'content-type': JSON_1_1, 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListClusters' }
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const MINUTE = 60_000
const at = (after: number) => ({ at: new Date(START + after) })

const refusalOf = async (answer: Promise<{ status: number; body: string }>) => {
  const { status, body } = await answer
  const { __type, message } = JSON.parse(body)
  return [status, __type, message]
}

/** Sends what was signed with something changed on its way. */
async function sendChanged(change: (request: { headers: Record<string, string>; body: string }) => void) {
  const request = await signed(world, 'ecs', LIST, '{}')
  change(request)
  const response = await fetch(world.endpoint, request)
  return { status: response.status, body: await response.text() }
}

const MISMATCH = expect.stringMatching(/^The request signature we calculated does not match the signature you provided/)

test('a request that is signed with the key’s secret is answered, whatever its protocol', async () => {
  await new ecs.ECSClient(world.client).send(new ecs.ListClustersCommand({}))
  await new elb.ElasticLoadBalancingV2Client(world.client).send(new elb.DescribeListenersCommand({ PageSize: 2 }))
  const FunctionName = 'arn:aws:lambda:eu-west-1:111122223333:function:wake'
  await new lambda.LambdaClient(world.client).send(new lambda.InvokeCommand({ FunctionName, Qualifier: '7 +~*()' }))
  await new s3.S3Client({ ...world.client, forcePathStyle: true }).send(new s3.HeadBucketCommand({ Bucket: 'b' }))
})

test('another secret is refused in the words of each protocol', async () => {
  const credentials = { ...world.client.credentials, secretAccessKey: 'guessed' }
  const thief = { ...world.client, credentials }
  const refused = { message: MISMATCH }
  await expect(new ecs.ECSClient(thief).send(new ecs.ListClustersCommand({}))).rejects.toMatchObject({
    ...{ ...refused, name: 'InvalidSignatureException', $metadata: { httpStatusCode: 400 } },
  })
  await expect(
    new lambda.LambdaClient(thief).send(new lambda.InvokeCommand({ FunctionName: 'f' })),
  ).rejects.toMatchObject({ ...refused, name: 'InvalidSignatureException', $metadata: { httpStatusCode: 403 } })
  await expect(
    new elb.ElasticLoadBalancingV2Client(thief).send(new elb.DescribeListenersCommand({})),
  ).rejects.toMatchObject({ ...refused, name: 'SignatureDoesNotMatch', $metadata: { httpStatusCode: 403 } })
  await expect(
    new s3.S3Client({ ...thief, forcePathStyle: true }).send(new s3.ListBucketsCommand({})),
  ).rejects.toMatchObject({ ...refused, name: 'SignatureDoesNotMatch', $metadata: { httpStatusCode: 403 } })
})

test('the key of one function with the secret of another is nobody’s', async () => {
  const mixed = sendRaw(world, 'ecs', LIST, '{}', '/', { key: ROLE_KEY })
  expect(await refusalOf(mixed)).toEqual([400, 'InvalidSignatureException', MISMATCH])
})

test.each<[string, (request: { headers: Record<string, string>; body: string }) => void]>([
  ['a body', request => Object.assign(request, { body: '{"maxResults":1}' })],
  ['a header that was signed', ({ headers }) => Object.assign(headers, { 'content-type': 'application/json' })],
  [
    'a signature',
    ({ headers }) => Object.assign(headers, { authorization: headers.authorization?.replace(/.$/, 'g') }),
  ],
  [
    'what is asked for',
    ({ headers }) => Object.assign(headers, { 'x-amz-target': LIST['x-amz-target'].replace('Clusters', 'Services') }),
  ],
])('%s that was changed on its way no longer fits the signature', async (_, change) => {
  expect(await refusalOf(sendChanged(change))).toEqual([400, 'InvalidSignatureException', MISMATCH])
})

test('S3 is told the hash of the body, and compares', async () => {
  const sent = (body: string) => sendRaw(world, 's3', { 'x-amz-content-sha256': EMPTY }, body, '/b/key')
  expect((await sent('')).body).toContain('CompleteMultipartUpload is not part')
  const { status, body } = await sent('other')
  expect([status, body]).toEqual([403, expect.stringContaining('<Code>XAmzContentSHA256Mismatch</Code>')])
})

test('a signature is good for five minutes, before and after', async () => {
  for (const early of [-5 * MINUTE, 0, 5 * MINUTE])
    expect((await sendRaw(world, 'ecs', LIST, '{}', '/', at(early))).status).toBe(200)
  expect(await refusalOf(sendRaw(world, 'ecs', LIST, '{}', '/', at(-6 * MINUTE)))).toEqual([
    ...[400, 'InvalidSignatureException'],
    'Signature expired: 20260105T075400Z is now earlier than 20260105T075500Z (20260105T080000Z - 5 min.)',
  ])
  expect(await refusalOf(sendRaw(world, 'ecs', LIST, '{}', '/', at(6 * MINUTE)))).toEqual([
    ...[400, 'InvalidSignatureException'],
    'Signature not yet current: 20260105T080600Z is still later than 20260105T080500Z (20260105T080000Z + 5 min.)',
  ])
})

test('who lives in real time signs by real time, as long', async () => {
  const now = Date.now()
  expect((await sendRaw(world, 'ecs', LIST, '{}', '/', { at: new Date(now - 4 * MINUTE) })).status).toBe(200)
  const stale = refusalOf(sendRaw(world, 'ecs', LIST, '{}', '/', { at: new Date(now - 6 * MINUTE) }))
  expect(await stale).toEqual([400, 'InvalidSignatureException', expect.stringMatching(/^Signature expired: /)])
})

test('where AWS’s time runs faster, a request’s way of five real minutes is more of it', async () => {
  const { headers, body } = await signed(world, 'ecs', LIST, '{}')
  const request = { method: 'POST', url: new URL(world.endpoint), headers, body: Buffer.from(body) }
  const scope = scopeOf(headers)
  const flaw = (pace: number) => scope && flawIn(request, scope, 'secret', START + 60 * MINUTE, pace)?.kind
  expect([flaw(1), flaw(11), flaw(12)]).toEqual(['stale', 'stale', undefined])
})

test('a request of one service that is signed for another is told which it should be', async () => {
  expect(await refusalOf(sendRaw(world, 'states', LIST, '{}'))).toEqual([
    ...[400, 'InvalidSignatureException', "Credential should be scoped to correct service: 'ecs'. "],
  ])
})

test.each([
  ['the host', 'host;', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."],
  ['what is asked for', ';x-amz-target', "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."],
  ['the time', ';x-amz-date', "'x-amz-date' must be a 'SignedHeader' in the AWS Authorization."],
])('a signature that leaves out %s is none', async (_, header, message) => {
  const answer = sendChanged(({ headers }) => {
    headers.authorization = (headers.authorization ?? '').replace(header, '')
  })
  expect(await refusalOf(answer)).toEqual([400, 'InvalidSignatureException', message])
})

test('a signature of another day than the request’s is none', async () => {
  const answer = sendChanged(({ headers }) => {
    headers.authorization = (headers.authorization ?? '').replace('20260105', '20260106')
  })
  expect(await refusalOf(answer)).toEqual([
    ...[400, 'InvalidSignatureException'],
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260106' != '20260105', from '20260105T080000Z'.",
  ])
})

test('a request without its time is told which header says it', async () => {
  const answer = sendChanged(({ headers }) => {
    delete headers['x-amz-date']
  })
  expect(await refusalOf(answer)).toEqual([
    ...[400, 'InvalidSignatureException'],
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  ])
})

test('a session token is refused by name', async () => {
  const answer = refusalOf(sendRaw(world, 'ecs', { ...LIST, 'x-amz-security-token': 'of a session' }, '{}'))
  expect(await answer).toEqual([400, 'NotRehearsed', expect.stringContaining('a session token')])
})

test('a request that is signed in its query is refused by name', async () => {
  const answer = await fetch(`${world.endpoint}/b/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0`)
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('a presigned request')])
})
