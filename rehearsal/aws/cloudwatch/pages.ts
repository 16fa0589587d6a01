import { AwsError } from '../service.ts'

const PAGE = 50

/** A page of CloudWatch's lists, and the token of the next where there is one. */
export function paged<T>(all: T[], input: { MaxRecords?: number | undefined; NextToken?: string | undefined }) {
  const { MaxRecords = PAGE, NextToken = '0' } = input
  const from = Number(NextToken)
  if (!Number.isInteger(from) || from < 0 || from > all.length) {
    throw new AwsError('InvalidNextToken', `The next token ${NextToken} is not one that was given out.`)
  }
  const to = from + MaxRecords
  return { page: all.slice(from, to), ...(to < all.length && { NextToken: String(to) }) }
}
