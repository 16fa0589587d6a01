import type { CreateBucketRequest, HeadObjectRequest, PutObjectRequest } from '@aws-sdk/client-s3'
import type { Authorization } from '../service.ts'

const bucketArn = (bucket = '') => `arn:aws:s3:::${bucket}`
const objectArn = (bucket: string | undefined, key = '') => `${bucketArn(bucket)}/${key}`

/** `has`: that an object is missing is told only to those who may list its bucket. */
export function s3Authorization(has: (bucket: string, key: string) => boolean): Authorization {
  return {
    HeadObject: ({ Bucket = '', Key = '' }: HeadObjectRequest) => [
      { action: 's3:GetObject', resource: objectArn(Bucket, Key) },
      ...(has(Bucket, Key) ? [] : [{ action: 's3:ListBucket', resource: bucketArn(Bucket) }]),
    ],
    PutObject: ({ Bucket, Key }: PutObjectRequest) => [{ action: 's3:PutObject', resource: objectArn(Bucket, Key) }],
    CreateBucket: ({ Bucket }: CreateBucketRequest) => [{ action: 's3:CreateBucket', resource: bucketArn(Bucket) }],
  }
}
