import { askSigned, ServiceError } from './signed.ts'

/** `hidden`: S3 does not say whether it is there, since it may not be seen (403), or is in another region (301). */
export type Found =
  | { kind: 'found'; bytes: number; modifiedAt: number }
  | { kind: 'missing' }
  | { kind: 'hidden'; status: number }

/** Looks at an object without reading it. */
export async function lookAtObject(bucket: string, key: string): Promise<Found> {
  // Addressed by path: a bucket whose name has dots is no host that S3's certificate covers.
  const path = `/${bucket}/${key.split('/').map(escaped).join('/')}`
  const { status, headers } = await askSigned('s3', { method: 'HEAD', path })
  if (status === 404) return { kind: 'missing' }
  if (status === 403 || status === 301) return { kind: 'hidden', status }
  if (status !== 200)
    throw new ServiceError('HeadObjectFailed', `S3 answered ${status} for s3://${bucket}/${key}`, status)
  return {
    kind: 'found',
    bytes: Number(headers.get('content-length') ?? 0),
    modifiedAt: Date.parse(headers.get('last-modified') ?? ''),
  }
}

const escaped = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
