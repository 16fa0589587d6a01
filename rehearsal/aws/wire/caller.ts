import type { IncomingHttpHeaders } from 'node:http'

export interface Principal {
  /** The role, or the operator, whom this access key belongs to. */
  principal: string
  secretAccessKey: string
}

/** By access key id. */
export type Principals = ReadonlyMap<string, Principal>

/** What a request says of its own signature. */
export interface Scope {
  accessKeyId: string
  /** YYYYMMDD. */
  day: string
  region: string
  service: string
  /** In lower case, in the order in which they were signed. */
  signedHeaders: readonly string[]
  signature: string
}

/** Whom and which service a SigV4 request names; undefined when it is not signed so. */
export function scopeOf({ authorization = '' }: IncomingHttpHeaders): Scope | undefined {
  const [, accessKeyId, day, region, service] =
    /^AWS4-HMAC-SHA256 .*Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(authorization) ?? []
  const [, signedHeaders] = /SignedHeaders=([^,\s]+)/.exec(authorization) ?? []
  const [, signature] = /Signature=([^,\s]+)/.exec(authorization) ?? []
  if (!accessKeyId || !day || !region || !service || !signedHeaders || !signature) return undefined
  return { accessKeyId, day, region, service, signedHeaders: signedHeaders.split(';'), signature }
}
