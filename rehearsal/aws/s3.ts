import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import * as sdk from '@aws-sdk/client-s3'
import type { Clock } from '../clock.ts'
import { s3Authorization } from './authorization/s3.ts'
import { ACCOUNT, AwsError, REGION, type Service } from './service.ts'
import { notRehearsed } from './wire/endpoint.ts'

export interface StoredObject {
  body: Buffer
  contentType: string
  lastModified: Date
}

export interface S3 extends Service {
  object(bucket: string, key: string): StoredObject | undefined
}

const CREATE = ['Bucket', 'CreateBucketConfiguration']
const PUT = ['Bucket', 'Key', 'Body', 'ContentLength', 'ContentType', 'ChecksumAlgorithm', 'ChecksumCRC32']
const HEAD = ['Bucket', 'Key', 'ExpectedBucketOwner', 'ChecksumMode']

/** Buckets with their objects, in memory, without versions. */
export function createS3({ clock }: { clock: Clock }): S3 {
  const buckets = new Map<string, Map<string, StoredObject>>()
  return {
    signingName: 's3',
    sdk,
    authorization: s3Authorization((bucket, key) => buckets.get(bucket)?.has(key) ?? false),
    operations: {
      CreateBucket(input: sdk.CreateBucketRequest): sdk.CreateBucketOutput {
        refuseOthers('CreateBucket', input, CREATE)
        const name = input.Bucket ?? ''
        if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
          throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.')
        const place = input.CreateBucketConfiguration?.LocationConstraint
        if (place !== REGION)
          throw new AwsError(
            'IllegalLocationConstraintException',
            `The ${place ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
          )
        if (buckets.has(name))
          throw new AwsError(
            'BucketAlreadyOwnedByYou',
            'Your previous request to create the named bucket succeeded and you already own it.',
            409,
          )
        buckets.set(name, new Map())
        return { Location: `http://${name}.s3.amazonaws.com/` }
      },

      PutObject(input: Omit<sdk.PutObjectRequest, 'Body'> & { Body?: Buffer }): sdk.PutObjectOutput {
        refuseOthers('PutObject', input, PUT)
        const bucket = buckets.get(input.Bucket ?? '')
        if (!bucket) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404)
        const body = input.Body ?? Buffer.alloc(0)
        if (input.ChecksumCRC32 !== undefined && input.ChecksumCRC32 !== checksum(body))
          throw new AwsError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.')
        const contentType = input.ContentType ?? 'binary/octet-stream'
        // What it tells of time is told in whole seconds.
        const lastModified = new Date(Math.floor(clock.now() / 1000) * 1000)
        bucket.set(input.Key ?? '', { body, contentType, lastModified })
        return { ETag: etag(body) }
      },

      HeadObject(input: sdk.HeadObjectRequest): sdk.HeadObjectOutput {
        refuseOthers('HeadObject', input, HEAD)
        if ((input.ExpectedBucketOwner ?? ACCOUNT) !== ACCOUNT) throw new AwsError('AccessDenied', 'Access Denied', 403)
        const found = buckets.get(input.Bucket ?? '')?.get(input.Key ?? '')
        if (!found) throw new AwsError('NotFound', 'Not Found', 404)
        return {
          ContentLength: found.body.length,
          ContentType: found.contentType,
          ETag: etag(found.body),
          LastModified: found.lastModified,
        }
      },
    },
    object: (bucket, key) => buckets.get(bucket)?.get(key),
  }
}

function refuseOthers(operation: string, input: object, known: string[]): void {
  const other = Object.keys(input).find(name => !known.includes(name))
  if (other) throw notRehearsed(`s3:${operation} with ${other}`)
}

const etag = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`

function checksum(body: Buffer): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return sum.toString('base64')
}
