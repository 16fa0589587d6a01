import type { IncomingHttpHeaders } from 'node:http'
import type { AwsError } from '../service.ts'
import type { OperationModel } from './model.ts'

export interface WireRequest {
  method: string
  url: URL
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface WireResponse {
  status: number
  headers: Record<string, string>
  body: string | Uint8Array
}

/** One of AWS's protocols for one client's model. */
export interface Wire {
  /** The operation that is asked for; `named` says what was asked when the model has no such. */
  operation(request: WireRequest): { model?: OperationModel; named: string }
  /** The typed input; throws SerializationException for what does not fit the schema. */
  read(operation: OperationModel, request: WireRequest): Record<string, unknown>
  write(operation: OperationModel, output: object, requestId: string): WireResponse
  writeError(error: AwsError, requestId: string): WireResponse
}
