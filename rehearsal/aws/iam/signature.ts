import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Scope } from '../wire/caller.ts'
import type { WireRequest } from '../wire/protocol.ts'
import { canonicalRequest } from './canonical.ts'

/** What is wrong with a request's signature, in AWS's words. */
export interface Flaw {
  kind: 'incomplete' | 'stale' | 'wrong' | 'wrong-payload'
  message: string
}

const MINUTE_MS = 60_000
/** How old a signature may be, and how far ahead. */
const VALID_MINUTES = 5

/** A time as SigV4 writes it. */
export const amzDate = (time: number) => new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '')

/** When a request says that it was signed. */
export function signedAt({ headers }: Pick<WireRequest, 'headers'>): number | undefined {
  const [, date, time] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date'])) ?? []
  if (!date || !time) return undefined
  const at = Date.parse(`${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`)
  return Number.isNaN(at) ? undefined : at
}

export function wrongService(service: string): Flaw {
  return { kind: 'wrong', message: `Credential should be scoped to correct service: '${service}'. ` }
}

/** Computes the signature anew with the key's secret; `now` is the time of whose clock the caller signs by, and `pace` how fast that runs. */
export function flawIn(request: WireRequest, scope: Scope, secret: string, now: number, pace = 1): Flaw | undefined {
  return incomplete(request, scope) ?? stale(request, now, pace) ?? wrong(request, scope, secret)
}

function incomplete(request: WireRequest, { day, signedHeaders }: Scope): Flaw | undefined {
  const flaw = (message: string): Flaw => ({ kind: 'incomplete', message })
  const date = String(request.headers['x-amz-date'])
  if (signedAt(request) === undefined)
    return flaw("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  if (!signedHeaders.includes('host'))
    return flaw("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
  const unsigned = Object.keys(request.headers).find(name => name.startsWith('x-amz-') && !signedHeaders.includes(name))
  if (unsigned) return flaw(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`)
  if (date.startsWith(day)) return undefined
  const words = 'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP'
  return flaw(`${words}: '${day}' != '${date.slice(0, 8)}', from '${date}'.`)
}

/** A request's way is real time, of which a clock that runs faster counts more. */
function stale(request: WireRequest, now: number, pace: number): Flaw | undefined {
  const at = signedAt(request) ?? now
  const valid = VALID_MINUTES * MINUTE_MS
  if (Math.abs(now - at) <= valid * Math.max(1, pace)) return undefined
  const [given, server] = [amzDate(at), amzDate(now)]
  const message =
    at < now
      ? `Signature expired: ${given} is now earlier than ${amzDate(now - valid)} (${server} - ${VALID_MINUTES} min.)`
      : `Signature not yet current: ${given} is still later than ${amzDate(now + valid)} (${server} + ${VALID_MINUTES} min.)`
  return { kind: 'stale', message }
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'

function wrong(request: WireRequest, scope: Scope, secret: string): Flaw | undefined {
  const { day, region, service, signedHeaders, signature } = scope
  const isS3 = service === 's3'
  const bodyHash = sha256(request.body)
  // S3 alone believes the request what its body's hash is, and compares then.
  const payloadHash = isS3 ? String(request.headers['x-amz-content-sha256']) : bodyHash
  const canonical = canonicalRequest(request, { signedHeaders, payloadHash, isS3 })
  const credential = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', String(request.headers['x-amz-date']), credential, sha256(canonical)].join('\n')
  if (!isSame(hmac(signingKey(secret, credential), toSign).toString('hex'), signature))
    return { kind: 'wrong', message: MISMATCH }
  if (payloadHash === bodyHash || payloadHash === 'UNSIGNED-PAYLOAD') return undefined
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed."
  return { kind: 'wrong-payload', message }
}

/** The same for every request of a day. */
const signingKeys = new Map<string, KeyObject>()
const MOST_KEYS = 1_000

function signingKey(secret: string, credential: string): KeyObject {
  const name = `${secret}/${credential}`
  const known = signingKeys.get(name)
  if (known) return known
  const [first = '', ...parts] = credential.split('/')
  const key = createSecretKey(parts.reduce<Buffer>(hmac, hmac(`AWS4${secret}`, first)))
  if (signingKeys.size >= MOST_KEYS) signingKeys.clear()
  signingKeys.set(name, key)
  return key
}

const sha256 = (content: string | Buffer) => hash('sha256', content)
const hmac = (key: string | Buffer | KeyObject, text: string) => createHmac('sha256', key).update(text).digest()

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
