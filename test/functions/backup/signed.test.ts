import { DescribeDBSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds'
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { snapshotsOf } from '../../../functions/aws/rds.ts'
import { lookAtObject } from '../../../functions/aws/s3.ts'
import { useEnvironment } from '../../../functions/environment.ts'
import { type Heard, isSigned, listener } from '../listener.ts'

const ANSWER = '<DescribeDBSnapshotsResponse><DescribeDBSnapshotsResult/></DescribeDBSnapshotsResponse>'

describe('a question to RDS', () => {
  test('is the one that the SDK asks, signed', async () => {
    const heard = await listener(ANSWER)
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
    await listener('<html>the gateway is out</html>', 503)
    await expect(snapshotsOf('rds-instance', 'demo-db')).rejects.toMatchObject({
      ...{ name: 'Unreadable', message: '<html>the gateway is out</html>', $metadata: { httpStatusCode: 503 } },
    })
  })

  test('that nobody answers is worth another try', async () => {
    await listener(ANSWER)
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
    const heard = await listener(ANSWER)
    expect(await lookAtObject('back.ups', key)).toMatchObject({ kind: 'found', bytes: 0 })
    await new S3Client({ forcePathStyle: true }).send(new HeadObjectCommand({ Bucket: 'back.ups', Key: key }))
    const [ours, theirs] = heard as [Heard, Heard]
    expect(ours).toMatchObject({ method: 'HEAD', url: theirs.url.split('?')[0] })
    expect(heard.map(each => isSigned(each, 's3'))).toEqual([true, true])
  })

  test.each(['../payroll/one.dump', 'a/./b', '..'])(
    '%s is not sent at all, since another would be looked at',
    async key => {
      const heard = await listener(ANSWER)
      await expect(lookAtObject('backups', key)).rejects.toThrow('would be sent as')
      expect(heard).toEqual([])
    },
  )

  test.each([
    [404, { kind: 'missing' }],
    [403, { kind: 'hidden', status: 403 }],
    [301, { kind: 'hidden', status: 301 }],
  ])('that is answered with %i is %o', async (status, found) => {
    await listener(ANSWER, status)
    expect(await lookAtObject('backups', 'one.dump')).toEqual(found)
  })

  test('that S3 is too busy for is worth another try', async () => {
    await listener(ANSWER, 503)
    await expect(lookAtObject('backups', 'one.dump')).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } })
  })
})
