import type { WireRequest } from '../wire/protocol.ts'

/** The request as SigV4 signs it. S3's paths are signed as they were sent, those of others encoded once more. */
export function canonicalRequest(
  { method, url, headers }: WireRequest,
  { signedHeaders, payloadHash, isS3 }: { signedHeaders: readonly string[]; payloadHash: string; isS3: boolean },
): string {
  const lines = signedHeaders.map(
    name => `${name}:${[headers[name] ?? ''].flat().join(',').trim().replace(/\s+/g, ' ')}`,
  )
  return [
    ...[method, isS3 ? url.pathname : canonicalPath(url.pathname), canonicalQuery(url.search)],
    ...[...lines, '', signedHeaders.join(';'), payloadHash],
  ].join('\n')
}

function canonicalPath(path: string): string {
  const segments = path.split('/').filter(segment => segment !== '')
  const end = segments.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${segments.map(encoded).join('/')}${end}`
}

function canonicalQuery(search: string): string {
  return search
    .slice(1)
    .split('&')
    .filter(part => part !== '')
    .map(part => {
      const [name = '', ...value] = part.split('=')
      return [encoded(decoded(name)), encoded(decoded(value.join('=')))] as const
    })
    .sort(([one, first], [other, second]) => inOrder(one, other) || inOrder(first, second))
    .map(pair => pair.join('='))
    .join('&')
}

const inOrder = (one: string, other: string) => (one < other ? -1 : Number(one > other))

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** What is no percent-encoded UTF-8 was signed in no way that could fit. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
