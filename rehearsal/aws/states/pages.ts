import { AwsError } from '../service.ts'
import { length, range } from '../wire/constraints.ts'

const DEFAULT_PAGE = 100
const LARGEST_PAGE = 1000
const LONGEST_TOKEN = 1024

interface Paging {
  maxResults?: number | undefined
  nextToken?: string | undefined
}

/** One page of a list; the token names the list it belongs to, so that another list's is refused. */
export function page<T>(list: string, all: readonly T[], { maxResults, nextToken }: Paging) {
  range('maxResults', maxResults, 0, LARGEST_PAGE)
  length('nextToken', nextToken, 1, LONGEST_TOKEN)
  const from = nextToken === undefined ? 0 : offsetIn(list, nextToken)
  const to = from + (maxResults || DEFAULT_PAGE)
  const more = to < all.length ? { nextToken: Buffer.from(`${to} ${list}`).toString('base64') } : {}
  return { items: all.slice(from, to), ...more }
}

function offsetIn(list: string, token: string): number {
  const [offset, ...rest] = Buffer.from(token, 'base64').toString('utf8').split(' ')
  if (rest.join(' ') !== list) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'")
  return Number(offset)
}
