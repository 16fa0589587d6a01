import type { InvocationRequest } from '@aws-sdk/client-lambda'
import { AwsError } from '../service.ts'
import { notRehearsed } from '../wire/endpoint.ts'

/** Kinds of invocation that no step makes. */
export function refuseUnrehearsed({ InvocationType, LogType, ...input }: InvocationRequest): void {
  const asked = [
    InvocationType === 'DryRun' && 'InvocationType DryRun',
    LogType === 'Tail' && 'LogType Tail',
    input.ClientContext !== undefined && 'ClientContext',
    input.DurableExecutionName !== undefined && 'DurableExecutionName',
    input.TenantId !== undefined && 'TenantId',
  ].find(Boolean)
  if (asked) throw notRehearsed(`lambda:Invoke with ${asked}`)
}

export function demandJson(payload: string): void {
  if (payload === '') return
  try {
    JSON.parse(payload)
  } catch (error) {
    const message = `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`
    throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' })
  }
}

/** Bytes, by the type of the invocation. */
const LIMITS = { RequestResponse: 6 * 1024 * 1024, Event: 1024 * 1024 }

export function demandSize(payload: string, type: keyof typeof LIMITS): void {
  const [size, limit] = [Buffer.byteLength(payload), LIMITS[type]]
  if (size <= limit) return
  const message = `${size} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`
  throw new AwsError('RequestTooLargeException', message, 413, { Type: 'User' })
}
