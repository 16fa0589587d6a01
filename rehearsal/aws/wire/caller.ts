import type { IncomingHttpHeaders } from 'node:http'

export interface Principal {
  /** The role, or the operator, whom this access key belongs to. */
  principal: string
  secretAccessKey: string
}

/** By access key id. */
export type Principals = ReadonlyMap<string, Principal>

export interface Scope {
  accessKeyId: string
  region: string
  service: string
}

/** Whom and which service a SigV4 request names; undefined when it is not signed so. */
export function scopeOf({ authorization = '' }: IncomingHttpHeaders): Scope | undefined {
  const parts = /^AWS4-HMAC-SHA256 .*Credential=([^/,\s]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(authorization)
  const [, accessKeyId, region, service] = parts ?? []
  return accessKeyId && region && service ? { accessKeyId, region, service } : undefined
}
